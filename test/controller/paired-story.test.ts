// Whole releases of an app that nobody visits: all evidence comes from paired probes.
import { describe, expect, it } from 'vitest';

import { createWorld, NEW, OLD, type World } from '../support/world.ts';

const PROBES = { rate: '5/s', requests: [{ path: '/' }, { path: '/api/products' }] };
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** A visitor every five minutes for most of a day: enough to see which version serves, and no more. */
function createQuietWorld(): World {
  const world = createWorld();
  world.ratePerMinute = 0.2;
  world.idle(7 * HOUR_MS);
  return world;
}

/** The visitors go on until the release is exposed; then nobody comes. */
async function begin(world: World, plan: object = {}): Promise<string> {
  const { id } = await world.start({ plan: { preset: 'standard', probes: PROBES, ...plan } });
  await world.until(id, ['ramping']);
  world.ratePerMinute = 0;
  return id;
}

describe('an app without visitors', () => {
  it('a version that fails is found by its probes, within minutes, and rolled back', async () => {
    const world = createQuietWorld();
    world.behaviours.set(NEW, { failureRate: 0.02, reports: true, label: undefined });
    const id = await begin(world);
    const from = world.now();
    const done = await world.until(id, ['rolled-back', 'paused', 'promoting', 'failed']);
    expect(`${done.stage.phase}: ${done.message}`).toMatch(/^rolled-back/);
    expect((await world.audit(id)).find(({ to }) => to === 'rolling-back')?.reason).toBe('harm');
    expect(world.now() - from).toBeLessThanOrEqual(4 * MINUTE_MS);
    expect(world.azure.state.production.content).toBe(OLD);
  });

  it('a good version is certified by its probes and promoted', async () => {
    const world = createQuietWorld();
    world.behaviours.set(NEW, { failureRate: 0, reports: true, label: undefined });
    world.behaviours.set(OLD, { failureRate: 0, reports: true, label: undefined });
    // Requests of people that nobody sends can certify nothing.
    const id = await begin(world, { analysis: { metrics: { failures: 'notify' } } });
    const done = await world.until(id, ['succeeded', 'paused', 'rolled-back', 'failed']);
    expect(`${done.stage.phase}: ${done.message}`).toMatch(/^succeeded/);
    const rows = await world.audit(id);
    const steps = rows.filter(({ action }) => action === 'step-changed');
    expect(steps.map(({ reason }) => reason)).toEqual(['certified', 'certified']);
  });

  it('a version that turns bad after the swap is swapped back', async () => {
    const world = createQuietWorld();
    world.behaviours.set(NEW, { failureRate: 0, reports: true, label: undefined });
    const id = await begin(world);
    await world.until(id, ['watching']);
    await world.pass(5 * MINUTE_MS);
    world.behaviours.set(NEW, { failureRate: 0.05, reports: true, label: undefined });
    const done = await world.until(id, ['rolled-back', 'succeeded', 'failed', 'paused']);
    expect(`${done.stage.phase}: ${done.message}`).toMatch(/^rolled-back/);
    expect(world.azure.state.production.content).toBe(OLD);
  });

  it('a slow version is found by the times of its probes', async () => {
    const world = createQuietWorld();
    world.behaviours.set(NEW, { failureRate: 0, reports: true, label: undefined, probeMs: 600 });
    const id = await begin(world, { probes: { ...PROBES, edges: ['100ms', '500ms', '1s'] } });
    const done = await world.until(id, ['rolled-back', 'paused', 'promoting', 'failed']);
    expect(`${done.stage.phase}: ${done.message}`).toMatch(/^rolled-back/);
  });

  it('nothing is sent before the ramp, after the end, or twice', async () => {
    const world = createWorld();
    const { id } = await world.start({ plan: { preset: 'standard', probes: PROBES } });
    const ramping = await world.until(id, ['ramping']);
    const ended = await world.until(id, ['succeeded', 'paused', 'rolled-back']);
    const { claimed } = world.probed;
    const at = world.now();
    await world.pass(10 * MINUTE_MS);
    expect(claimed.length).toBeGreaterThan(5);
    expect(new Set(claimed.map(({ fromMs }) => fromMs)).size).toBe(claimed.length);
    const times = claimed.map(({ fromMs }) => fromMs);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(ramping.createdAt);
    expect(Math.max(...times)).toBeLessThanOrEqual(at);
    expect(ended.stage.phase).toBe('succeeded');
  });
});

describe('an app that people use', () => {
  it('is not certified by its probes alone when telemetry shows nobody any more', async () => {
    const world = createWorld();
    world.behaviours.set(NEW, { failureRate: 0, reports: true, label: undefined });
    world.behaviours.set(OLD, { failureRate: 0, reports: true, label: undefined });
    const id = await begin(world, { analysis: { metrics: { failures: 'notify' } } });
    const done = await world.until(id, ['promoting', 'paused', 'rolled-back', 'failed']);
    expect(`${done.stage.phase}: ${done.message}`).toMatch(/^paused: /);
    const rows = await world.audit(id);
    expect(rows.at(-1)?.reason).toBe('no-data');
    expect(world.azure.state.production.content).toBe(OLD);
    world.ratePerMinute = 6_000;
    await world.command(id, 'resume');
    await world.until(id, ['succeeded']);
  });
});
