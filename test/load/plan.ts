/** Start messages of the load test. */
import type { Target } from '../../src/release/start-message.ts';
import { CANARY } from './lean-logs.ts';
import { SLOT } from './sites.ts';

/**
 * Stays in its first step for hours, and is judged at every tick: bins of 10 s are due at each turn of the
 * clock, every 30 s. (With the default minute, a release asks Log Analytics half as often.)
 */
export const LONG_PLAN = {
  strategy: 'canary',
  steps: [{ weight: 5, bake: '12h' }],
  maxBake: '1x',
  deadline: '24h',
  maxBlind: '12h',
  onUndecided: 'pause',
  analysis: {
    interval: '10s',
    settle: '30s',
    budget: { absolute: 0.01, relative: 0.5 },
    ceiling: 0.05,
  },
  watch: '30m',
  pinned: 'accept',
} as const;

export interface StartOrder {
  readonly target: Target;
  readonly key: string;
  readonly version?: string;
  readonly plan?: unknown;
  readonly baselineVersion?: string;
}

export function startMessage(order: StartOrder): string {
  const { target, key, version = CANARY, plan = LONG_PLAN, baselineVersion } = order;
  return JSON.stringify({
    ...{ key, target, slot: SLOT, version, plan, requestedBy: { name: 'load' } },
    ...(baselineVersion === undefined ? {} : { baselineVersion }),
  });
}
