/** Asks again while what decides may still come by itself: telemetry takes its time. */
import type { Checkup } from '../release/doctor.ts';
import { ApiError } from './api-client.ts';

/** What only time brings. Whoever lacks a right, say, need not wait for it. */
const COMES_BY_ITSELF = ['label', 'baseline', 'answers', 'site'];

const FIRST_WAITS_MS = [2_000, 3_000, 5_000];
const WAIT_MS = 10_000;

export interface Patience {
  /** In all; 0: it is asked once. */
  readonly waitMs: number;
  readonly sleep: (ms: number) => Promise<void>;
  /** Told once, before the first wait. */
  readonly tell: (line: string) => void;
}

/** @param look gives a checkup; `since` is that of the first one, so that earlier requests count */
export async function checkPatiently(
  look: (since: string | undefined) => Promise<Checkup>,
  { waitMs, sleep, tell }: Patience,
): Promise<Checkup> {
  let checkup = await look(undefined);
  const { since } = checkup;
  let waited = 0;
  for (let asked = 0; waited < waitMs; asked += 1) {
    const missing = missingOf(checkup);
    if (missing.length === 0) break;
    if (asked === 0)
      tell(`waiting up to ${Math.round(waitMs / 1_000)} s for: ${missing.join('; ')}`);
    const next = Math.min(FIRST_WAITS_MS[asked] ?? WAIT_MS, waitMs - waited);
    await sleep(next);
    waited += next;
    checkup = await look(since);
  }
  return checkup;
}

/** Somebody else looks at the same app: in so long everybody has had a turn. */
const TURN_MOST_MS = 30_000;
const TURN_LEAST_MS = 1_000;

/** Asks again as Slipway says when, for as long as it only says that it is asked too often. */
export async function inTurn<T>(
  ask: () => Promise<T>,
  sleep: (ms: number) => Promise<void>,
): Promise<T> {
  let waited = 0;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const isLater = error instanceof ApiError && error.status === 429;
      if (!isLater || waited >= TURN_MOST_MS) throw error;
      const asked = Math.max(error.retryAfterMs ?? 0, TURN_LEAST_MS);
      const next = Math.min(asked, TURN_MOST_MS - waited);
      await sleep(next);
      waited += next;
    }
  }
}

/** Empty: there is nothing to wait for. */
function missingOf({ verdict, checks }: Checkup): readonly string[] {
  if (verdict !== 'unknown') return [];
  const open = checks.filter(({ status, decides }) => status === 'unknown' && decides);
  const comes = open.every(({ id }) => COMES_BY_ITSELF.includes(id));
  return comes ? open.map(({ title }) => title) : [];
}
