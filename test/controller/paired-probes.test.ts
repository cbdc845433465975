import { describe, expect, it } from 'vitest';

import { probeWindow } from '../../src/controller/paired-probes.ts';
import { BOUNDS } from '../../src/limits.ts';
import type { Release } from '../../src/release/release.ts';
import {
  AT,
  createProbeWorld,
  MINUTE_MS,
  pairedRequest,
  probePlan,
  PRODUCTION_HOST,
  SLOT_HOST,
} from '../support/probe-world.ts';

const WATCH: Partial<Release> = {
  stage: { phase: 'watching', since: AT, until: AT + 30 * MINUTE_MS, extended: false },
  swappedAt: AT - 2 * MINUTE_MS,
  where: 'canary-in-production',
  weight: 0,
  wantedWeight: 0,
};
const ROLLING_BACK: Partial<Release> = {
  stage: {
    phase: 'rolling-back',
    since: AT,
    goal: 'rolled-back',
    ordered: false,
    clearAt: undefined,
  },
};
const SECONDS = (seconds: number): number => AT + seconds * 1_000;

describe('a window of paired probes', () => {
  it('asks both hosts the same at the same moment, either first, at the rate of the plan', async () => {
    const requests = [pairedRequest(), pairedRequest({ path: '/api', method: 'HEAD' })];
    const world = await createProbeWorld(probePlan({ requests }));
    await world.send();
    const { sent } = world.prober;
    expect(sent).toHaveLength(600);
    const firsts = new Map<string, number>();
    for (let index = 0; index < sent.length; index += 2) {
      const [one, other] = sent.slice(index, index + 2);
      expect([one?.host, other?.host].toSorted()).toEqual([PRODUCTION_HOST, SLOT_HOST].toSorted());
      expect(other).toEqual({ ...one, host: other?.host });
      const first = `${one?.request.path} ${one?.host}`;
      firsts.set(first, (firsts.get(first) ?? 0) + 1);
    }
    expect([...firsts.values()]).toEqual([75, 75, 75, 75]);
    const times = sent.filter((_, index) => index % 2 === 0).map(({ atMs }) => atMs - AT);
    times.forEach((atMs, index) => {
      expect(Math.floor(atMs / 200)).toBe(index);
    });
    expect(new Set(times.map((atMs) => Math.round(atMs % 200))).size).toBeGreaterThan(50);
  });

  it('keeps what it counted, for both versions, in its bin', async () => {
    const world = await createProbeWorld();
    world.prober.answer(SLOT_HOST, (index) => ({ status: index % 50 === 0 ? 500 : 200 }));
    world.prober.answer(PRODUCTION_HOST, { afterMs: 150 });
    await world.send();
    expect(await world.read()).toEqual([
      {
        startMs: AT,
        answers: { canary: { n: 300, x: [6] }, baseline: { n: 300, x: [0] } },
        latency: { canary: { n: 300, x: [0, 0] }, baseline: { n: 300, x: [300, 0] } },
      },
    ]);
  });

  it('in the watch the new version is production', async () => {
    const world = await createProbeWorld(probePlan(), { release: WATCH });
    world.prober.answer(PRODUCTION_HOST, { status: 503 });
    await world.send();
    const [bin] = (await world.read()) ?? [];
    expect(bin?.answers).toEqual({ canary: { n: 300, x: [300] }, baseline: { n: 300, x: [0] } });
  });

  it('counts no answer in time as a failure, and waits no longer than that', async () => {
    const world = await createProbeWorld(probePlan({ timeoutMs: 2_000 }));
    world.prober.answer(SLOT_HOST, (index) => ({ afterMs: index % 3 === 0 ? 3_000 : 20 }));
    world.prober.answer(PRODUCTION_HOST, (index) => (index === 299 ? { status: undefined } : {}));
    await world.send();
    expect(world.time.now()).toBeLessThanOrEqual(SECONDS(62));
    const [bin] = (await world.read()) ?? [];
    expect(bin?.answers).toEqual({ canary: { n: 300, x: [100] }, baseline: { n: 300, x: [1] } });
    expect(bin?.latency?.canary).toEqual({ n: 200, x: [0, 0] });
  });

  it('that is cut from a longer bin counts with the others of it', async () => {
    const plan = { analysis: { ...(await planOf()).analysis, intervalMs: 2 * MINUTE_MS } };
    const world = await createProbeWorld(probePlan({ edgesMs: [] }), { plan });
    await world.send();
    await world.send(world.window(AT + MINUTE_MS));
    expect(await world.read()).toEqual([
      {
        startMs: AT,
        answers: { canary: { n: 600, x: [0] }, baseline: { n: 600, x: [0] } },
        latency: undefined,
      },
    ]);
  });

  it('leaves a pair out of which one was sent on to the other version', async () => {
    const world = await createProbeWorld();
    world.prober.answer(PRODUCTION_HOST, (index) => ({
      strayed: index % 10 === 0,
      status: index % 10 === 0 ? 500 : 200,
    }));
    await world.send();
    const [bin] = (await world.read()) ?? [];
    expect(bin?.answers).toEqual({ canary: { n: 270, x: [0] }, baseline: { n: 270, x: [0] } });
    expect(world.logged.some((line) => line.includes('sent on to the other'))).toBe(true);
  });
});

