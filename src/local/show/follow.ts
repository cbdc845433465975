/** Follows a release over HTTP until it is finished. */
import { setTimeout as delay } from 'node:timers/promises';

import type { ShownRelease, ShownRow, SlipwayApi } from './slipway-api.ts';

export interface Followed {
  readonly release: ShownRelease;
  readonly rows: readonly ShownRow[];
}

export interface FollowOptions {
  readonly api: SlipwayApi;
  readonly id: string;
  /** Each transition once, in order. */
  readonly onRow: (row: ShownRow, release: ShownRelease) => void;
  readonly onLook: (release: ShownRelease) => void;
  /** Stop looking here although it is not finished: it waits for a person, for example. */
  readonly isEnd?: (release: ShownRelease) => boolean;
  readonly signal: AbortSignal;
}

const LOOK_EVERY_MS = 400;
/** A busy host may be late with an answer; a dead one is not waited for. */
const FAILURES_MOST = 5;

/** @throws ApiError after several failed looks in a row; the signal's reason */
export async function follow(options: FollowOptions): Promise<Followed> {
  const { id, signal } = options;
  const rows: ShownRow[] = [];
  let failures = 0;
  for (;;) {
    signal.throwIfAborted();
    try {
      const release = await look(options, rows);
      failures = 0;
      if (release !== undefined) return { release, rows };
    } catch (error) {
      failures += 1;
      if (failures >= FAILURES_MOST || signal.aborted) {
        throw new Error(`release ${id} could not be followed`, { cause: error });
      }
    }
    await delay(LOOK_EVERY_MS, undefined, { signal });
  }
}

/** The release when it is at its end and all its rows are there. */
async function look(
  { api, id, onRow, onLook, isEnd }: FollowOptions,
  rows: ShownRow[],
): Promise<ShownRelease | undefined> {
  const release = await api.release(id);
  if (release.sequence > rows.length) {
    for (const row of await api.audit(id, rows.length + 1)) {
      rows.push(row);
      onRow(row, release);
    }
  }
  onLook(release);
  const ended = release.finished || isEnd?.(release) === true;
  // Rows are read after the release: a newer one means that the release has moved on since.
  return ended && rows.length === release.sequence ? release : undefined;
}
