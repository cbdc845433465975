import { describe, expect, it } from 'vitest';
import { createThrottle } from '../../../src/local/app-service/throttle.ts';

describe("ARM's token buckets", () => {
  it.each([
    ['reads', 250, 40],
    ['writes', 200, 100],
  ] as const)('%s: %i at once, then one per %i ms', (kind, size, tokenMs) => {
    let nowMs = 1000;
    const throttle = createThrottle({ timeScale: 1, nowMs: () => nowMs });
    const burst = Array.from({ length: size }, () => throttle.take('sub', kind));
    expect(burst.every(({ admitted }) => admitted)).toBe(true);
    expect(burst.at(-1)?.remaining).toBe(0);
    expect(throttle.take('sub', kind)).toMatchObject({ admitted: false, retryAfterSeconds: 1 });
    nowMs += tokenMs;
    expect(throttle.take('sub', kind).admitted).toBe(true);
    expect(throttle.take('sub', kind).admitted).toBe(false);
  });

  it('counts subscriptions, reads and writes apart', () => {
    const throttle = createThrottle({ timeScale: 1, nowMs: () => 0 });
    for (let taken = 0; taken < 250; taken += 1) throttle.take('a', 'reads');
    expect(throttle.take('a', 'reads').admitted).toBe(false);
    expect(throttle.take('a', 'writes').admitted).toBe(true);
    expect(throttle.take('b', 'reads').admitted).toBe(true);
  });

  it('refills faster where time runs faster', () => {
    let nowMs = 0;
    const throttle = createThrottle({ timeScale: 60, nowMs: () => nowMs });
    for (let taken = 0; taken < 250; taken += 1) throttle.take('a', 'reads');
    nowMs = 100;
    expect(throttle.take('a', 'reads').remaining).toBe(149);
  });
});