describe('a window is sent once', () => {
  it('however often its message comes, and in whatever order', async () => {
    const world = await createProbeWorld();
    const { ports, window, time } = world;
    const asked = [0, 0, 1, 0, 1].map((minute) => window(AT + minute * MINUTE_MS));
    await time.run(Promise.all(asked.map((one) => probeWindow(ports, one))));
    expect(world.outcomes.claimed).toEqual([window()]);
    expect(world.prober.sent).toHaveLength(600);
    await world.send(window(AT + MINUTE_MS));
    await world.send();
    expect(world.prober.sent).toHaveLength(1_200);
  });

  it('a sender that dies loses its window and nothing else, whatever it had heard', async () => {
    const world = await createProbeWorld();
    world.prober.answer(SLOT_HOST, { status: 500 });
    const dying = world.ports;
    // Half-way it is gone: nothing that it waits for ever comes back.
    const dead = probeWindow(
      {
        ...dying,
        paired: {
          ...pairedOf(dying),
          pause: (ms) =>
            world.time.now() < SECONDS(30) ? world.time.pause(ms) : new Promise(() => undefined),
        },
      },
      world.window(),
    );
    await expect(world.time.run(dead)).rejects.toThrow('something that is not time');
    expect(world.prober.sent.length).toBeGreaterThan(250);
    await world.send();
    expect(world.prober.sent.length).toBeLessThan(310);
    world.time.stall(28_000);
    await world.send(world.window(AT + MINUTE_MS));
    const bins = await world.read();
    expect(bins?.map(({ startMs }) => startMs)).toEqual([AT + MINUTE_MS]);
  });

  it.each(['before', 'after'] as const)(
    'a claim whose answer is lost (%s) is tried again, and sent by nobody else',
    async (fault) => {
      const world = await createProbeWorld();
      world.outcomes.failNext(fault);
      await expect(world.send()).rejects.toMatchObject({ code: 'store-unavailable' });
      expect(world.prober.sent).toEqual([]);
      await world.send();
      // Applied without its answer: the window belongs to nobody who knows it, and is lost.
      expect(world.prober.sent).toHaveLength(fault === 'before' ? 600 : 0);
    },
  );

  it('counts that cannot be written are lost, and said to be', async () => {
    const world = await createProbeWorld();
    const sending = probeWindow(world.ports, world.window());
    await world.time.run(
      Promise.all([
        sending,
        world.time.pause(30_000).then(() => world.outcomes.failNext('before')),
      ]),
    );
    expect(await world.read()).toEqual([]);
    expect(world.logged).toContain('warning: the counts of a window of probes are lost');
  });
});

describe('what comes late is not made up for', () => {
  it('a message in mid-window sends the rest, at the same rate', async () => {
    const world = await createProbeWorld();
    world.time.stall(45_000);
    await world.send();
    expect(world.prober.sent).toHaveLength(150);
    const [first] = world.prober.sent;
    expect(first?.atMs).toBeGreaterThanOrEqual(SECONDS(45));
  });

  it.each([60, 61, 3_600])('a message %d s after its start sends nothing', async (seconds) => {
    const world = await createProbeWorld();
    world.time.stall(seconds * 1_000);
    await world.send();
    expect(world.prober.sent).toEqual([]);
    expect(world.outcomes.claimed).toEqual([]);
  });

  it('a message somewhat early waits for its window, one from far ahead is dropped', async () => {
    const world = await createProbeWorld();
    world.time.stall(57_000);
    await world.send(world.window(AT + MINUTE_MS));
    expect(world.prober.sent).toHaveLength(600);
    expect(world.prober.sent[0]?.atMs).toBeGreaterThanOrEqual(AT + MINUTE_MS);
    await world.send(world.window(AT + 60 * MINUTE_MS));
    expect(world.outcomes.claimed).toHaveLength(1);
  });

  it('a process that stands still sends no burst afterwards', async () => {
    const world = await createProbeWorld();
    const stalls = world.time.pause(20_000).then(() => world.time.stall(15_000));
    await world.time.run(Promise.all([probeWindow(world.ports, world.window()), stalls]));
    const { sent } = world.prober;
    expect(sent.length).toBeLessThanOrEqual(2 * (300 - 15 * 5 + 2));
    const inOneSecond = sent.filter(({ atMs }) => atMs >= SECONDS(35) && atMs < SECONDS(36));
    expect(inOneSecond.length).toBeLessThanOrEqual(2 * 7);
    const [bin] = (await world.read()) ?? [];
    expect(bin?.answers.canary.n).toBe(sent.length / 2);
  });

  it('hosts that hang hold no more than so many pairs', async () => {
    const world = await createProbeWorld(probePlan({ perSecond: 20, timeoutMs: 30_000 }));
    for (const host of [SLOT_HOST, PRODUCTION_HOST])
      world.prober.answer(host, { status: undefined });
    await world.send();
    const open = world.prober.sent.map(
      ({ atMs }) =>
        world.prober.sent.filter((other) => other.atMs <= atMs && other.atMs + 30_000 > atMs)
          .length,
    );
    expect(Math.max(...open)).toBeLessThanOrEqual(2 * BOUNDS.probesWaiting);
    expect(world.time.now()).toBeLessThanOrEqual(SECONDS(90));
    const [bin] = (await world.read()) ?? [];
    expect(bin?.answers.canary).toEqual(bin?.answers.baseline);
  });
});

