import { isReleaseId } from '../release/release-id.ts';
import { messageContent } from './queue-message.ts';

/** What a message of queue `probes` asks for. */
export interface ProbesAsked {
  readonly releaseId: string;
  /** Start of the window, milliseconds since the epoch. */
  readonly fromMs: number;
}

/** `{"release": id, "from": milliseconds}`; undefined when it is none. */
export function probesAsked(entry: unknown): ProbesAsked | undefined {
  const content = messageContent(entry);
  const value: unknown = typeof content === 'string' ? parsedOrUndefined(content) : content;
  if (typeof value !== 'object' || value === null) return undefined;
  if (!('release' in value && 'from' in value)) return undefined;
  const { release, from } = value;
  if (typeof release !== 'string' || !isReleaseId(release)) return undefined;
  if (typeof from !== 'number' || !Number.isSafeInteger(from) || from < 0) return undefined;
  return { releaseId: release, fromMs: from };
}

function parsedOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
