import { describe, expect, it } from 'vitest';
import { coveredMs, createUnattended } from './unattended.ts';

function twoInstances() {
  let nowMs = 0;
  const one = { frozenUntilMs: 0, downUntilMs: 0 };
  const other = { frozenUntilMs: 0, downUntilMs: 0 };
  const unattended = createUnattended([one, other], () => nowMs);
  return {
    one,
    other,
    unattended,
    at: (atMs: number) => {
      nowMs = atMs;
      unattended.note();
    },
  };
}

describe('the time in which no instance runs', () => {
  it('is none while one of them does', () => {
    const { one, unattended, at } = twoInstances();
    one.frozenUntilMs = 900;
    at(10);
    expect(unattended.spans).toEqual([]);
  });

  it('begins with the last that goes and ends with the first that comes back', () => {
    const { one, other, unattended, at } = twoInstances();
    one.frozenUntilMs = 900;
    at(10);
    other.downUntilMs = 500;
    at(100);
    expect(unattended.spans).toEqual([{ fromMs: 100, toMs: 500 }]);
  });

  it('goes on when a machine freezes while its process is down, and is counted once', () => {
    const { one, other, unattended, at } = twoInstances();
    one.frozenUntilMs = 900;
    other.downUntilMs = 500;
    at(100);
    other.frozenUntilMs = 700;
    at(400);
    expect(coveredMs(unattended.spans, { fromMs: 0, toMs: 2_000 })).toBe(600);
  });
});

describe('time covered by spans', () => {
  it.each([
    { spans: [], covered: 0 },
    { spans: [{ fromMs: 0, toMs: 50 }], covered: 0 },
    { spans: [{ fromMs: 0, toMs: 500 }], covered: 100 },
    { spans: [{ fromMs: 150, toMs: 160 }], covered: 10 },
    {
      spans: [
        { fromMs: 150, toMs: 170 },
        { fromMs: 120, toMs: 160 },
      ],
      covered: 50,
    },
    {
      spans: [
        { fromMs: 110, toMs: 190 },
        { fromMs: 120, toMs: 130 },
        { fromMs: 195, toMs: 300 },
      ],
      covered: 85,
    },
  ])('$covered of $spans', ({ spans, covered }) => {
    expect(coveredMs(spans, { fromMs: 100, toMs: 200 })).toBe(covered);
  });
});
