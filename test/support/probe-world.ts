/** One release that judges, two hosts, and time that passes only while somebody waits. */
import { askForProbes, probeWindow, readPaired } from '../../src/controller/paired-probes.ts';
import type { Ports } from '../../src/controller/ports.ts';
import type { AskedWindow } from '../../src/controller/ports/probe-work.ts';
import { limitsAt } from '../../src/limits.ts';
import type { PairedCounts } from '../../src/release/facts.ts';
import type { PairedRequest, Plan, ProbePlan } from '../../src/release/plan.ts';
import type { Release, Subject } from '../../src/release/release.ts';
import {
  createMemoryPairedProber,
  createMemoryProbeWork,
  type MemoryPairedProber,
  type MemoryProbeWork,
} from './memory-paired.ts';
import { createMemoryProbeOutcomes, type MemoryProbeOutcomes } from './memory-probe-outcomes.ts';
import { createMemoryStore, type MemoryStore } from './memory-store.ts';
import { createPrng } from './prng.ts';
import {
  AT,
  freshAppKey,
  MINUTE_MS,
  sampleCreation,
  samplePlan,
  sampleRelease,
} from './store-samples.ts';
import { createVirtualTime, type VirtualTime } from './virtual-time.ts';
import { createWorld } from './world.ts';

export const SLOT_HOST = 'shop-staging-a1b2.westeurope-01.azurewebsites.net';
export const PRODUCTION_HOST = 'shop-c3d4.westeurope-01.azurewebsites.net';

const SUBJECT: Subject = {
  slotHost: SLOT_HOST,
  productionHost: PRODUCTION_HOST,
  canaryVolume: 'shop__e05d',
  baselineVolume: 'shop',
  canaryContent: '2',
  baselineContent: '1',
  foreignRules: [],
};

export function pairedRequest(change: Partial<PairedRequest> = {}): PairedRequest {
  return { path: '/', method: 'GET', headers: {}, status: [{ from: 200, to: 399 }], ...change };
}

export function probePlan(change: Partial<ProbePlan> = {}): ProbePlan {
  return {
    on: 'rollback',
    importance: 1,
    rho: 1,
    delta: 0,
    ceiling: undefined,
    perSecond: 5,
    requests: [pairedRequest()],
    timeoutMs: 5_000,
    edgesMs: [100, 1_000],
    ...change,
  };
}

export interface ProbeWorld {
  readonly ports: Ports;
  readonly time: VirtualTime;
  readonly store: MemoryStore;
  readonly work: MemoryProbeWork;
  readonly outcomes: MemoryProbeOutcomes;
  readonly prober: MemoryPairedProber;
  readonly releaseId: string;
  readonly logged: string[];
  /** The window that begins then, `AT` by default. */
  readonly window: (fromMs?: number) => AskedWindow;
  /** Sends a window, and lets time pass until that is done. */
  send(window?: AskedWindow): Promise<void>;
  /** A pass asks for windows. */
  ask(): Promise<void>;
  /** What a pass reads. */
  read(): Promise<PairedCounts | undefined>;
  /** The release is somewhere else from now on. */
  change(change: Partial<Release>): Promise<void>;
}

/** In the ramp, at `AT`; bins of a minute. */
export async function createProbeWorld(
  probes: ProbePlan = probePlan(),
  start: { readonly release?: Partial<Release>; readonly plan?: Partial<Plan> } = {},
): Promise<ProbeWorld> {
  const time = createVirtualTime(AT);
  const store = createMemoryStore({ now: time.now });
  const work = createMemoryProbeWork(time.now);
  const outcomes = createMemoryProbeOutcomes();
  const prober = createMemoryPairedProber(time);
  const dice = createPrng(11);
  const logged: string[] = [];
  const ports: Ports = {
    ...createWorld().ports,
    store: store.releaseStore,
    clock: store.clock,
    limits: limitsAt(1),
    random: () =>
      Math.floor(dice.next() * 2 ** 32)
        .toString(16)
        .padStart(8, '0'),
    log: (level, message) => logged.push(`${level}: ${message}`),
    paired: { work, outcomes, prober, pause: time.pause },
  };
  const release = sampleRelease(freshAppKey(), {
    stage: { phase: 'ramping', step: 0, since: AT, confirmedAt: AT, patienceFrom: AT },
    subject: SUBJECT,
    binsFrom: AT,
    where: 'baseline-in-production',
    weight: 5,
    wantedWeight: 5,
    ...start.release,
  });
  const plan = samplePlan({ probes, ...start.plan });
  await store.releaseStore.create(sampleCreation(release, { plan }));
  const loaded = async () => {
    const found = await store.releaseStore.load(release.id);
    if (found === undefined) throw new Error('the release is gone');
    return found;
  };
  const window = (fromMs = AT): AskedWindow => ({ releaseId: release.id, fromMs });
  return {
    ...{ ports, time, store, work, outcomes, prober, logged, window },
    releaseId: release.id,
    send: (asked = window()) => time.run(probeWindow(ports, asked)),
    ask: async () => askForProbes(ports, await loaded()),
    read: async () => {
      const found = await loaded();
      const context = {
        now: time.now(),
        limits: ports.limits,
        plan: found.plan,
        actor: { kind: 'system', name: 'slipway', objectId: undefined },
        claimId: 'claim',
      } as const;
      return readPaired({ ports, release: found.release, context });
    },
    change: async (change) => {
      const { release: now, etag } = await loaded();
      const next = { ...now, ...change };
      await store.releaseStore.commit({
        release: next,
        etag,
        audit: [],
        bins: undefined,
        app: undefined,
      });
    },
  };
}

export { AT, MINUTE_MS };
