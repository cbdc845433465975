/** The setting SLIPWAY_NOTIFY: JSON of the receivers, checked, or every problem with its path. */
import { z } from 'zod';

import { BOUNDS } from '../../limits.ts';
import type { Problem } from '../../release/errors.ts';
import { problemsOf } from '../../release/input-problems.ts';
import { SEVERITIES, TOLD_ACTIONS } from '../../release/notice.ts';
import { addressProblem } from './address.ts';
import type { ReceiverConfig } from './receiver-config.ts';
import { isEventGrid } from './receivers.ts';
import { templateProblem } from './template.ts';

/** As Standard Webhooks writes secrets: 24 to 64 bytes are 32 to 88 characters of base64. */
const WEBHOOK_SECRET = /^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/;

const KINDS = ['slack', 'teams', 'webhook', 'cloudevents'] as const;
const NAME_CHARS = 100;
const URL_CHARS = 2_000;
const KEY_CHARS = 500;

const WRITTEN = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,39}$/, 'is 1 to 40 lower-case letters, digits and hyphens'),
  kind: z.enum(KINDS),
  url: z.string().max(URL_CHARS),
  severity: z.enum(SEVERITIES).default('info'),
  apps: z.array(z.string().min(1).max(NAME_CHARS)).max(BOUNDS.receiverNames).default([]),
  actions: z
    .array(z.enum(TOLD_ACTIONS as readonly [string, ...string[]]))
    .max(BOUNDS.receiverNames)
    .default([]),
  template: z.union([z.string(), z.record(z.string(), z.unknown())]).optional(),
  secret: z.string().optional(),
  key: z.string().min(1).max(KEY_CHARS).optional(),
  auth: z.enum(['entra']).optional(),
  handshake: z.boolean().default(false),
});

type Written = z.output<typeof WRITTEN>;

export interface Surrounding {
  /** This machine may be told. */
  readonly local: boolean;
  readonly publicUrl: string | undefined;
}

export interface ReadReceivers {
  readonly receivers: readonly ReceiverConfig[];
  /** Paths as `[0].url`; no message repeats a value. */
  readonly problems: readonly Problem[];
}

/** Never throws. */
export function readReceivers(text: string, around: Surrounding): ReadReceivers {
  const value = parsed(text);
  if ('problem' in value) return refused(value.problem);
  const list = z.array(z.unknown()).min(1).max(BOUNDS.receivers).safeParse(value.value);
  if (!list.success) return { receivers: [], problems: problemsOf(list.error) };
  const read = list.data.map((one, index) => readReceiver(one, `[${index}]`, around));
  const receivers = read.flatMap(({ receiver }) => receiver ?? []);
  const problems = [...read.flatMap((one) => one.problems), ...twice(list.data)];
  return { receivers: problems.length === 0 ? receivers : [], problems };
}

export const UNRESOLVED =
  "is a Key Vault reference that App Service could not follow: see its state in the app's settings, and whether the identity may read the secret";

/** App Service gives the reference itself where it could not follow it. */
export function isUnresolved(text: string): boolean {
  return text.startsWith('@Microsoft.KeyVault');
}

/** The parser's own words repeat the text, which holds secrets. */
function parsed(text: string): { readonly value: unknown } | { readonly problem: string } {
  if (isUnresolved(text)) return { problem: UNRESOLVED };
  if (text.length > BOUNDS.notifyChars) {
    return { problem: `has ${text.length} characters, at most ${BOUNDS.notifyChars} are accepted` };
  }
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    const [, at] = /at position (\d+)/.exec(String(error)) ?? [];
    return { problem: `is not JSON${at === undefined ? '' : ` (see character ${at})`}` };
  }
}

function refused(message: string): ReadReceivers {
  return { receivers: [], problems: [{ path: '', code: 'invalid-setting', message }] };
}

interface ReadReceiver {
  readonly receiver?: ReceiverConfig;
  readonly problems: readonly Problem[];
}

