import { describe, expect, it } from 'vitest';
import { TelemetryError } from '../../src/controller/ports/telemetry.ts';
import type { CountQuery } from '../../src/controller/ports/telemetry.ts';
import type { Notice } from '../../src/release/notice.ts';
import type { Difference } from '../../src/release/facts.ts';
import { receiverBy } from '../support/memory-receiver.ts';
import { NEW, OLD, createWorld } from '../support/world.ts';

const CHECKOUT: Difference = {
  kind: 'operation',
  name: 'POST /checkout',
  canary: { n: 60, x: 41 },
  baseline: { n: 1_140, x: 2 },
};
const NULL_REFERENCE: Difference = {
  kind: 'exception',
  name: 'NullReferenceException',
  canary: { n: 300, x: 41 },
  baseline: { n: 5_700, x: 0 },
};

/** A world whose new version fails, and whose telemetry answers so when it is asked where. */
function harmful(answers: readonly (readonly Difference[] | 'fails')[]) {
  const told: Notice[] = [];
  const world = createWorld({
    notifier: { receivers: [receiverBy('all', async (notice) => void told.push(notice))] },
  });
  const asked: { query: CountQuery; phase: string | undefined; rules: number }[] = [];
  const queue = [...answers];
  world.telemetry.differences = async (query) => {
    const phase = world.store.releases()[0]?.stage.phase;
    asked.push({ query, phase, rules: world.azure.state.rules.length });
    const next = queue.shift() ?? 'fails';
    if (next === 'fails') throw new TelemetryError('error', 'the script says error');
    return next;
  };
  const fail = (failureRate: number): void => {
    world.behaviours.set(NEW, { failureRate, reports: true, label: undefined });
  };
  return { world, told, asked, fail };
}

describe('where it hurts', () => {
  it('is looked up once the rule is away, told in a row of its own, and kept', async () => {
    const { world, told, asked, fail } = harmful([[CHECKOUT, NULL_REFERENCE]]);
    fail(0.5);
    const { id } = await world.start();
    const done = await world.until(id, ['rolled-back', 'succeeded', 'paused', 'failed']);
    expect(done).toMatchObject({ stage: { phase: 'rolled-back' }, reason: 'harm' });
    expect(done.hurts).toEqual({ tries: 1, differences: [CHECKOUT, NULL_REFERENCE] });

    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({ phase: 'rolling-back', rules: 0 });
    expect(asked[0]?.query).toMatchObject({ canary: NEW, baseline: OLD, fromMs: done.binsFrom });

    const rows = await world.audit(id);
    const row = rows.find(({ action }) => action === 'harm-explained');
    expect(row?.message).toBe(
      'where it hurts: POST /checkout: 41 of 60, baseline 2 of 1140; exception NullReferenceException: 41 of 300, baseline 0 of 5700',
    );
    expect(row?.facts).toEqual({ differences: [CHECKOUT, NULL_REFERENCE] });
    expect(row?.reason).toBe('harm');
    expect(told.map(({ action }) => action)).toContain('harm-explained');
    expect(await world.chainHolds(id)).toBe(true);
  });

  it('is tried three times and never again, and the way back does not wait for it', async () => {
    const { world, asked, fail } = harmful([]);
    fail(0.5);
    const { id } = await world.start();
    // Visitors of a claim that is open keep the release on its way back for a while.
    const back = await world.until(id, ['rolled-back', 'succeeded', 'paused', 'failed']);
    expect(back).toMatchObject({ stage: { phase: 'rolled-back' }, reason: 'harm' });
    expect(asked.length).toBeGreaterThanOrEqual(1);
    expect(asked.length).toBeLessThanOrEqual(3);
    expect(back.hurts).toEqual({ tries: asked.length, differences: undefined });
    const after = asked.length;
    await world.pass(3_600_000);
    expect(asked).toHaveLength(after);
    expect((await world.audit(id)).some(({ action }) => action === 'harm-explained')).toBe(false);
  });

  it('is looked up after harm in the watch too, over the time when both had visitors', async () => {
    const { world, asked, fail } = harmful([[CHECKOUT]]);
    const { id } = await world.start();
    const watching = await world.until(id, ['watching']);
    fail(0.5);
    const done = await world.until(id, ['rolled-back', 'succeeded', 'paused', 'failed']);
    expect(done).toMatchObject({ stage: { phase: 'rolled-back' }, reason: 'harm' });
    expect(asked).toHaveLength(1);
    expect(asked[0]?.query.fromMs).toBe(watching.binsFrom);
    expect(world.azure.state.production.content).toBe(OLD);
    expect(done.hurts?.differences).toEqual([CHECKOUT]);
  });

  it('says so when no single thing stands out', async () => {
    const { world, fail } = harmful([[]]);
    fail(0.5);
    const { id } = await world.start();
    await world.until(id, ['rolled-back']);
    const row = (await world.audit(id)).find(({ action }) => action === 'harm-explained');
    expect(row?.message).toContain('differ in no operation');
  });

  it('is not asked when something else took the version back', async () => {
    const { world, asked } = harmful([[CHECKOUT]]);
    const { id } = await world.start();
    await world.until(id, ['ramping']);
    await world.command(id, 'abort');
    await world.until(id, ['aborted']);
    expect(asked).toEqual([]);
  });
});
