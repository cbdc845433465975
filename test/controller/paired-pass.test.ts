import { describe, expect, it } from 'vitest';

import { probeWindow } from '../../src/controller/paired-probes.ts';
import { PAIRED } from '../../src/release/paired-window.ts';
import { AT, createProbeWorld, MINUTE_MS } from '../support/probe-world.ts';

describe('a pass', () => {
  it('asks for the windows until after the next pass, each when it begins', async () => {
    const world = await createProbeWorld();
    world.time.stall(20_000);
    await world.ask();
    expect(world.work.sent).toEqual([
      { releaseId: world.releaseId, fromMs: AT, delayMs: 0 },
      { ...world.window(AT + MINUTE_MS), delayMs: 40_000 - PAIRED.leadMs },
      { ...world.window(AT + 2 * MINUTE_MS), delayMs: 100_000 - PAIRED.leadMs },
    ]);
  });

  it('goes on when nobody can be asked', async () => {
    const world = await createProbeWorld();
    world.work.down(true);
    await world.ask();
    expect(world.logged).toEqual(['warning: paired probes could not be asked for']);
  });

  it('asks early enough: every window is sent, whole, when passes come as they do', async () => {
    const world = await createProbeWorld();
    const until = AT + 10 * MINUTE_MS;
    const passes = async (): Promise<void> => {
      // An interval and then the clock's next turn: every 90 s.
      while (world.time.now() < until) {
        await world.ask();
        await world.time.pause(90_000);
      }
    };
    const sender = async (): Promise<void> => {
      const sending: Promise<void>[] = [];
      while (world.time.now() < until) {
        for (const asked of world.work.takeVisible()) sending.push(probeWindow(world.ports, asked));
        await world.time.pause(2_000);
      }
      await Promise.all(sending);
    };
    await world.time.run(Promise.all([passes(), sender()]));
    const bins = await world.outcomes.read(world.releaseId, { fromMs: 0, toMs: until });
    const [first = 0, ...others] = bins.map(({ answers }) => answers.canary.n);
    // The bins begin when the pass that asks does: of the first window the time of a message is lost.
    expect(first).toBeGreaterThanOrEqual(290);
    expect(others).toEqual(Array(9).fill(300));
  });

  it('reads what the query looks at, and no more', async () => {
    const world = await createProbeWorld();
    await world.send();
    await world.send(world.window(AT + MINUTE_MS));
    expect(await world.read()).toHaveLength(2);
    await world.change({ finalTo: AT + 30 * MINUTE_MS });
    world.time.stall(40 * MINUTE_MS);
    expect(await world.read()).toEqual([]);
  });
});
