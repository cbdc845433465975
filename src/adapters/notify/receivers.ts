/** The receivers of notices that the settings name. */
import {
  type Notifier,
  NotToldError,
  type Receiver,
  type Standing,
} from '../../controller/ports/notifier.ts';
import { isLoopback } from '../../loopback.ts';
import { SlipwayError } from '../../release/errors.ts';
import type { Notice } from '../../release/notice.ts';
import { addressProblem } from './address.ts';
import { bodyOf } from './body-of.ts';
import { createHandshake } from './handshake.ts';
import type { CloudEventsConfig, ReceiverConfig } from './receiver-config.ts';
import { type Destination, laterError, send } from './send.ts';
import { wants } from './wants.ts';

export interface Surroundings {
  /** Store time. */
  readonly now: () => number;
  /** This machine may be told: the stand-ins of Azure are in use. */
  readonly local: boolean;
  /** Where people reach this function app; undefined: links are left out. */
  readonly publicUrl: string | undefined;
  /** Of Slipway's identity. */
  readonly token: (scope: string) => Promise<string>;
  /** How long an answer is waited for; 5 s unless told. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 5_000;

/** learn.microsoft.com/azure/event-grid/authenticate-with-microsoft-entra-id */
const EVENT_GRID_SCOPE = 'https://eventgrid.azure.net/.default';
/** Event Grid takes no POST without it (learn.microsoft.com/azure/event-grid/post-to-custom-topic). */
const EVENT_GRID_VERSION = '2018-01-01';

/**
 * Undefined: nobody asked to be told.
 * @param unread why there may be more than `configs`
 */
export function createNotifier(
  configs: readonly ReceiverConfig[],
  surroundings: Surroundings,
  unread?: string,
): Notifier | undefined {
  if (configs.length === 0 && unread === undefined) return undefined;
  return { unread, receivers: configs.map((config) => createReceiver(config, surroundings)) };
}

/** @throws SlipwayError `receiver-url` */
export function createReceiver(config: ReceiverConfig, around: Surroundings): Receiver {
  const to = destinationOf(config, around);
  const proof = config.kind === 'cloudevents' ? createProof(config, to, around) : noProof;
  const { now } = around;
  let standing: Standing = { ok: true, toldAt: undefined, problem: undefined };

  async function deliver(notice: Notice): Promise<void> {
    const link = linkTo(notice, around.publicUrl);
    const { body, headers } = bodyOf(config, { notice, link, now: now() });
    const proven = { ...headers, ...(await proof()) };
    const answer = await send(to, { method: 'POST', headers: proven, body });
    if (answer.status >= 200 && answer.status <= 299) return;
    const message = `${to.called} answered ${answer.status}`;
    throw laterError(to, answer, now()) ?? new NotToldError('receiver-answer', message);
  }

  return {
    name: config.name,
    kind: config.kind,
    wants: (notice) => wants(config, notice),
    tell: async (notice) => {
      try {
        await deliver(notice);
        standing = { ...standing, ok: true, toldAt: now() };
      } catch (error) {
        const safe = withoutAddress(error, to);
        standing = { ...standing, ok: false, problem: { at: now(), message: safe.message } };
        throw safe;
      }
    },
    standing: () => standing,
  };
}

/** What else fails (a token, a template) may say anything in its message. */
function withoutAddress(error: unknown, { called }: Destination): NotToldError {
  if (error instanceof NotToldError) return error;
  const name = error instanceof Error ? error.name : 'an error';
  return new NotToldError('receiver-unreachable', `${called} could not be told: ${name}`);
}

function destinationOf(config: ReceiverConfig, around: Surroundings): Destination {
  const { local, timeoutMs = TIMEOUT_MS } = around;
  const called = `receiver ${config.name} (${config.kind})`;
  const problem = addressProblem(config.url, local);
  if (problem !== undefined) {
    throw new SlipwayError('receiver-url', `the address of ${called} ${problem}`);
  }
  const url = new URL(config.url);
  if (isEventGrid(url) && !url.searchParams.has('api-version')) {
    url.searchParams.set('api-version', EVENT_GRID_VERSION);
  }
  return { url, called, local: local && isLoopback(config.url), timeoutMs };
}

/** A token goes to Event Grid alone. */
export function isEventGrid({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' && hostname.endsWith('.eventgrid.azure.net');
}

/** Where people look at the release. */
export function linkTo({ release }: Notice, publicUrl: string | undefined): string | null {
  return publicUrl === undefined ? null : `${publicUrl}/api/dashboard#/releases/${release}`;
}

type Headers = Readonly<Record<string, string>>;

const noProof = async (): Promise<Headers> => ({});

/** Who may publish: a key, a token, or whoever was agreed to. */
function createProof(
  { key, auth, handshake }: CloudEventsConfig,
  to: Destination,
  { publicUrl, token, now }: Surroundings,
): () => Promise<Headers> {
  const origin = publicUrl === undefined ? undefined : new URL(publicUrl).hostname;
  const agree =
    handshake && origin !== undefined
      ? createHandshake(to, { origin, now })
      : async () => undefined;
  return async () => {
    await agree();
    return {
      ...(key === undefined ? {} : { 'aeg-sas-key': key }),
      ...(auth === 'entra' ? { authorization: `Bearer ${await inTime(to, token)}` } : {}),
      // Section 4.1 of the same: deliveries repeat what was agreed to.
      ...(handshake && origin !== undefined ? { origin } : {}),
    };
  };
}

/** An identity's endpoint that does not answer is asked for minutes; a pass must not wait that long. */
async function inTime(
  { called, timeoutMs }: Destination,
  token: Surroundings['token'],
): Promise<string> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const message = `${called} could not be told: no token within ${timeoutMs} ms`;
    late.reject(new NotToldError('receiver-unreachable', message));
  }, timeoutMs);
  try {
    return await Promise.race([token(EVENT_GRID_SCOPE), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