function readReceiver(value: unknown, path: string, around: Surrounding): ReadReceiver {
  const read = WRITTEN.safeParse(value);
  if (!read.success) {
    const below = (inner: string): string => (inner === '' ? path : `${path}.${inner}`);
    return { problems: problemsOf(read.error).map((one) => ({ ...one, path: below(one.path) })) };
  }
  const template = templateText(read.data);
  const problems = Object.entries(checked(read.data, template, around)).flatMap(([key, message]) =>
    message === undefined ? [] : [{ path: `${path}.${key}`, code: 'invalid-setting', message }],
  );
  return { receiver: configOf(read.data, template), problems };
}

/** Objects are written down again: their texts may hold tags. */
function templateText({ template }: Written): string | undefined {
  return typeof template === 'object' ? JSON.stringify(template) : template;
}

type Checked = Readonly<Record<string, string | undefined>>;

function checked(written: Written, template: string | undefined, around: Surrounding): Checked {
  return {
    url: addressProblem(written.url, around.local),
    template: template === undefined ? undefined : templateProblemOf(template, written),
    ...ofWebhook(written),
    ...ofCloudEvents(written, around),
  };
}

function templateProblemOf(template: string, { kind }: Written): string | undefined {
  if (template.length <= BOUNDS.templateChars) return templateProblem(template, kind);
  return `has ${template.length} characters, at most ${BOUNDS.templateChars} are accepted`;
}

function ofWebhook({ kind, secret }: Written): Checked {
  if (kind !== 'webhook') {
    return { secret: secret === undefined ? undefined : 'is for kind webhook alone' };
  }
  return { secret: secret === undefined ? 'is missing' : secretProblem(secret) };
}

/** Of the secret that a webhook's notices are signed with. */
export function secretProblem(secret: string): string | undefined {
  return WEBHOOK_SECRET.test(secret)
    ? undefined
    : 'is not whsec_ and the base64 of 24 to 64 random bytes';
}

function ofCloudEvents(written: Written, { publicUrl }: Surrounding): Checked {
  const { kind, url, key, auth, handshake } = written;
  const alone = 'is for kind cloudevents alone';
  if (kind !== 'cloudevents') {
    return {
      key: key === undefined ? undefined : alone,
      auth: auth === undefined ? undefined : alone,
      handshake: handshake ? alone : undefined,
    };
  }
  const address = URL.parse(url);
  const toEventGrid = address !== null && isEventGrid(address);
  return {
    auth:
      auth === undefined || toEventGrid
        ? undefined
        : 'sends a token, to https://….eventgrid.azure.net alone',
    key:
      key === undefined || auth === undefined ? undefined : 'is set together with auth; keep one',
    handshake:
      handshake && publicUrl === undefined
        ? 'needs SLIPWAY_PUBLIC_URL: the receiver is asked by the name of this host'
        : undefined,
  };
}

function configOf(written: Written, template: string | undefined): ReceiverConfig {
  const { kind, secret = '', key, auth, handshake, name, url, severity, apps } = written;
  const actions = TOLD_ACTIONS.filter((action) => written.actions.includes(action));
  const common = { name, url, severity, apps, actions, template };
  switch (kind) {
    case 'webhook':
      return { ...common, kind, secret };
    case 'cloudevents':
      return { ...common, kind, key, auth, handshake };
    default:
      return { ...common, kind };
  }
}

/** Where telling stands is kept by name. */
function twice(list: readonly unknown[]): Problem[] {
  const names = list.map((one) => z.looseObject({ name: z.string() }).safeParse(one).data?.name);
  return names.flatMap((name, index) =>
    name === undefined || names.indexOf(name) === index
      ? []
      : [
          {
            path: `[${index}].name`,
            code: 'invalid-setting',
            message: `is the name of receiver ${names.indexOf(name) + 1} too; each has its own`,
          },
        ],
  );
}
