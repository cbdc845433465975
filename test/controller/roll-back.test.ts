import { describe, expect, it } from 'vitest';
import { NEW, OLD, createWorld } from '../support/world.ts';

const harmful = { failureRate: 0.05, reports: true, label: undefined };

describe('a harmful release', () => {
  it('is caught at its first step, its rule is removed and nothing was swapped', async () => {
    const world = createWorld();
    world.behaviours.set(NEW, harmful);
    const { id } = await world.start();
    const done = await world.until(id, ['rolled-back', 'succeeded', 'failed']);
    expect(done.stage.phase).toBe('rolled-back');
    const harm = (await world.audit(id)).find(({ to }) => to === 'rolling-back');
    expect(harm?.reason).toBe('harm');
    expect(harm?.from).toBe('ramping 1/3');
    expect(world.azure.state.rules).toEqual([]);
    expect(world.azure.writes().filter(({ call }) => call === 'submitSwap')).toEqual([]);
    expect(await world.chainHolds(id)).toBe(true);
  });

  it('that turns bad after the swap is swapped back', async () => {
    const world = createWorld();
    const { id } = await world.start();
    await world.until(id, ['watching']);
    world.behaviours.set(NEW, { ...harmful, failureRate: 0.2 });
    const done = await world.until(id, ['rolled-back', 'succeeded', 'failed']);
    expect(done.stage.phase).toBe('rolled-back');
    expect(world.azure.state.production.content).toBe(OLD);
    expect(world.azure.writes().filter(({ call }) => call === 'submitSwap')).toHaveLength(2);
  });

  it('after the swap is not swapped back onto other bits: a person is called', async () => {
    const world = createWorld();
    const { id, appKey } = await world.start();
    await world.until(id, ['watching']);
    world.azure.deploy('slot', '3.0.0');
    world.behaviours.set(NEW, { ...harmful, failureRate: 0.2 });
    const done = await world.until(id, ['rolled-back', 'succeeded', 'failed']);
    expect(done.stage.phase).toBe('failed');
    expect(done.reason).toBe('old-content-gone');
    expect(world.azure.state.production.content).toBe(NEW);
    expect(world.store.app(appKey)?.active).toBe(id);
    await world.command(id, 'acknowledge');
    expect(world.store.app(appKey)?.active).toBeUndefined();
  });

  it('that goes silent is rolled back: a dead canary writes no telemetry', async () => {
    const world = createWorld();
    const { id } = await world.start();
    await world.untilTrue(
      'at step 2',
      ({ stage }) => stage.phase === 'ramping' && stage.step === 1,
      id,
    );
    world.behaviours.set(NEW, { failureRate: 0, reports: false, label: undefined });
    const done = await world.until(id, ['rolled-back', 'succeeded', 'failed', 'paused']);
    expect(done.stage.phase).toBe('rolled-back');
    const row = (await world.audit(id)).find(({ to }) => to === 'rolling-back');
    expect(row?.reason).toBe('canary-silent');
  });

  it("by the plan's requests: three failures in a row on the canary's host while the other passes", async () => {
    const world = createWorld();
    const plan = { preset: 'standard', validate: [{ http: { path: '/health', passes: 1 } }] };
    const { id } = await world.start({ plan });
    await world.until(id, ['ramping']);
    world.prober.answer(world.azure.state.slot.host, '/health', { status: 500, ok: false });
    const done = await world.until(id, ['rolled-back', 'succeeded', 'failed']);
    expect(done.stage.phase).toBe('rolled-back');
    expect((await world.audit(id)).find(({ to }) => to === 'rolling-back')?.reason).toBe(
      'harm-by-probe',
    );
  });

  it('is rolled back while paused too: protective rules stay on', async () => {
    const world = createWorld();
    const { id } = await world.start();
    await world.untilTrue('baking', ({ reason }) => reason === 'baking', id);
    await world.command(id, 'pause');
    world.behaviours.set(NEW, harmful);
    const done = await world.until(id, ['rolled-back'], 3_600_000);
    expect(done.stage.phase).toBe('rolled-back');
  });
});

describe('a slot that is redeployed in mid-ramp', () => {
  it('loses its traffic: what is in it now was never validated', async () => {
    const world = createWorld();
    const { id } = await world.start();
    await world.untilTrue(
      'at step 2',
      ({ stage }) => stage.phase === 'ramping' && stage.step === 1,
      id,
    );
    world.azure.deploy('slot', '2.0.1');
    const done = await world.until(id, ['rolled-back', 'succeeded', 'failed', 'paused']);
    expect(done.stage.phase).toBe('rolled-back');
    expect((await world.audit(id)).find(({ to }) => to === 'rolling-back')?.reason).toBe(
      'slot-overwritten',
    );
    expect(world.azure.state.rules).toEqual([]);
  });
});

describe('after the end', () => {
  it('a rule equal to one of ours that comes back is removed within one aftercare period', async () => {
    const world = createWorld();
    world.behaviours.set(NEW, harmful);
    const { id } = await world.start();
    await world.until(id, ['rolled-back']);
    world.azure.editRules([
      { name: 'staging', host: world.azure.state.slot.host, weight: 5, autoRamp: false },
    ]);
    await world.pass(5 * 60_000);
    expect(world.azure.state.rules).toEqual([]);
    expect((await world.audit(id)).some(({ action }) => action === 'aftercare')).toBe(true);
    expect(await world.chainHolds(id)).toBe(true);
  });

  it("somebody's own rule of another weight, and other slots' rules, are left alone", async () => {
    const world = createWorld();
    world.behaviours.set(NEW, harmful);
    const { id } = await world.start();
    await world.until(id, ['rolled-back']);
    const rules = [
      { name: 'staging', host: world.azure.state.slot.host, weight: 0, autoRamp: false },
      { name: 'beta', host: 'shop-beta.azurewebsites.net', weight: 5, autoRamp: false },
    ];
    world.azure.editRules(rules);
    await world.pass(10 * 60_000);
    expect(world.azure.state.rules).toEqual(rules);
  });
});
