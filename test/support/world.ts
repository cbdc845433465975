/**
 * A whole world for the controller: the in-memory twins of every port, visitors who follow the rules
 * that are really there, and time that passes only when told to.
 */
import { createController } from '../../src/controller/create-controller.ts';
import type { Controller } from '../../src/controller/controller.ts';
import type { Notifier, Receiver } from '../../src/controller/ports/notifier.ts';
import type { PairedReply } from '../../src/controller/ports/paired-prober.ts';
import type { Ports } from '../../src/controller/ports.ts';
import { limitsAt } from '../../src/limits.ts';
import type { AuditBody } from '../../src/release/audit.ts';
import { verifyChain } from '../../src/release/chain.ts';
import type { CommandKind } from '../../src/release/event.ts';
import type { Phase, Release } from '../../src/release/release.ts';
import { CI, OPERATOR } from './callers.ts';
import type { MemoryAppRegistry } from './memory-app-registry.ts';
import { type MemoryAppService, createMemoryAppService } from './memory-app-service.ts';
import { createMemoryProbeWork } from './memory-paired.ts';
import { type MemoryProbeOutcomes, createMemoryProbeOutcomes } from './memory-probe-outcomes.ts';
import { type MemoryProber, createMemoryProber } from './memory-prober.ts';
import { type MemoryStore, createMemoryStore } from './memory-store.ts';
import { type MemoryTelemetry, createMemoryTelemetry } from './memory-telemetry.ts';

const START_MS = Date.UTC(2026, 0, 5, 9, 0, 0);
const TURN_MS = 30_000;

/** How one version behaves; read anew at every turn, so that a story can change it. */
export interface Behaviour {
  failureRate: number;
  /** False: it serves, but writes no telemetry. */
  reports: boolean;
  /** Under which AppVersion it reports; its own by default. */
  label: string | undefined;
  /** Telemetry keeps one request in so many, which then stands for all of them. Default 1. */
  keepOneIn?: number;
  /** How much later than others its failed requests reach telemetry: time-outs. Default 0. */
  failureLagMs?: number;
  /** How long it takes to answer a paired probe. Default 20 ms. */
  probeMs?: number;
  /** Share of its requests that throw an exception and are answered all the same. Default 0. */
  throwRate?: number;
  /** Share of its requests that take 3 s. Default 0. */
  slowRate?: number;
}

export interface World {
  /** Of the process that runs now. */
  readonly controller: Controller;
  /** The function app starts anew, with other receivers in its settings. */
  restartWith(receivers: readonly Receiver[]): void;
  readonly ports: Ports;
  readonly azure: MemoryAppService;
  readonly store: MemoryStore;
  /** Empty, and in open mode: stories of the registry say otherwise. */
  readonly registry: MemoryAppRegistry;
  readonly telemetry: MemoryTelemetry;
  readonly prober: MemoryProber;
  readonly probed: MemoryProbeOutcomes;
  readonly behaviours: Map<string, Behaviour>;
  /** Visitors per minute, all of production. */
  ratePerMinute: number;
  now(): number;
  start(overrides?: Readonly<Record<string, unknown>>): Promise<Release>;
  /** Lets time pass in turns of 30 s: visitors come, the timer fires, ticks run. */
  pass(ms: number): Promise<void>;
  /** Passes time until the release is in one of the phases; fails after `maxMs`. */
  until(id: string, phases: readonly Phase[], maxMs?: number): Promise<Release>;
  untilTrue(what: string, holds: (release: Release) => boolean, id: string): Promise<Release>;
  release(id: string): Promise<Release>;
  command(id: string, kind: CommandKind, choice?: 'adopt' | 'reapply'): Promise<Release>;
  audit(id: string): Promise<AuditBody[]>;
  chainHolds(id: string): Promise<boolean>;
  /** Only time and visitors, no ticks. */
  idle(ms: number): void;
  /** Lets time pass to this very moment, with the visitors of every full turn, and nothing else. */
  elapseTo(atMs: number): void;
  /** How long visitors' rows take to telemetry. */
  lagMs: number;
}

