/** Waits until telemetry can only name one version as the baseline. */
import { setTimeout as delay } from 'node:timers/promises';

import { limitsAt } from '../../limits.ts';
import type { Shoppers } from '../local-azure/shoppers.ts';

export type Answers = Readonly<Record<string, number>>;

export interface BaselineOptions {
  readonly visitors: Pick<Shoppers, 'counts'>;
  readonly version: string;
  readonly timeScale: number;
  readonly signal: AbortSignal;
}

const LOOK_EVERY_MS = 500;
/** Fewer could be the first seconds after a start. */
const ANSWERS_LEAST = 200;
const SHARE_LEAST = 0.55;
/** The SDK sends four times a second; what was answered by now is in telemetry after this. */
const TELEMETRY_MS = 1_000;

/**
 * Slipway takes the version with most production rows of the last hour (here: of the last seconds) for
 * the baseline. The shoppers know who answered them, so nothing has to be asked.
 */
export async function waitForBaseline(options: BaselineOptions): Promise<void> {
  const { visitors, version, timeScale, signal } = options;
  const looks = Math.ceil(limitsAt(timeScale).baselineWindowMs / LOOK_EVERY_MS);
  const history: Answers[] = [];
  for (;;) {
    const now = answersOf(visitors);
    history.push(now);
    if (history.length > looks) history.shift();
    if (isBaseline(version, history[0] ?? {}, now)) break;
    await delay(LOOK_EVERY_MS, undefined, { signal });
  }
  await delay(TELEMETRY_MS, undefined, { signal });
}

/** Whether most answers between two counts came from this version. */
export function isBaseline(version: string, before: Answers, now: Answers): boolean {
  const fresh = (name: string): number => (now[name] ?? 0) - (before[name] ?? 0);
  const all = Object.keys(now).reduce((sum, name) => sum + fresh(name), 0);
  return all >= ANSWERS_LEAST && fresh(version) >= SHARE_LEAST * all;
}

function answersOf(visitors: BaselineOptions['visitors']): Answers {
  const { byVersion } = visitors.counts();
  return Object.fromEntries(
    Object.entries(byVersion).map(([version, { answers }]) => [version, answers]),
  );
}
