/** The doctor and a real start, side by side in the same world. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';

import { type DoctorPorts, examineSite } from '../../src/controller/doctor.ts';
import { AzureCallError } from '../../src/controller/ports/azure-errors.ts';
import type { InspectionPorts } from '../../src/controller/ports/inspection.ts';
import { createController } from '../../src/controller/create-controller.ts';
import type { Checkup } from '../../src/release/doctor.ts';
import { ForbiddenError, NotFoundError } from '../../src/release/errors.ts';
import type { HttpValidation } from '../../src/release/plan.ts';
import { parseApps } from '../../src/release/parse-apps.ts';
import { CI, OPERATOR } from '../support/callers.ts';
import '../support/fixed-seed.ts';
import { type World, NEW, OLD, createWorld } from '../support/world.ts';

const MINUTE = 60_000;
const PLAN = {
  steps: [{ weight: 10, bake: '5m' }],
  validate: [{ http: { path: '/health', passes: 1 } }],
};

const SLOT = {
  ...{ kind: 'app', tier: 'Standard', planId: '/p' },
  ...{ httpsOnly: true, alwaysOn: true, healthCheckPath: '/' },
};
const EVERYTHING = [{ actions: ['*'], notActions: [] }];

/** All that the doctor asks besides preflight is well. */
const INSPECTION: InspectionPorts = {
  inspector: {
    readConfiguration: async () => ({ production: SLOT, slot: SLOT, azureTime: undefined }),
    compareSettings: async () => ({
      ...{ appSettings: [], connectionStrings: [], same: 0 },
      warmUp: { path: '/', statuses: '200' },
    }),
    readRights: async () => ({ site: EVERYTHING, slot: EVERYTHING }),
    who: async () => 'slipway',
  },
  gauge: { gauge: async () => [] },
};

function doctorPorts(world: World): DoctorPorts {
  const { site, router, telemetry, prober, limits } = world.ports;
  const now = (): number => world.now();
  return { ...INSPECTION, site, router, telemetry, prober, limits, now };
}

/** As the command line asks: again, while telemetry takes its time. */
async function examine(world: World): Promise<Checkup> {
  const { target, slot } = world.azure;
  let since: number | undefined;
  for (let asked = 0; ; asked += 1) {
    const question = { version: NEW, plan: PLAN, since };
    const checkup = await examineSite(doctorPorts(world), { target, slot }, question);
    if (checkup.verdict !== 'unknown' || asked === 4) return checkup;
    since = Date.parse(checkup.since);
    world.idle(MINUTE);
  }
}

/** What somebody or something did to the world before anybody looked. */
const TROUBLES: Readonly<Record<string, (world: World) => void>> = {
  'a stopped slot': ({ azure }) => (azure.state.slot.state = 'Stopped'),
  'a pending preview': ({ azure }) => (azure.state.slot.targetSwapSlot = 'production'),
  'a rule with weight': ({ azure }) =>
    azure.editRules([{ name: 'beta', host: 'beta', weight: 5, autoRamp: false }]),
  "an insiders' rule": ({ azure }) =>
    azure.editRules([{ name: 'beta', host: 'beta', weight: 0, autoRamp: false }]),
  'auto swap': ({ azure }) =>
    (azure.state.settings = { ...azure.state.settings, autoSwapSlotName: 'production' }),
  'a sticky label': ({ azure }) =>
    (azure.state.settings = { ...azure.state.settings, stickyAppSettings: ['OTEL_SERVICE_NAME'] }),
  'a silent slot': ({ behaviours }) =>
    void behaviours.set(NEW, { failureRate: 0, reports: false, label: undefined }),
  'a slot without a label': ({ behaviours }) =>
    void behaviours.set(NEW, { failureRate: 0, reports: true, label: '' }),
  'a slot with the old label': ({ behaviours }) =>
    void behaviours.set(NEW, { failureRate: 0, reports: true, label: OLD }),
  'a broken health path': ({ azure, prober }) =>
    prober.answer(azure.state.slot.host, '/health', { status: 500 }),
  'a slot that does not answer': ({ azure, prober }) =>
    prober.answer(azure.state.slot.host, '/', { status: undefined }),
  'the same version in both': ({ azure }) => azure.deploy('slot', OLD),
  'a swap by hand': ({ azure }) => azure.swapByHand(),
  'an app that may not be read': ({ azure }) => {
    const error = new AzureCallError('no', { code: 'AuthorizationFailed', failure: 'refused' });
    azure.failNext({ call: 'readSite', how: error, times: 1_000 });
  },
  'swap settings that may not be read': ({ azure }) => {
    const error = new AzureCallError('no', { code: 'AuthorizationFailed', failure: 'refused' });
    azure.failNext({ call: 'readSwapSettings', how: error, times: 1_000 });
  },
  'telemetry that is away': ({ telemetry }) => telemetry.fail('error', 10_000),
};

