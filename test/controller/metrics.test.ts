import { describe, expect, it } from 'vitest';
import type { Notice } from '../../src/release/notice.ts';
import { receiverBy } from '../support/memory-receiver.ts';
import { NEW, OLD, type World, createWorld } from '../support/world.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const ENDS = ['rolled-back', 'succeeded', 'paused', 'failed', 'rejected'] as const;

const query = 'AppRequests | where Name == "checkout"';
const planWith = (on: 'rollback' | 'notify'): unknown => ({
  preset: 'fast',
  onUndecided: 'pause',
  analysis: { metrics: { kql: [{ name: 'checkout', query, on }] } },
});

/** What the plan's own query answers, for a day: the same counts in every minute. */
function checkouts(world: World, badOfHundred: { old: number; new: number }): void {
  const rows = Array.from({ length: 24 * 60 }, (_, minute) => {
    const startMs = Math.floor(world.now() / MINUTE) * MINUTE + (minute - 360) * MINUTE;
    return [
      { startMs, version: OLD, requests: 900, failures: 9 * badOfHundred.old },
      { startMs, version: NEW, requests: 100, failures: badOfHundred.new },
    ];
  });
  world.telemetry.metric('checkout', rows.flat());
}

describe('a release with a metric of its own', () => {
  it('is promoted when it is as good as the old version', async () => {
    const world = createWorld();
    checkouts(world, { old: 1, new: 1 });
    const { id } = await world.start({ plan: planWith('rollback') });
    const done = await world.until(id, ENDS);
    expect(`${done.stage.phase}: ${done.message}`).toMatch(/^succeeded/);
    expect(done.verdict?.more).toMatchObject([{ name: 'checkout', on: 'rollback' }]);
    // Three times the baseline of the ramp plus the budget, fixed before the swap.
    expect(done.ceilings?.[0]?.[0]).toBeCloseTo(0.03 + 0.005, 3);
  });

  it('is rolled back by that metric alone', async () => {
    const world = createWorld();
    checkouts(world, { old: 1, new: 20 });
    const { id } = await world.start({ plan: planWith('rollback') });
    const done = await world.until(id, ENDS);
    expect(done).toMatchObject({ stage: { phase: 'rolled-back' }, reason: 'harm' });
    expect(done.verdict?.by).toBe('checkout');
    expect(done.swappedAt).toBeUndefined();
  });

  it('is promoted all the same when the metric is only told, and told once', async () => {
    const told: Notice[] = [];
    const world = createWorld({
      notifier: { receivers: [receiverBy('all', async (notice) => void told.push(notice))] },
    });
    checkouts(world, { old: 1, new: 20 });
    const { id } = await world.start({ plan: planWith('notify') });
    expect((await world.until(id, ENDS)).stage.phase).toBe('succeeded');
    const alerts = told.filter(({ action }) => action === 'metric-alert');
    expect(alerts).toHaveLength(1);
    expect(alerts[0]?.message).toContain('checkout');
    expect(await world.chainHolds(id)).toBe(true);
  });

  it('is rejected before production is touched when the query is wrong', async () => {
    const world = createWorld();
    world.telemetry.metric('checkout', { problem: "the name 'Nme' does not refer to any column" });
    const { id } = await world.start({ plan: planWith('rollback') });
    const done = await world.until(id, ENDS);
    expect(done.stage.phase).toBe('rejected');
    expect(done.message).toContain("the name 'Nme' does not refer to any column");
    expect(world.azure.writes()).toEqual([]);
  });

  it('is not known to be right while telemetry does not answer: asked again, then given up', async () => {
    const world = createWorld();
    checkouts(world, { old: 1, new: 1 });
    const { id } = await world.start({ plan: planWith('rollback') });
    world.telemetry.fail('error', 12);
    expect((await world.until(id, [...ENDS, 'ramping'])).stage.phase).toBe('ramping');
    const down = createWorld();
    const second = await down.start({ plan: planWith('rollback') });
    down.telemetry.fail('error', 100_000);
    expect(await down.until(second.id, ENDS)).toMatchObject({
      stage: { phase: 'rejected' },
      reason: 'preflight-timeout',
    });
  });
});

describe('what preflight learns of the baseline', () => {
  it('is measured on its last hours and told in the row', async () => {
    const world = createWorld();
    world.idle(5 * HOUR);
    const { id } = await world.start();
    const ramping = await world.until(id, ['ramping', 'rejected']);
    expect(ramping.dispersion?.note).toBeUndefined();
    expect(ramping.dispersion?.bins).toBeGreaterThan(300);
    expect(ramping.history?.requests).toBeGreaterThan(300 * 5_900);
    const row = (await world.audit(id)).find(({ reason }) => reason === 'preflight-passed');
    expect(row?.facts).toMatchObject({ dispersion: ramping.dispersion, history: ramping.history });
  });

  it('is not measured on an hour, and no release waits for that', async () => {
    const world = createWorld();
    const { id } = await world.start();
    const ramping = await world.until(id, ['ramping', 'rejected']);
    expect(ramping.dispersion).toMatchObject({ failures: 1, note: 'not measured: 1 h of history' });
  });

  it('says at the start how much traffic certifying takes', async () => {
    const world = createWorld();
    const started = await world.start();
    expect(started.message).toMatch(/^accepted: .* at least about \d+ requests a minute/);
  });
});

describe('a version that reports without its name', () => {
  it('is rejected for that, with the setting', async () => {
    const world = createWorld();
    world.behaviours.set(NEW, { failureRate: 0.001, reports: true, label: '' });
    const { id } = await world.start();
    expect(await world.until(id, ENDS)).toMatchObject({
      stage: { phase: 'rejected' },
      reason: 'label-missing',
    });
  });

  it('and is taken back for that where the plan did not ask for the label', async () => {
    const world = createWorld();
    world.behaviours.set(NEW, { failureRate: 0.001, reports: true, label: '' });
    const plan = { preset: 'standard', label: { require: false } };
    const { id } = await world.start({ plan });
    const done = await world.until(id, ENDS);
    expect(done).toMatchObject({ stage: { phase: 'rolled-back' }, reason: 'label-missing' });
    expect(done.message).toContain('ai.application.ver');
  });
});

describe('an incident that hits both versions', () => {
  function both(world: World, failureRate: number): void {
    for (const version of [OLD, NEW])
      world.behaviours.set(version, { failureRate, reports: true, label: undefined });
  }

  it('in mid-step holds the release, which goes on when it is over', async () => {
    const world = createWorld();
    const { id } = await world.start();
    await world.until(id, ['ramping']);
    await world.pass(8 * MINUTE);
    both(world, 0.3);
    await world.pass(25 * MINUTE);
    const held = await world.release(id);
    expect(held).toMatchObject({
      stage: { phase: 'ramping', step: 0 },
      reason: 'shared-incident',
      incident: { afterChange: false },
    });
    both(world, 0.001);
    expect((await world.until(id, ENDS)).stage.phase).toBe('succeeded');
  });

  it('right after the new version came and that stays is taken back as correlated', async () => {
    const world = createWorld();
    const { id } = await world.start();
    await world.untilTrue(
      'confirmed',
      ({ stage }) => stage.phase === 'ramping' && stage.confirmedAt !== undefined,
      id,
    );
    await world.pass(MINUTE);
    both(world, 0.3);
    const done = await world.until(id, ENDS);
    expect(done).toMatchObject({ stage: { phase: 'rolled-back' }, reason: 'correlated-harm' });
    expect(done.hurts).toBeUndefined();
  });
});