describe('nothing is sent', () => {
  it.each([
    ['the release is rolled back', ROLLING_BACK],
    ['it is promoted', { stage: { phase: 'promoting', since: AT } }],
    ['it has ended', { stage: { phase: 'succeeded', at: AT, watched: true } }],
    ['it has no bins yet', { binsFrom: undefined }],
    ['its bins begin later', { binsFrom: AT + MINUTE_MS }],
    ['preflight found no hosts', { subject: undefined }],
    ['another volume is in production', { where: 'other' }],
  ] satisfies [string, Partial<Release>][])('when %s', async (_what, release) => {
    const world = await createProbeWorld(probePlan(), { release });
    await world.send();
    await world.ask();
    expect(world.prober.sent).toEqual([]);
    expect(world.outcomes.claimed).toEqual([]);
  });

  it('for a release that is not there, or a time that begins no window', async () => {
    const world = await createProbeWorld();
    await world.send({ releaseId: world.releaseId.replace(/.$/, 'x'), fromMs: AT });
    await world.send(world.window(AT + 1));
    await world.send(world.window(AT - MINUTE_MS));
    expect(world.prober.sent).toEqual([]);
  });

  it('without probes in the plan', async () => {
    const world = await createProbeWorld(undefined, { plan: { probes: undefined } });
    await world.send();
    await world.ask();
    expect(world.work.sent).toEqual([]);
    expect(world.prober.sent).toEqual([]);
    expect(await world.read()).toBeUndefined();
  });

  it.each([
    pairedRequest({ method: 'POST' }),
    pairedRequest({ path: '/?x-ms-routing-name=staging' }),
    pairedRequest({ path: 'https://169.254.169.254/metadata' }),
  ])('when a request may not be sent: $method $path', async (request) => {
    const world = await createProbeWorld(probePlan({ requests: [pairedRequest(), request] }));
    await world.send();
    expect(world.prober.sent).toEqual([]);
    expect(world.logged.some((line) => line.startsWith('error: paired probes'))).toBe(true);
  });

  it('to any host but the two that preflight found', async () => {
    const world = await createProbeWorld(
      probePlan({
        requests: [
          pairedRequest({ path: '//elsewhere.example/' }),
          pairedRequest({ path: '/@elsewhere.example' }),
          pairedRequest({ headers: { host: 'elsewhere.example' } }),
        ],
      }),
    );
    await world.send();
    const hosts = new Set(world.prober.sent.map(({ host }) => host));
    expect([...hosts].toSorted()).toEqual([PRODUCTION_HOST, SLOT_HOST].toSorted());
  });
});

describe('versions that move between the hosts', () => {
  it.each([
    ['is promoted', { stage: { phase: 'promoting', since: AT } }],
    ['is rolled back', ROLLING_BACK],
    ['was swapped meanwhile', WATCH],
  ] satisfies [string, Partial<Release>][])(
    'a window in which the release %s is dropped: nobody knows who answered',
    async (_what, change) => {
      const world = await createProbeWorld();
      world.prober.answer(SLOT_HOST, { status: 500 });
      const moves = world.time.pause(30_000).then(() => world.change(change));
      await world.time.run(Promise.all([probeWindow(world.ports, world.window()), moves]));
      expect(world.prober.sent.length).toBeGreaterThan(0);
      const all = { fromMs: 0, toMs: AT + 60 * MINUTE_MS };
      expect(await world.outcomes.read(world.releaseId, all)).toEqual([]);
    },
  );

  it('a new weight changes nothing', async () => {
    const world = await createProbeWorld();
    const moves = world.time
      .pause(30_000)
      .then(() => world.change({ weight: 25, wantedWeight: 25 }));
    await world.time.run(Promise.all([probeWindow(world.ports, world.window()), moves]));
    expect(await world.read()).toHaveLength(1);
  });
});

describe('a window right after the swap', () => {
  it('is not sent: production answers with 503 now and then, whatever the version', async () => {
    const world = await createProbeWorld();
    await world.change({ ...WATCH, swappedAt: AT - 20_000 });
    world.prober.answer(PRODUCTION_HOST, { status: 503 });
    await world.send();
    expect(world.prober.sent).toEqual([]);
  });
});

async function planOf() {
  const { store, releaseId } = await createProbeWorld();
  const loaded = await store.releaseStore.load(releaseId);
  if (loaded === undefined) throw new Error('the release is gone');
  return loaded.plan;
}

function pairedOf({ paired }: { readonly paired?: unknown }) {
  if (paired === undefined) throw new Error('no ports for probes');
  return paired as NonNullable<Parameters<typeof probeWindow>[0]['paired']>;
}