/** Of those that are not refused. */
const SAYS: Readonly<Record<string, Checkup['verdict']>> = {
  "an insiders' rule": 'ready',
  'a silent slot': 'unknown',
  'a slot that does not answer': 'unknown',
  'telemetry that is away': 'unknown',
};

/** How a real release fares in preflight. */
async function start(world: World): Promise<Checkup['verdict']> {
  const { id } = await world.start({ plan: PLAN });
  const release = await world.until(id, ['ramping', 'rejected']);
  if (release.stage.phase === 'ramping') return 'ready';
  // At its limit preflight gives up on what it could not find out; nobody can know that at once.
  const gaveUp = ['preflight-timeout', 'version-not-seen'].includes(release.reason);
  return gaveUp && !release.message.includes('came back labelled') ? 'unknown' : 'refused';
}

async function compare(troubles: readonly string[]): Promise<Checkup['verdict']> {
  const [looked, started] = [createWorld(), createWorld()];
  for (const world of [looked, started]) {
    for (const name of troubles) TROUBLES[name]?.(world);
  }
  const checkup = await examine(looked);
  const verdict = await start(started);
  expect({ troubles, verdict: checkup.verdict }).toEqual({ troubles, verdict });
  expect(looked.azure.writes(), 'the doctor changes nothing').toEqual([]);
  return verdict;
}

