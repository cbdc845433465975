import { describe, expect, it } from 'vitest';
import { CommandRefusedError } from '../../src/controller/command-refused.ts';
import { OPERATOR } from '../support/callers.ts';
import { NEW, OLD, createWorld } from '../support/world.ts';

describe('operators', () => {
  it('pause holds the weight, resume goes on to the end', async () => {
    const world = createWorld();
    const { id } = await world.start();
    await world.untilTrue('baking', ({ reason }) => reason === 'baking', id);
    await world.command(id, 'pause');
    await world.pass(2 * 3_600_000);
    const paused = await world.release(id);
    expect(paused.stage.phase).toBe('paused');
    expect(world.azure.state.rules[0]?.weight).toBe(5);
    await world.command(id, 'resume');
    const done = await world.until(id, ['succeeded', 'rolled-back']);
    expect(done.stage.phase).toBe('succeeded');
  });

  it('abort in the ramp removes the rule at once and ends as aborted', async () => {
    const world = createWorld();
    const { id } = await world.start();
    await world.untilTrue('baking', ({ reason }) => reason === 'baking', id);
    await world.command(id, 'abort');
    expect(world.azure.state.rules).toEqual([]);
    const done = await world.until(id, ['aborted', 'rolled-back', 'failed'], 600_000);
    expect(done.stage.phase).toBe('aborted');
  });

  it('abort while the swap runs settles it first, then swaps back', async () => {
    const world = createWorld();
    const { id } = await world.start();
    await world.untilTrue(
      'swapping',
      ({ intent }) => intent?.kind === 'swap' && intent.poller !== undefined,
      id,
    );
    await world.command(id, 'abort');
    const done = await world.until(id, ['aborted', 'failed', 'succeeded']);
    expect(done.stage.phase).toBe('aborted');
    expect(world.azure.state.production.content).toBe(OLD);
    expect(world.azure.writes().filter(({ call }) => call === 'submitSwap')).toHaveLength(2);
  });

  it('promote skips the remaining steps and keeps the watch', async () => {
    const world = createWorld();
    const { id } = await world.start();
    await world.untilTrue('baking', ({ reason }) => reason === 'baking', id);
    await world.command(id, 'promote');
    await world.until(id, ['watching']);
    const done = await world.until(id, ['succeeded', 'rolled-back']);
    expect(done.stage.phase).toBe('succeeded');
    expect((await world.audit(id)).some(({ message }) => message.includes('not certified'))).toBe(
      true,
    );
  });

  it('rollback in the watch swaps back', async () => {
    const world = createWorld();
    const { id } = await world.start();
    await world.until(id, ['watching']);
    await world.command(id, 'rollback');
    const done = await world.until(id, ['rolled-back', 'failed', 'succeeded']);
    expect(done.stage.phase).toBe('rolled-back');
    expect(world.azure.state.production.content).toBe(OLD);
  });

  it('a command on a sequence that moved on is refused with the present state', async () => {
    const world = createWorld();
    const { id } = await world.start();
    await world.until(id, ['ramping']);
    const request = {
      releaseId: id,
      command: { kind: 'pause', reason: 'late', choice: undefined },
      expectedSequence: 1,
      caller: OPERATOR,
    } as const;
    const refused = world.controller.command(request);
    await expect(refused).rejects.toThrow(CommandRefusedError);
    await expect(refused).rejects.toMatchObject({ code: 'sequence-moved-on', release: { id } });
  });

  it('a pause that nobody ends is rolled back after maxPause', async () => {
    const world = createWorld();
    const { id } = await world.start({ plan: { preset: 'standard', maxPause: '1h' } });
    await world.untilTrue('baking', ({ reason }) => reason === 'baking', id);
    await world.command(id, 'pause');
    await world.pass(1.2 * 3_600_000);
    const done = await world.release(id);
    expect(done.stage.phase).toBe('rolled-back');
    expect((await world.audit(id)).find(({ to }) => to === 'rolling-back')?.reason).toBe(
      'pause-expired',
    );
  });
});

describe('drift', () => {
  it('seen twice pauses and asks for a choice; more weight than wanted is lowered first', async () => {
    const world = createWorld();
    const { id } = await world.start();
    await world.untilTrue('baking', ({ reason }) => reason === 'baking', id);
    world.azure.editRules([
      { name: 'staging', host: world.azure.state.slot.host, weight: 60, autoRamp: false },
    ]);
    const paused = await world.until(id, ['paused', 'rolled-back', 'succeeded']);
    expect(paused.reason).toBe('drift');
    await world.pass(120_000);
    expect(world.azure.state.rules[0]?.weight).toBe(5);
    await expect(world.command(id, 'resume')).rejects.toThrow(/adopt/);
    await world.command(id, 'resume', 'reapply');
    const done = await world.until(id, ['succeeded', 'rolled-back', 'paused']);
    expect(done.stage.phase).toBe('succeeded');
  });

  it('an operator who sets the weight to zero by hand is obeyed', async () => {
    const world = createWorld();
    const { id } = await world.start();
    await world.untilTrue('baking', ({ reason }) => reason === 'baking', id);
    world.azure.editRules([]);
    const paused = await world.until(id, ['paused', 'rolled-back', 'succeeded']);
    expect(paused.reason).toBe('drift');
    await world.pass(600_000);
    expect(world.azure.state.rules).toEqual([]);
  });

  it("somebody's swap in mid-ramp pauses as swapped-elsewhere and can be adopted", async () => {
    const world = createWorld();
    const { id } = await world.start();
    await world.untilTrue('baking', ({ reason }) => reason === 'baking', id);
    world.azure.swapByHand();
    const paused = await world.until(id, ['paused', 'rolled-back', 'succeeded']);
    expect(paused.reason).toBe('swapped-elsewhere');
    await world.command(id, 'resume', 'adopt');
    const done = await world.until(id, ['succeeded', 'rolled-back', 'failed']);
    expect(done.stage.phase).toBe('succeeded');
    expect(world.azure.state.rules).toEqual([]);
    expect(world.azure.state.production.content).toBe(NEW);
  });
});
