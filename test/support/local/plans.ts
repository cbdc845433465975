/**
 * Plans with seconds where real ones have minutes. A step without failures is certified after about
 * 4.9 / margin canary requests, and the margin is the absolute budget divided by the next weight
 * (statistics.md 3): 10 points let 25 requests do at 20 % and 50 at 50 %.
 */
const analysis = {
  interval: '1s',
  settle: '2s',
  budget: { absolute: 0.1, relative: 0.5 },
  ceiling: 0.1,
} as const;

export const CANARY_PLAN = {
  strategy: 'canary',
  steps: [
    { weight: 20, bake: '3s' },
    { weight: 50, bake: '3s' },
  ],
  maxBake: '10x',
  maxBlind: '2m',
  deadline: '10m',
  // A story in which nothing can be certified stops here, and shows it.
  onUndecided: 'pause',
  analysis,
  watch: '6s',
  // Stories follow each other sooner than cookies end.
  pinned: 'accept',
} as const;

/** Long enough for somebody to press buttons in it. */
export const SLOW_PLAN = {
  ...CANARY_PLAN,
  steps: [
    { weight: 20, bake: '8s' },
    { weight: 50, bake: '4s' },
  ],
} as const;

export const BLUE_GREEN_PLAN = {
  strategy: 'blue-green',
  deadline: '10m',
  analysis,
  validate: [{ http: { path: '/health', every: '1s', passes: 2 } }],
  watch: '6s',
  pinned: 'accept',
} as const;
