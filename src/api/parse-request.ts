/** From what a request carries to what the use cases take, or to the complete list of problems. */
import { z } from 'zod';

import { InvalidInputError, NotFoundError, type Problem, SlipwayError } from '../release/errors.ts';
import { COMMANDS, type Command, type CommandKind } from '../release/event.ts';
import { type GateKind, GATES } from '../release/gate.ts';
import { parseJson, problemsOf } from '../release/input-problems.ts';
import type { Phase } from '../release/release.ts';
import { appName } from '../release/written-app.ts';
import { appKeyOfSiteId, isAppKey, isReleaseId } from '../release/release-id.ts';

/** The most that a body may have, as a queue message (azure.md 5). */
export const BODY_BYTES_MAX = 64 * 1024;

const AUDIT_ROWS_MAX = 1_000;
const AUDIT_ROWS_DEFAULT = 100;
const RELEASES_MAX = 50;
const RELEASES_DEFAULT = 20;
const POISON_MAX = 100;
const POISON_DEFAULT = 50;
const CONTINUATION_CHARS_MAX = 4_000;
const KEY_CHARS_MAX = 200;
const REASON_CHARS_MAX = 1_000;

/** Whether a release in it is finished; undefined: once it is acknowledged. */
const PHASES: Record<Phase, boolean | undefined> = {
  queued: false,
  preflight: false,
  ramping: false,
  promoting: false,
  watching: false,
  paused: false,
  'rolling-back': false,
  failed: undefined,
  succeeded: true,
  'rolled-back': true,
  aborted: true,
  rejected: true,
};

/**
 * The text of a body.
 * @throws SlipwayError `too-large`; InvalidInputError when it is empty or not UTF-8
 */
export function bodyText(bytes: Uint8Array, maxBytes: number = BODY_BYTES_MAX): string {
  if (bytes.byteLength > maxBytes) {
    const message = `the body has ${bytes.byteLength} bytes, at most ${maxBytes} are accepted`;
    throw new SlipwayError('too-large', message);
  }
  if (bytes.byteLength === 0) {
    // The host passes a body only when its length was announced (azure.md 8).
    const message = 'it is empty: send a JSON object, with a Content-Length';
    throw new InvalidInputError('the body', [{ path: '', code: 'empty', message }]);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    const problem = { path: '', code: 'not-utf-8', message: 'it is not UTF-8 text' };
    throw new InvalidInputError('the body', [problem], { cause });
  }
}

/** @throws InvalidInputError when it does not have the form of a release id */
export function parseReleaseId(text: string | undefined): string {
  return parsed('the address', z.object({ id: releaseId }), { id: text }).id;
}

/** @throws InvalidInputError */
export function parseAppKey(text: string | undefined): string {
  return parsed('the address', z.object({ appKey: addressedApp }), { appKey: text }).appKey;
}

/** @throws NotFoundError: an unknown command is an unknown address */
export function parseCommandKind(text: string | undefined): CommandKind {
  const command = COMMANDS.find((kind) => kind === text);
  if (command !== undefined) return command;
  throw new NotFoundError(`there is no such command; the commands are ${COMMANDS.join(', ')}`);
}

/**
 * The body of a command.
 * @throws InvalidInputError
 */
export function parseCommand(
  kind: CommandKind,
  body: string,
): { readonly command: Command; readonly expectedSequence: number | undefined } {
  const written = parsed('the command', commandBody, parseJson(body));
  if (written.choice !== undefined && kind !== 'resume') {
    const message = `a choice belongs to resume; leave it out of ${kind}`;
    throw new InvalidInputError('the command', [{ path: 'choice', code: 'not-here', message }]);
  }
  const { reason, choice, expectedSequence } = written;
  return { command: { kind, reason, choice }, expectedSequence };
}

/** @throws InvalidInputError */
export function parseReleasesQuery(query: URLSearchParams): {
  readonly appKey: string | undefined;
  readonly phase: Phase | undefined;
  readonly finished: boolean | undefined;
  readonly key: string | undefined;
  readonly max: number;
  readonly continuation: string | undefined;
} {
  const written = parsedQuery(releasesQuery, query);
  return {
    appKey: written.app,
    phase: written.phase,
    finished: written.finished,
    key: written.key,
    max: written.max,
    continuation: written.continuation,
  };
}

/** @throws InvalidInputError */
export function parseAuditQuery(query: URLSearchParams): {
  readonly from: number;
  readonly max: number;
} {
  return parsedQuery(auditQuery, query);
}

/** `?for=…`; `promoted` unless told. @throws InvalidInputError */
export function parseGateQuery(query: URLSearchParams): GateKind {
  return parsedQuery(gateQuery, query).for;
}

/** @throws InvalidInputError */
export function parseFindGateQuery(query: URLSearchParams): {
  readonly kind: GateKind;
  readonly key: string;
  readonly appKey: string | undefined;
} {
  const written = parsedQuery(findGateQuery, query);
  return { kind: written.for, key: written.key, appKey: written.app };
}

/** @throws InvalidInputError */
export function parsePoisonQuery(query: URLSearchParams): { readonly max: number } {
  return parsedQuery(poisonQuery, query);
}

/**
 * The app key of `?site=<resource id>`; undefined: none is asked for.
 * @throws InvalidInputError
 */
