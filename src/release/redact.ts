/**
 * Takes secrets out of texts that came from elsewhere: an answer of Azure, an SDK's error, a message on
 * a queue. Whatever is logged, audited or answered has gone through here. It knows secrets by their form
 * and by the name before them, so it is a net, not a licence: no text is built from a secret on purpose.
 */

/** What stands in place of a secret. */
export const REDACTED = '[redacted]';

/** Every pattern is bounded or without nested repetition: texts of strangers are matched. */
const RULES: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  // A query may hold a signature or a key (SAS, `code=`, a poller's Location); so may a user's name.
  [/(\bhttps?:\/\/[^\s"'<>?#]{0,300})\?[^\s"'<>]*/gi, `$1?${REDACTED}`],
  [/(:\/\/)[^\s/@:"']{1,200}:[^\s/@"']{1,200}@/g, `$1${REDACTED}@`],
  [/([?&;](?:code|sig|s|h|c|key|token)=)[^\s"'&;<>]+/gi, `$1${REDACTED}`],
  [/\b(sig=)[^\s"'&;<>]{8,}/gi, `$1${REDACTED}`],
  // Whole values of headers, as dumps of requests write them.
  [
    /\b(x-functions-key|x-ms-client-principal|x-ms-token-[\w-]{1,40}|(?:set-)?cookie|authorization|ocp-apim-subscription-key)(\\{0,3}["']?\s{0,3}[:=]\s{0,3}\\{0,3}["']?)[^\n\r\\"']+/gi,
    `$1$2${REDACTED}`,
  ],
  [
    /\b(Bearer|Basic|SharedKey|SharedKeyLite|SharedAccessSignature)\s{1,3}[\w+/=.~:&%-]{20,}/gi,
    `$1 ${REDACTED}`,
  ],
  // Parts of connection strings, and fields of JSON and forms; of JSON in JSON too.
  [
    /\b((?:[a-z]{1,30}[_-]?)?(?:accountkey|accesskey|sharedaccesssignature|sharedaccesskey|password|passwd|pwd|client_?secret|secret|(?:access|refresh|id)_?token|api_?key))(\\{0,3}["']?\s{0,3}[:=]\s{0,3}\\{0,3}["']?)[^\s\\"',;<>]{4,}/gi,
    `$1$2${REDACTED}`,
  ],
  // Tokens (JWT), webhook secrets, storage keys (64 bytes), function keys ("AzFu" stands in each).
  [/\beyJ[\w-]{8,1500}\.[\w-]{4,6000}(?:\.[\w-]{0,1500})?/g, REDACTED],
  [/\bwhsec_[\w+/=-]{8,200}/g, REDACTED],
  [/[\w+/-]{86}==/g, REDACTED],
  [/[\w-]{20,60}AzFu[\w-]{4,30}={0,2}/g, REDACTED],
];

/** The text without what looks like a secret. */
export function redact(text: string): string {
  return RULES.reduce((kept, [pattern, replacement]) => kept.replace(pattern, replacement), text);
}

const DEPTH_MAX = 12;

/** The same for every text in a value that will be written as JSON; keys stay. */
export function redactAll(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redact(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEPTH_MAX) return REDACTED;
  // A time, say: what it writes of itself is its own.
  if ('toJSON' in value) return value;
  if (Array.isArray(value)) return value.map((part: unknown) => redactAll(part, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, part]: [string, unknown]) => [
      name,
      redactAll(part, depth + 1),
    ]),
  );
}

const CAUSES_MAX = 8;

/**
 * An error for the log: its stack and the messages of its causes. Never the error itself: an SDK's error
 * holds the request and the answer, and the host prints all of an object.
 */
export function errorText(error: unknown): string {
  const lines = [error instanceof Error ? (error.stack ?? String(error)) : nameOf(error)];
  let cause = causeOf(error);
  for (let depth = 1; depth < CAUSES_MAX && cause !== undefined; depth += 1) {
    lines.push(
      `caused by ${cause instanceof Error ? `${cause.name}: ${cause.message}` : nameOf(cause)}`,
    );
    cause = causeOf(cause);
  }
  return redact(lines.join('\n'));
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined;
}

/** What was thrown and is no error: a text says something, an object may hold anything. */
function nameOf(thrown: unknown): string {
  return typeof thrown === 'string' ? thrown : `a thrown ${typeof thrown}`;
}

/** An error to throw at the host, which logs it: same name and text, nothing else of the original. */
export function loggableError(error: unknown): Error {
  const safe = new Error(redact(error instanceof Error ? error.message : nameOf(error)));
  safe.name = error instanceof Error ? error.name : 'Error';
  safe.stack = errorText(error);
  return safe;
}
