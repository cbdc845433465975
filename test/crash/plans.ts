/** Plans with seconds where real ones have minutes: budgets so wide that a dozen requests decide. */
const analysis = {
  interval: '1s',
  settle: '1s',
  budget: { absolute: 0.3, relative: 0.5 },
  ceiling: 0.3,
} as const;

const common = {
  analysis,
  maxBlind: '5m',
  deadline: '10m',
  watch: '5s',
  // Releases follow each other sooner than cookies end.
  pinned: 'accept',
} as const;

export const CANARY = {
  ...common,
  strategy: 'canary',
  steps: [
    { weight: 25, bake: '2s' },
    { weight: 60, bake: '2s' },
  ],
  maxBake: '60x',
  onUndecided: 'pause',
} as const;

export const BLUE_GREEN = {
  ...common,
  strategy: 'blue-green',
  validate: [{ http: { path: '/health', every: '1s', passes: 2 } }],
} as const;

/** Time enough for a version to fail in the watch, and to be seen, with hosts that die all the time. */
export const LONG_WATCH = '40s';
