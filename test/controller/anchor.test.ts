// The head of the audit leaves the store at each promotion, so that a rewritten partition is seen.
import { describe, expect, it } from 'vitest';

import { verifyChain } from '../../src/release/chain.ts';
import { createWorld } from '../support/world.ts';

interface Line {
  readonly level: string;
  readonly message: string;
  readonly facts: unknown;
}

describe('the anchor', () => {
  it('is logged once, when the swap is confirmed, and the finished chain goes through it', async () => {
    const world = createWorld();
    const lines: Line[] = [];
    const log = (level: string, message: string, facts: unknown): void => {
      lines.push({ level, message, facts });
    };
    Object.assign(world.ports, { log });
    const { id } = await world.start();
    await world.until(id, ['promoting']);
    expect(lines.filter(({ message }) => message.includes('anchor'))).toEqual([]);
    const done = await world.until(id, ['succeeded']);

    const anchors = lines.filter(({ message }) => message === 'audit anchor at promotion');
    expect(anchors.map(({ level, facts }) => ({ level, ...(facts as object) }))).toMatchObject([
      { level: 'info', release: id },
    ]);
    const { sequence, head } = anchors[0]?.facts as { sequence: number; head: string };
    const rows = world.store.auditOf(id);
    const expected = { releaseId: id, sequence: done.sequence, head: done.chainHead };
    expect(verifyChain(rows, expected, { head, sequence })).toMatchObject({ ok: true });
    expect(JSON.parse(rows[sequence - 1]?.body ?? '')).toMatchObject({ to: 'watching' });
    expect(sequence).toBeLessThan(done.sequence);
  });

  it('is logged for no release that is not promoted', async () => {
    const world = createWorld();
    const messages: string[] = [];
    Object.assign(world.ports, {
      log: (_level: string, message: string) => messages.push(message),
    });
    const { id } = await world.start();
    await world.until(id, ['ramping']);
    await world.command(id, 'abort');
    await world.until(id, ['aborted']);
    expect(messages.some((message) => message.includes('anchor'))).toBe(false);
  });
});
