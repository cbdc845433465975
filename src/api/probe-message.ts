import { hintOf } from './queue-message.ts';

/** What a message of queue `probes` asks for. */
export interface ProbesAsked {
  readonly releaseId: string;
  /** Start of the window, milliseconds since the epoch. */
  readonly fromMs: number;
}

/** `{"release": id, "from": milliseconds}`; undefined when it is none. */
export function probesAsked(entry: unknown): ProbesAsked | undefined {
  const hint = hintOf(entry);
  if (hint === undefined || !('from' in hint.content)) return undefined;
  const { from } = hint.content;
  if (typeof from !== 'number' || !Number.isSafeInteger(from) || from < 0) return undefined;
  return { releaseId: hint.releaseId, fromMs: from };
}