export const OLD = '1.0.0';
export const NEW = '2.0.0';

export interface WorldOptions {
  readonly notifier?: Notifier;
}

export function createWorld({ notifier }: WorldOptions = {}): World {
  let nowMs = START_MS;
  const now = (): number => nowMs;
  const azure = createMemoryAppService({ now, swapDurationMs: 60_000 });
  const store = createMemoryStore({ now });
  const telemetry = createMemoryTelemetry({ now });
  const prober = createMemoryProber();
  const probeWork = createMemoryProbeWork(now);
  const probed = createMemoryProbeOutcomes();
  const behaviours = new Map<string, Behaviour>();
  azure.deploy('production', OLD);
  azure.deploy('slot', NEW);
  let counter = 0;
  const ports: Ports = {
    store: store.releaseStore,
    audit: store.auditReader,
    apps: store.appRegistry,
    appsMode: 'open',
    catalog: store.catalog,
    due: store.dueTable,
    poison: store.poisonBox,
    ticks: store.tickQueue,
    clock: store.clock,
    site: azure.reader,
    router: azure.router,
    swapper: azure.swapper,
    telemetry,
    prober: {
      probe: async (host, validation) => {
        const version =
          host === azure.state.slot.host
            ? azure.state.slot.content
            : azure.state.production.content;
        const { label, reports } = behaviourOf(version);
        if (reports) telemetry.add({ atMs: nowMs, version: label ?? version, host, probe: true });
        return prober.probe(host, validation);
      },
    },
    paired: {
      work: probeWork,
      outcomes: probed,
      // A window passes at once here: what it counts is what matters, not when within a minute.
      prober: { ask: async (host, { timeoutMs }) => answerProbe(host, timeoutMs) },
      pause: async () => undefined,
    },
    notifier,
    limits: limitsAt(1),
    random: () => (counter += 1).toString(16).padStart(8, '0'),
    log: () => undefined,
  };
  let controller = createController(ports);

  function behaviourOf(version: string): Behaviour {
    return behaviours.get(version) ?? { failureRate: 0.001, reports: true, label: undefined };
  }

  /** Whole requests only; fractions are carried over so that rare failures come at their rate. */
  const carried = new Map<string, number>();
  function whole(key: string, amount: number): number {
    const sum = (carried.get(key) ?? 0) + amount;
    carried.set(key, sum - Math.floor(sum));
    return Math.floor(sum);
  }

  function visit(version: string, amount: number): void {
    const {
      failureRate,
      reports,
      label,
      keepOneIn: items = 1,
      failureLagMs = 0,
      throwRate = 0,
      slowRate = 0,
    } = behaviourOf(version);
    if (!reports) return;
    const requests = whole(`${version} requests`, amount / items);
    const failures = Math.min(requests, whole(`${version} failures`, requests * failureRate));
    const good = requests - failures;
    const thrown = Math.min(good, whole(`${version} thrown`, requests * throwRate));
    const slow = Math.min(good - thrown, whole(`${version} slow`, requests * slowRate));
    const host = azure.state.production.host;
    const common = { version: label ?? version, host, items, atMs: nowMs };
    for (const [count, what, laterMs] of [
      [good - thrown - slow, { status: 200 }, 0],
      [failures, { status: 500 }, failureLagMs],
      [thrown, { status: 200, exception: 'System.TimeoutException' }, failureLagMs],
      [slow, { status: 200, durationMs: 3_000 }, failureLagMs],
    ] as const) {
      const lagMs = world.lagMs + laterMs;
      if (count > 0) telemetry.add({ ...common, ...what, count, lagMs });
    }
  }

  function answerProbe(host: string, timeoutMs: number): PairedReply {
    const { slot, production } = azure.state;
    const version = host === slot.host ? slot.content : production.content;
    const { failureRate, probeMs: durationMs = 20 } = behaviourOf(version);
    const isLate = durationMs > timeoutMs;
    const isBad = whole(`${version} probes`, failureRate) > 0;
    const status = isLate ? undefined : isBad ? 500 : 200;
    return { status, durationMs, strayed: false, problem: isLate ? 'too late' : undefined };
  }

  let visitedAtMs = START_MS;
  function visitors(ms: number): void {
    visitedAtMs = nowMs;
    const total = (world.ratePerMinute * ms) / 60_000;
    const weight = azure.state.rules.reduce((sum, rule) => sum + rule.weight, 0) / 100;
    visit(azure.state.slot.content, total * weight);
    visit(azure.state.production.content, total * (1 - weight));
  }

  function idle(ms: number): void {
    for (let passed = 0; passed < ms; passed += TURN_MS) {
      visitors(TURN_MS);
      nowMs += TURN_MS;
    }
  }

  function elapseTo(atMs: number): void {
    while (visitedAtMs + TURN_MS <= atMs) {
      nowMs = visitedAtMs + TURN_MS;
      visitors(TURN_MS);
    }
    nowMs = Math.max(nowMs, atMs);
  }

  async function turn(): Promise<void> {
    idle(TURN_MS);
    await controller.clock();
    for (const sent of store.takeTicks()) await controller.tick(sent.releaseId);
    for (const asked of probeWork.takeVisible()) await controller.probeWindow(asked);
  }

  async function release(id: string): Promise<Release> {
    return (await controller.getRelease(id)).release;
  }

  async function untilTrue(
    what: string,
    holds: (release: Release) => boolean,
    id: string,
  ): Promise<Release> {
    for (let turns = 0; turns < 2_000; turns += 1) {
      const found = await release(id);
      if (holds(found)) return found;
      await turn();
    }
    const found = await release(id);
    throw new Error(`never ${what}: ${found.stage.phase}: ${found.reason}: ${found.message}`);
  }

  const world: World = {
    get controller() {
      return controller;
    },
    restartWith: (receivers) => {
      controller = createController({ ...ports, notifier: { receivers } });
    },
    ports,
    azure,
    store,
    registry: store.appRegistry,
    telemetry,
    prober,
    probed,
    behaviours,
    ratePerMinute: 6_000,
    lagMs: 5_000,
    now,
    idle,
    elapseTo,
    release,
    untilTrue,
    start: async (overrides = {}) => {
      const body = {
        target: azure.target,
        slot: azure.slot,
        version: NEW,
        plan: 'standard',
        requestedBy: { name: 'ci' },
        ...overrides,
      };
      const started = await controller.start({
        body,
        fallbackKey: `message-${(counter += 1)}`,
        caller: CI,
      });
      return started.release;
    },
    pass: async (ms) => {
      for (let passed = 0; passed < ms; passed += TURN_MS) await turn();
    },
    until: async (id, phases, maxMs = 16 * 3_600_000) => {
      const end = nowMs + maxMs;
      return untilTrue(
        phases.join(' or '),
        ({ stage }) => phases.includes(stage.phase) || nowMs >= end,
        id,
      ).then((found) => {
        if (!phases.includes(found.stage.phase)) {
          throw new Error(
            `not ${phases.join(' or ')} in time: ${found.stage.phase}: ${found.reason}: ${found.message}`,
          );
        }
        return found;
      });
    },
    command: (id, kind, choice) =>
      controller.command({
        releaseId: id,
        command: { kind, reason: 'because of the story', choice },
        expectedSequence: undefined,
        caller: OPERATOR,
      }),
    audit: async (id) => {
      const rows = await controller.readAudit(id, { from: 1, max: 1_000 });
      return rows.map((row) => JSON.parse(row.body) as AuditBody);
    },
    chainHolds: async (id) => {
      const rows = await controller.readAudit(id, { from: 1, max: 1_000 });
      const found = await release(id);
      return verifyChain(rows, { releaseId: id, sequence: found.sequence, head: found.chainHead })
        .ok;
    },
  };
  // An hour of production before the first release, so that preflight finds a baseline.
  idle(3_600_000);
  return world;
}
