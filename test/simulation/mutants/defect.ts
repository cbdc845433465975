/** A deliberate defect, one that a careless change could bring, and how a story shows it. */
import type { Change } from '../../../src/controller/ports/release-store.ts';
import type { Ports } from '../../../src/controller/ports.ts';
import type { Promised } from '../checkers/checker.ts';
import type { Mutant } from '../stage.ts';
import { type Act, NO_FAULTS, type Rates, type Story, type TimedAct } from '../story/story.ts';

export interface Defect {
  readonly what: string;
  /** The promises one of which it breaks. */
  readonly breaks: readonly Promised[];
  readonly mutant: Mutant;
  /** What must happen in a story for the defect to matter, when that is rare. */
  readonly story?: (story: Story) => Story;
}

/** A defect that keeps nothing from worker to worker. */
export const simple =
  (worsen: (ports: Ports) => Partial<Ports>): Mutant =>
  () =>
  (ports) => ({ ...ports, ...worsen(ports) });

/** A defect of what is committed. */
export const committing = (worsen: (change: Change) => Change): Mutant =>
  simple(({ store }) => ({
    store: { ...store, commit: (change) => store.commit(worsen(change)) },
  }));

/** A defect of what is remembered. */
export const loading = (worsen: (loaded: Loaded, ports: Ports) => Loaded): Mutant =>
  simple((ports) => ({
    store: {
      ...ports.store,
      load: async (id) => {
        const loaded = await ports.store.load(id);
        return loaded === undefined ? undefined : worsen(loaded, ports);
      },
    },
  }));

type Loaded = NonNullable<Awaited<ReturnType<Ports['store']['load']>>>;

export function startAct(plan: unknown, reversible = true): TimedAct {
  const act: Act = { kind: 'start', plan, times: 1, by: 'queue', slot: 'staging', reversible };
  return { atMs: 5_000, act };
}

const WAITS = { maxBlind: '4m', maxPause: '5m', deadline: '40m', watch: '6m', pinned: 'accept' };

export const CANARY = {
  preset: 'fast',
  steps: [
    { weight: 10, bake: '2m' },
    { weight: 50, bake: '2m' },
  ],
  maxBake: '2x',
  analysis: { interval: '1m', settle: '2m', ceiling: 0.02 },
  onUndecided: 'advance',
  ...WAITS,
};

export const PROBED = {
  ...CANARY,
  probes: { rate: '1/s', requests: [{ path: '/' }], on: 'notify' },
};

/** Judges exceptions beside request failures, from the first bin on. */
export const METERED = {
  ...CANARY,
  analysis: {
    ...CANARY.analysis,
    metrics: { exceptions: { on: 'rollback', ceiling: 0.02 }, latency: 'rollback' },
  },
};

export const BLUE_GREEN = {
  preset: 'blue-green',
  analysis: { interval: '1m', settle: '1m', ceiling: 0.02 },
  ...WAITS,
};

export interface Plot {
  readonly plan: unknown;
  readonly rates?: Partial<Rates>;
  readonly acts?: readonly TimedAct[];
  readonly harmful?: boolean;
  readonly harm?: Story['harm'];
  readonly measured?: boolean;
  readonly failureLagMs?: number;
  readonly reversible?: boolean;
}

/** The same command, again and again. */
export function ordered(
  command: Extract<Act, { kind: 'command' }>['command'],
  seconds: readonly number[],
): TimedAct[] {
  return seconds.map((second) => ({
    atMs: second * 1_000,
    act: { kind: 'command', command, choice: command === 'resume' ? 'reapply' : undefined },
  }));
}

/** A story with one release in it and nothing else but what is given. */
export function plot(story: Story, plotted: Plot): Story {
  const { plan, rates, acts = [], reversible, ...rest } = plotted;
  return {
    ...story,
    harmful: false,
    harm: 'fails',
    measured: false,
    failureLagMs: 0,
    ratePerMinute: 6_000,
    ...rest,
    rates: { ...NO_FAULTS, ...rates },
    outages: [],
    acts: [startAct(plan, reversible), ...acts],
  };
}
