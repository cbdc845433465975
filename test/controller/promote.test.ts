import { describe, expect, it } from 'vitest';
import { NEW, OLD, createWorld } from '../support/world.ts';

describe('a good release', () => {
  it('climbs its steps, is promoted by one swap without a rule, is watched and succeeds', async () => {
    const world = createWorld();
    const { id } = await world.start();
    const done = await world.until(id, [
      'succeeded',
      'rolled-back',
      'rejected',
      'failed',
      'paused',
    ]);

    expect(`${done.stage.phase}: ${done.message}`).toMatch(/^succeeded/);
    expect(done.stage).toMatchObject({ watched: true });
    expect(world.azure.state.production.content).toBe(NEW);
    expect(world.azure.state.slot.content).toBe(OLD);
    expect(world.azure.state.rules).toEqual([]);

    const writes = world.azure.writes();
    const weights = writes
      .filter(({ call }) => call === 'writeRules')
      .map(({ rules }) => rules?.[0]?.weight ?? 0);
    expect(weights).toEqual([5, 25, 50, 0]);
    expect(writes.filter(({ call }) => call === 'submitSwap')).toHaveLength(1);
    expect(writes.at(-1)?.call).toBe('submitSwap');
  });

  it('leaves one audit row a transition, in an unbroken chain, each saying from where to where', async () => {
    const world = createWorld();
    const { id } = await world.start();
    await world.until(id, ['succeeded']);

    const rows = await world.audit(id);
    expect(
      rows
        .filter(({ action }) => action === 'phase-changed' || action === 'step-changed')
        .map(({ to }) => to),
    ).toEqual([
      'preflight',
      'ramping 1/3',
      'ramping 2/3',
      'ramping 3/3',
      'promoting',
      'watching',
      'succeeded',
    ]);
    expect(await world.chainHolds(id)).toBe(true);
    rows.slice(1).forEach((row, index) => expect(row.from).toBe(rows[index]?.to));
  });

  it('keeps the evidence of each step: counts, e-values, watermark, query', async () => {
    const world = createWorld();
    const { id } = await world.start();
    await world.until(id, ['promoting']);
    const step = (await world.audit(id)).find(({ to }) => to === 'ramping 2/3');
    expect(step?.reason).toBe('certified');
    expect(step?.facts).toMatchObject({
      verdict: { outcome: 'certified' },
      watermark: {},
      bins: {},
    });
    expect(step?.facts.answerHash).toMatch(/^[0-9a-f]{64}$/);
  });

  it('frees the app, remembers what was promoted and looks after it for two hours', async () => {
    const world = createWorld();
    const { id, appKey } = await world.start();
    await world.until(id, ['succeeded']);
    const app = world.store.app(appKey);
    expect(app?.active).toBeUndefined();
    expect(app?.lastPromoted).toMatchObject({ releaseId: id, version: NEW });
    expect(world.store.dueEntries()).toHaveLength(1);
    await world.pass(2.2 * 3_600_000);
    expect(world.store.dueEntries()).toHaveLength(0);
  });

  it('is judged at each step for at least its bake', async () => {
    const world = createWorld();
    const { id } = await world.start();
    await world.until(id, ['succeeded']);
    const rows = await world.audit(id);
    const at = (to: string): number => Date.parse(rows.find((row) => row.to === to)?.at ?? '');
    for (const [from, to] of [
      ['ramping 1/3', 'ramping 2/3'],
      ['ramping 2/3', 'ramping 3/3'],
      ['ramping 3/3', 'promoting'],
    ] as const) {
      expect(at(to) - at(from)).toBeGreaterThanOrEqual(10 * 60_000);
    }
  });
});

describe('a release soon after a promotion', () => {
  it('compares with the version that was promoted, not with the one before it', async () => {
    const world = createWorld();
    const first = await world.start({ plan: { preset: 'fast', watch: '2m' } });
    await world.until(first.id, ['succeeded']);
    world.azure.deploy('slot', '3.0.0');
    const plan = { preset: 'fast', pinned: 'accept' };
    const second = await world.start({ version: '3.0.0', plan });
    const ramping = await world.until(second.id, ['ramping', 'rejected']);
    expect(ramping.baseline).toBe(NEW);
  });

  it('waits for production requests since the swap instead of taking itself for a first release', async () => {
    const world = createWorld();
    world.azure.swapByHand();
    world.azure.deploy('slot', '3.0.0');
    world.ratePerMinute = 0;
    const { id } = await world.start({ version: '3.0.0', plan: 'fast' });
    await world.pass(5 * 60_000);
    const waiting = await world.release(id);
    expect(waiting.stage.phase).toBe('preflight');
    expect(waiting.message).toContain('since the last swap');
    world.ratePerMinute = 6_000;
    expect((await world.until(id, ['ramping', 'rejected'])).baseline).toBe(NEW);
  });
});

describe('a release that went back', () => {
  it('keeps saying why', async () => {
    const world = createWorld();
    const { id } = await world.start();
    await world.until(id, ['ramping']);
    await world.command(id, 'abort');
    const done = await world.until(id, ['aborted']);
    expect(done.reason).toBe('operator');
    expect(done.message).toContain('because of the story');
  });
});

describe('a blue-green release', () => {
  const plan = {
    preset: 'blue-green',
    validate: [{ http: { path: '/health', passes: 2, every: '30s' } }],
  };

  it('validates in the slot, swaps, watches against the ceiling, and never exposes part of the traffic', async () => {
    const world = createWorld();
    const { id } = await world.start({ plan });
    const done = await world.until(id, ['succeeded', 'rolled-back', 'rejected', 'failed']);
    expect(`${done.stage.phase}: ${done.message}`).toMatch(/^succeeded/);
    expect(world.azure.writes().map(({ call }) => call)).toEqual(['submitSwap']);
    expect(world.azure.state.production.content).toBe(NEW);
  });

  it('is swapped back when the new version fails more than the ceiling', async () => {
    const world = createWorld();
    world.behaviours.set(NEW, { failureRate: 0.1, reports: true, label: undefined });
    const { id } = await world.start({ plan });
    const done = await world.until(id, ['rolled-back', 'succeeded', 'failed']);
    expect(done.stage.phase).toBe('rolled-back');
    expect(world.azure.state.production.content).toBe(OLD);
    expect(world.azure.writes().map(({ call }) => call)).toEqual(['submitSwap', 'submitSwap']);
  });

  it('is rejected, production untouched, when a validation fails in the slot', async () => {
    const world = createWorld();
    world.prober.answer(world.azure.state.slot.host, '/health', { status: 503, ok: false });
    const { id } = await world.start({ plan });
    const done = await world.until(id, ['rejected', 'succeeded']);
    expect(done.reason).toBe('preflight-failed');
    expect(done.message).toContain('/health');
    expect(world.azure.writes()).toEqual([]);
  });
});