describe('the doctor says before what preflight says then', () => {
  it('where everything is well', async () => {
    expect(await compare([])).toBe('ready');
  });

  it.each(Object.keys(TROUBLES))('with %s', async (name) => {
    expect(await compare([name])).toBe(SAYS[name] ?? 'refused');
  });

  it('with several of them at once', async () => {
    const names = fc.uniqueArray(fc.constantFrom(...Object.keys(TROUBLES)), {
      minLength: 2,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(names, async (troubles) => {
        await compare(troubles);
      }),
      { numRuns: 25 },
    );
  });
});

describe('of a registered app', () => {
  let world: World;
  let controller: World['controller'];

  beforeAll(async () => {
    world = createWorld();
    controller = createController({ ...world.ports, inspection: INSPECTION });
    const { target, slot } = world.azure;
    const apps = parseApps({ apps: [{ name: 'shop', target, slot, weakestPlan: 'standard' }] });
    await controller.applyApps({ apps, prune: false, caller: OPERATOR });
  });

  it('asks by the entry, and takes the version that the slot reports', async () => {
    const first = await controller.doctor({ name: 'shop' }, OPERATOR);
    expect(first).toMatchObject({ via: 'slipway', app: 'shop', version: null, verdict: 'unknown' });
    world.idle(MINUTE);
    const second = await controller.doctor(
      { name: 'shop', since: Date.parse(first.since) },
      OPERATOR,
    );
    expect(second).toMatchObject({ version: NEW, baseline: OLD, verdict: 'ready', by: 'slipway' });
  });

  it('does not look further back than the hour, nor ahead', async () => {
    world.idle(MINUTE);
    const old = await controller.doctor({ name: 'shop', since: 0 }, OPERATOR);
    expect(Date.parse(old.since)).toBe(world.now() - 60 * MINUTE);
    world.idle(MINUTE);
    const ahead = await controller.doctor({ name: 'shop', since: world.now() + MINUTE }, OPERATOR);
    expect(Date.parse(ahead.since)).toBe(world.now());
  });

  it('refuses a plan that a start could not have, and an app that nobody registered', async () => {
    await expect(controller.doctor({ name: 'shop', plan: 'fast' }, OPERATOR)).rejects.toMatchObject(
      {
        code: 'plan-too-weak',
      },
    );
    await expect(controller.doctor({ name: 'nothing' }, OPERATOR)).rejects.toThrow(NotFoundError);
  });

  it('is for nobody who may not start it: not even a request goes out', async () => {
    const { target, slot } = world.azure;
    const may = { start: ['key'] };
    const apps = parseApps({ apps: [{ name: 'shop', target, slot, may }] });
    await controller.applyApps({ apps, prune: false, caller: OPERATOR });
    const probes: string[] = [];
    const prober = {
      probe: async (host: string, asked: HttpValidation) => {
        probes.push(host);
        return world.ports.prober.probe(host, asked);
      },
    };
    const watching = createController({ ...world.ports, inspection: INSPECTION, prober });
    const plan = { ...PLAN, validate: [{ http: { path: '/orders', passes: 1 } }] };
    await expect(watching.doctor({ name: 'shop', plan }, CI)).rejects.toThrow(ForbiddenError);
    expect(probes).toEqual([]);
    await watching.doctor({ name: 'shop', plan }, OPERATOR);
    expect(probes.length).toBeGreaterThan(0);
    const open = parseApps({ apps: [{ name: 'shop', target, slot }] });
    await controller.applyApps({ apps: open, prune: false, caller: OPERATOR });
  });

  it('says that a release holds the app', async () => {
    world.idle(MINUTE);
    await world.start();
    const { verdict, checks } = await controller.doctor({ name: 'shop' }, OPERATOR);
    expect(verdict).toBe('refused');
    expect(checks[0]).toMatchObject({ id: 'free', status: 'problem' });
  });
});

describe('one who asks again and again', () => {
  const TOO_OFTEN = { code: 'too-many-requests' };
  const NAMES = ['shop', 'pay'] as const;

  /** Every read of the site is counted, and waits for `gate`. */
  async function setUp() {
    const world = createWorld();
    const { site } = world.ports;
    const gate = { open: Promise.resolve<unknown>(undefined) };
    const reads: string[] = [];
    const counting: typeof site = {
      ...site,
      readSite: async (...asked) => {
        reads.push('readSite');
        await gate.open;
        return site.readSite(...asked);
      },
    };
    const controller = createController({
      ...world.ports,
      ...{ inspection: INSPECTION, site: counting },
    });
    const { target, slot } = world.azure;
    const apps = parseApps({
      apps: NAMES.map((name) => ({
        ...{ name, slot, target: { ...target, ...(name === 'pay' ? { site: 'pay' } : {}) } },
      })),
    });
    await controller.applyApps({ apps, prune: false, caller: OPERATOR });
    const ask = (name: string) => controller.doctor({ name }, OPERATOR);
    return { world, ask, reads, gate, controller };
  }

  it('is told when, and Azure is asked nothing; ten seconds after the last look it is looked again', async () => {
    const { world, ask, reads } = await setUp();
    await ask('shop');
    const before = reads.length;
    expect(before).toBeGreaterThan(0);
    world.elapseTo(world.now() + 4_000);
    await expect(ask('shop')).rejects.toMatchObject({ ...TOO_OFTEN, retryAfterMs: 6_000 });
    await expect(ask('shop')).rejects.toThrow('app shop was looked at a moment ago');
    expect(reads).toHaveLength(before);
    world.elapseTo(world.now() + 6_000);
    expect(await ask('shop')).toMatchObject({ app: 'shop' });
    expect(reads.length).toBeGreaterThan(before);
  });

  it('waits for a look that still runs, however long it takes; another app does not', async () => {
    const { world, ask, reads, gate } = await setUp();
    const opened = Promise.withResolvers<undefined>();
    gate.open = opened.promise;
    const first = ask('shop');
    while (reads.length === 0) await Promise.resolve();
    world.elapseTo(world.now() + MINUTE);
    await expect(ask('shop')).rejects.toMatchObject({ ...TOO_OFTEN, retryAfterMs: 10_000 });
    await expect(ask('shop')).rejects.toThrow('app shop is being looked at right now');
    const other = ask('pay');
    opened.resolve(undefined);
    expect(await first).toMatchObject({ app: 'shop' });
    expect(await other).toMatchObject({ app: 'pay' });
    expect(await ask('shop')).toMatchObject({ app: 'shop' });
  });

  it('has used up no turn by a question that was refused', async () => {
    const { ask, controller } = await setUp();
    await expect(controller.doctor({ name: 'shop', plan: 'none' }, OPERATOR)).rejects.toMatchObject(
      { code: 'invalid-input' },
    );
    expect(await ask('shop')).toMatchObject({ app: 'shop' });
  });

  it('can ask again after a look that failed', async () => {
    const { world, ask } = await setUp();
    world.store.failNext('before', 'releaseStore.loadApp');
    await expect(ask('shop')).rejects.toMatchObject({ code: 'store-unavailable' });
    world.elapseTo(world.now() + 10_000);
    expect(await ask('shop')).toMatchObject({ app: 'shop' });
  });
});
