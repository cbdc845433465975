// What every receiver of notices must hold, on whatever it is built.
import { beforeEach, expect, it } from 'vitest';

import type { Receiver } from '../../src/controller/ports/notifier.ts';
import { harmNotice } from '../support/notice-samples.ts';

export interface ReceiverWorld {
  /** A receiver that takes what comes. */
  readonly receiver: Receiver;
  /** Ids of what has arrived, oldest first. */
  readonly arrived: () => readonly string[];
  /** From now on; `unheard`: it takes the notice, and its answer is lost. */
  readonly become: (state: 'well' | 'down' | 'unheard') => void | Promise<void>;
}

export function receiverSuite(fresh: () => Promise<ReceiverWorld>): void {
  let world: ReceiverWorld;
  beforeEach(async () => {
    world = await fresh();
  });
  const first = harmNotice({ id: 'r.1', sequence: 1 });
  const second = harmNotice({ id: 'r.2', sequence: 2 });

  it('delivers once when it returns, each under its own id', async () => {
    await world.receiver.tell(first);
    await world.receiver.tell(second);
    expect(world.arrived()).toEqual(['r.1', 'r.2']);
    expect(world.receiver.standing()).toMatchObject({ ok: true, problem: undefined });
    expect(world.receiver.standing().toldAt).toBeGreaterThan(0);
  });

  it('throws when nothing arrived, and delivers when it is asked again', async () => {
    await world.become('down');
    await expect(world.receiver.tell(first)).rejects.toMatchObject({
      name: 'NotToldError',
      message: expect.not.stringContaining('secret-part') as string,
    });
    expect(world.arrived()).toEqual([]);
    expect(world.receiver.standing().problem?.message).not.toContain('secret-part');
    expect(world.receiver.standing()).toMatchObject({ ok: false, toldAt: undefined });
    await world.become('well');
    await world.receiver.tell(first);
    expect(world.arrived()).toEqual(['r.1']);
    expect(world.receiver.standing().ok).toBe(true);
  });

  it('throws when it cannot be known; the repetition has the same id', async () => {
    await world.become('unheard');
    await expect(world.receiver.tell(first)).rejects.toThrow();
    await world.become('well');
    await world.receiver.tell(first);
    expect(world.arrived()).toEqual(['r.1', 'r.1']);
  });

  it('wants the same at every question', () => {
    expect(world.receiver.wants(first)).toBe(world.receiver.wants(first));
  });

  it('is known by a name and a kind', () => {
    expect(world.receiver.name).toMatch(/^[a-z][a-z0-9-]*$/);
    expect(world.receiver.kind).toMatch(/^[a-z]+$/);
  });
}
