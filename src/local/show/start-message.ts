/** The start messages of the show, as a CI job would write them. */
import { SLOT, TARGET } from '../local-azure/sample-shop.ts';

/**
 * Compressed: seconds where a real plan has minutes. A step without failures is certified after about
 * 4.5 / margin canary requests (statistics.md 3, six bets), and the margin is the absolute budget
 * divided by the next weight; so 3 points let 75 requests do for 10 %, and 150 for 50 %, where the
 * default of 0.1 points would ask for thousands.
 */
export const SHOW_PLAN = {
  strategy: 'canary',
  steps: [
    { weight: 10, bake: '5s' },
    { weight: 50, bake: '5s' },
  ],
  maxBake: '6x',
  maxBlind: '30s',
  // Not divided by the time scale: a run that was stopped may go on with the release hours later.
  deadline: '4h',
  onUndecided: 'advance',
  analysis: {
    interval: '1s',
    settle: '2s',
    alpha: 0.01,
    beta: 0.05,
    budget: { absolute: 0.03, relative: 0.5 },
    ceiling: 0.05,
  },
  validate: [{ http: { path: '/health', status: 200, every: '1s', passes: 2 } }],
  watch: '8s',
  // Shoppers of the release before still carry its cookie for half a minute.
  pinned: 'accept',
} as const;

export interface StartOrder {
  readonly key?: string;
  readonly version: string;
  /** Only asserted; Slipway finds the baseline in telemetry itself. */
  readonly baselineVersion?: string;
}

export function startMessage(order: StartOrder): Readonly<Record<string, unknown>> {
  return {
    ...order,
    target: TARGET,
    slot: SLOT,
    plan: SHOW_PLAN,
    requestedBy: { name: 'the show' },
  };
}

/** The next two versions: above everything that lies in the slots already. */
export function nextVersions(present: readonly (string | undefined)[]): {
  readonly good: string;
  readonly failing: string;
} {
  const majors = present.map((version) => Number.parseInt(version ?? '', 10) || 0);
  const newest = Math.max(0, ...majors);
  return { good: `${newest + 1}.0.0`, failing: `${newest + 2}.0.0` };
}
