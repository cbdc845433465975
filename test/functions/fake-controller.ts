// A Controller whose use cases each test replaces; what was asked of it is kept.
import type { Controller } from '../../src/app.ts';
import { evidenceSeries } from '../../src/release/evidence-series.ts';
import { gateOf } from '../../src/release/gate.ts';
import { parseStart } from '../../src/release/parse-start.ts';
import { freshAppKey, samplePlan, sampleRelease } from '../support/store-samples.ts';

export interface Asked {
  readonly method: string;
  readonly input: unknown;
}

export interface FakeController extends Controller {
  readonly asked: Asked[];
  inputsOf(method: keyof Controller): unknown[];
}

export const RELEASE = sampleRelease(freshAppKey());

const WORKS = {
  ok: true,
  down: false,
  message: 'answers',
  okAt: undefined,
  ageMs: undefined,
  error: undefined,
};

const CHECKUP: Awaited<ReturnType<Controller['doctor']>> = {
  ...{ site: '/subscriptions/s', slot: 'staging', app: 'shop', plan: 'standard' },
  ...{ version: '2.0.0', baseline: '1.0.0', by: null, via: 'slipway', verdict: 'ready' },
  ...{ at: '2026-01-05T12:00:00.000Z', since: '2026-01-05T12:00:00.000Z', checks: [] },
};

const HEAD = { sequence: 0, chainHead: '0'.repeat(64) };

/** Says yes to everything; a start is really parsed, so that bad input fails as it does. */
export function fakeController(changes: Partial<Controller> = {}): FakeController {
  const asked: Asked[] = [];
  const behaviour: Controller = {
    start: async (input) => {
      parseStart(input.body);
      return { release: RELEASE, created: true };
    },
    tick: async () => undefined,
    probeWindow: async () => undefined,
    clock: async () => 0,
    command: async () => RELEASE,
    getRelease: async () => ({ release: RELEASE, plan: samplePlan() }),
    readEvidence: async () => ({
      release: RELEASE,
      series: evidenceSeries({ release: RELEASE, plan: samplePlan(), bins: [] }),
    }),
    readGate: async () => ({ release: RELEASE, gate: gateOf(RELEASE, 'promoted', undefined) }),
    listReleases: async () => ({ releases: [RELEASE], continuation: undefined }),
    readAudit: async () => [],
    getApp: async (appKey) => ({ appKey, app: undefined, active: undefined, entry: undefined }),
    doctor: async () => CHECKUP,
    listApps: async () => [],
    applyApps: async () => ({ changes: [], head: HEAD }),
    removeApp: async () => ({ changes: [], head: HEAD }),
    readAppsAudit: async () => ({ rows: [], head: HEAD }),
    recordPoison: async () => undefined,
    listPoison: async () => [],
    tryReceivers: async () => [],
    health: async () => ({
      ok: true,
      degraded: false,
      storage: WORKS,
      clock: { ok: true, skewMs: 3, oldestDueMs: 0, ageMs: 0, message: 'steady' },
      arm: WORKS,
      logs: WORKS,
      notices: { givenUp: 0 },
    }),
    ...changes,
  };
  const note = (method: keyof Controller, input?: unknown): void => {
    asked.push({ method, input });
  };
  return {
    start: (input) => (note('start', input), behaviour.start(input)),
    tick: (releaseId) => (note('tick', releaseId), behaviour.tick(releaseId)),
    probeWindow: (window) => (note('probeWindow', window), behaviour.probeWindow(window)),
    clock: () => (note('clock'), behaviour.clock()),
    command: (input) => (note('command', input), behaviour.command(input)),
    getRelease: (releaseId) => (note('getRelease', releaseId), behaviour.getRelease(releaseId)),
    readEvidence: (releaseId) => (
      note('readEvidence', releaseId),
      behaviour.readEvidence(releaseId)
    ),
    readGate: (query) => (note('readGate', query), behaviour.readGate(query)),
    listReleases: (query) => (note('listReleases', query), behaviour.listReleases(query)),
    readAudit: (releaseId, range) => (
      note('readAudit', { releaseId, ...range }),
      behaviour.readAudit(releaseId, range)
    ),
    getApp: (appKey) => (note('getApp', appKey), behaviour.getApp(appKey)),
    doctor: (question, caller) => (
      note('doctor', { ...question, caller }),
      behaviour.doctor(question, caller)
    ),
    listApps: () => (note('listApps'), behaviour.listApps()),
    applyApps: (input) => (note('applyApps', input), behaviour.applyApps(input)),
    removeApp: (name, caller) => (
      note('removeApp', { name, caller }),
      behaviour.removeApp(name, caller)
    ),
    readAppsAudit: (range) => (note('readAppsAudit', range), behaviour.readAppsAudit(range)),
    recordPoison: (message) => (note('recordPoison', message), behaviour.recordPoison(message)),
    listPoison: (max) => (note('listPoison', max), behaviour.listPoison(max)),
    tryReceivers: () => (note('tryReceivers'), behaviour.tryReceivers()),
    health: () => (note('health'), behaviour.health()),
    asked,
    inputsOf: (method) => asked.filter((one) => one.method === method).map(({ input }) => input),
  };
}