export function parseSiteQuery(query: URLSearchParams): string | undefined {
  return parsedQuery(siteQuery, query).site;
}

/** `?prune=true` @throws InvalidInputError */
export function parsePruneQuery(query: URLSearchParams): boolean {
  return parsedQuery(pruneQuery, query).prune === 'true';
}

/** @throws InvalidInputError */
export function parseAppName(text: string | undefined): string {
  return parsed('the address', z.object({ name: appName }), { name: text }).name;
}

/** For routes that take no query. @throws InvalidInputError */
export function parseNoQuery(query: URLSearchParams): void {
  parsedQuery(z.strictObject({}), query);
}

const releaseId = z
  .string()
  .refine(isReleaseId, 'not a release id: 20 hex digits, a hyphen and 19 hex digits');

const NO_APP_KEY = 'not an app key: 20 hex digits';
const appKey = z.string().refine(isAppKey, NO_APP_KEY);
const addressedApp = z
  .string()
  .refine(isAppKey, `${NO_APP_KEY}; ask by GET /api/apps?site=RESOURCE_ID`);

/** A site id is turned into its key; both say the same app. */
const siteId = z
  .string()
  .max(400)
  .regex(
    /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/Microsoft\.Web\/sites\/[^/]+$/i,
    'not the resource id of a site: /subscriptions/…/resourceGroups/…/providers/Microsoft.Web/sites/NAME',
  )
  .transform(appKeyOfSiteId);

const app = z
  .string()
  .refine((text) => isAppKey(text) || text.startsWith('/'), {
    message: 'neither an app key (20 hex digits) nor the resource id of a site',
    abort: true,
  })
  .pipe(z.union([appKey, siteId], { error: 'not the resource id of a site' }));

/** Printable, on one line or several: an operator's own words. */
const reason = z
  .string()
  .trim()
  .min(1, 'say why, in 1 to 1000 characters')
  .max(REASON_CHARS_MAX, 'at most 1000 characters')
  .regex(/^(\P{Cc}|[\n\r\t])*$/u, 'control characters are not allowed')
  .regex(
    /^[^\p{Cs}\u202a-\u202e\u2066-\u2069]*$/u,
    'characters that turn the direction of writing, and halves of characters, are not allowed',
  );

export const commandBody = z.strictObject({
  reason,
  expectedSequence: z.int().min(1).optional(),
  choice: z.enum(['adopt', 'reapply']).optional(),
});

function count(max: number, byDefault: number) {
  return z
    .string()
    .regex(/^\d{1,6}$/, `not a whole number from 1 to ${max}`)
    .transform(Number)
    .refine((value) => value >= 1 && value <= max, `not a whole number from 1 to ${max}`)
    .default(byDefault);
}

const releasesFilter = z.strictObject({
  app: app.optional(),
  phase: z
    .custom<Phase>((value) => typeof value === 'string' && Object.hasOwn(PHASES, value), {
      error: `not a phase: ${Object.keys(PHASES).join(', ')}`,
    })
    .optional(),
  finished: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional(),
  key: z.string().min(1).max(KEY_CHARS_MAX).optional(),
  max: count(RELEASES_MAX, RELEASES_DEFAULT),
  continuation: z.string().min(1).max(CONTINUATION_CHARS_MAX).optional(),
});

/** What no release can be is a mistake of the question, not an empty list. */
const releasesQuery = releasesFilter.superRefine(({ phase, finished }, context) => {
  if (phase === undefined || finished === undefined || PHASES[phase] !== !finished) return;
  const message = `phase=${phase} is ${finished ? 'never' : 'always'} finished: leave out phase or finished=${finished}`;
  context.addIssue({ code: 'custom', path: ['finished'], message });
});

const auditQuery = z.strictObject({
  from: count(999_999, 1),
  max: count(AUDIT_ROWS_MAX, AUDIT_ROWS_DEFAULT),
});

const poisonQuery = z.strictObject({ max: count(POISON_MAX, POISON_DEFAULT) });

const gateKind = z.enum(GATES).default('promoted');
const gateQuery = z.strictObject({ for: gateKind });
const findGateQuery = z.strictObject({
  for: gateKind,
  key: z.string({ error: 'which release: give the key of its start' }).min(1).max(KEY_CHARS_MAX),
  app: app.optional(),
});

const siteQuery = z.strictObject({ site: siteId.optional() });

const pruneQuery = z.strictObject({ prune: z.enum(['true', 'false']).default('false') });

/** The function key may be in the query (azure.md 4.4); it is the host's, not ours. */
const KEY_IN_QUERY = 'code';

function parsedQuery<T>(schema: z.ZodType<T>, query: URLSearchParams): T {
  const names = [...new Set(query.keys())].filter((name) => name !== KEY_IN_QUERY);
  const repeated = names.filter((name) => query.getAll(name).length > 1).map(repeatedProblem);
  if (repeated.length > 0) throw new InvalidInputError('the query', repeated);
  return parsed(
    'the query',
    schema,
    Object.fromEntries(names.map((name) => [name, query.get(name)])),
  );
}

function repeatedProblem(name: string): Problem {
  return { path: name, code: 'repeated', message: 'give it once' };
}

function parsed<T>(what: string, schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new InvalidInputError(what, problemsOf(result.error));
}
