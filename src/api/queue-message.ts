/** What crosses the queues. */
import { boundedJson } from '../release/bounded-json.ts';
import { sha256 } from '../release/hash.ts';
import { isReleaseId } from '../release/release-id.ts';

/** With a length of whole groups of four. A group in the pattern itself overflows on long texts. */
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
const HASH_CHARS = 16;

/**
 * The content of a message. Raw JSON arrives parsed, since the library does that to every text that is
 * JSON (azure.md 4.1); base64 arrives as text, because host.json says `messageEncoding: none`, and is
 * decoded here. What is neither stays as it is.
 */
export function messageContent(entry: unknown): unknown {
  if (typeof entry !== 'string') return entry;
  return decodedJson(entry) ?? entry;
}

/** The JSON text that the base64 text holds; undefined when it holds none. */
function decodedJson(text: string): string | undefined {
  const compact = text.replace(/\s/g, '');
  if (compact.length % 4 !== 0 || !BASE64.test(compact)) return undefined;
  try {
    const decoded = new TextDecoder('utf-8', { fatal: true }).decode(
      Buffer.from(compact, 'base64'),
    );
    JSON.parse(decoded);
    return decoded;
  } catch {
    return undefined;
  }
}

/**
 * The same for every delivery of one message, and no other: its id, when it was inserted and its hash.
 *
 * Top-level fields of a JSON message hide the message's own metadata of that name (azure.md 8), so
 * whatever the payload names is left out; a valid start has no such field. At most 140 characters.
 *
 * @param queue put in front, so that ids of two queues never meet
 */
export function messageKey(
  queue: string,
  entry: unknown,
  metadata: Readonly<Record<string, unknown>> | undefined,
): string {
  const hidden = new Set(
    typeof entry === 'object' && entry !== null
      ? Object.keys(entry).map((name) => name.toLowerCase())
      : [],
  );
  const own = ['id', 'insertionTime'].flatMap((name) => {
    const value = metadata?.[name];
    return typeof value === 'string' && !hidden.has(name.toLowerCase()) ? [value.slice(0, 50)] : [];
  });
  return [queue, ...own, sha256(messageText(entry)).slice(0, HASH_CHARS)].join(' ');
}

/** The message for people, and for its hash. */
export function messageText(entry: unknown): string {
  return typeof entry === 'string' ? entry : boundedJson(entry);
}

/** The release of a tick message, `{"release": id}`; undefined when it is none. */
export function tickRelease(entry: unknown): string | undefined {
  return hintOf(entry)?.releaseId;
}

/** A message about one release, and all that it holds. */
export interface Hint {
  readonly releaseId: string;
  readonly content: object;
}

/** `{"release": id, …}`, however it came; undefined when it is none. */
export function hintOf(entry: unknown): Hint | undefined {
  const given = messageContent(entry);
  const content: unknown = typeof given === 'string' ? parsedOrUndefined(given) : given;
  if (typeof content !== 'object' || content === null || !('release' in content)) return undefined;
  const { release } = content;
  return typeof release === 'string' && isReleaseId(release)
    ? { releaseId: release, content }
    : undefined;
}

function parsedOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
