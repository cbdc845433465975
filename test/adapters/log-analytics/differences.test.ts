import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DIFFERENCE_COLUMNS,
  differencesOf,
  weightOf,
} from '../../../src/adapters/log-analytics/differences.ts';
import type { Difference } from '../../../src/controller/ports/telemetry.ts';

const COLUMNS = DIFFERENCE_COLUMNS.map(([name, type]) => ({ name, type }));

function differences(...rows: readonly (readonly unknown[])[]): readonly Difference[] {
  return differencesOf({ columns: COLUMNS, rows });
}

describe('where two versions differ', () => {
  it('is told by the evidence for it, not by the ratio of small counts', () => {
    const names = differences(
      ['operation', 'one of one', 1, 1, 100, 1],
      ['operation', 'many', 1_000, 100, 10_000, 200],
      ['operation', 'a little', 1_000, 21, 10_000, 200],
    ).map(({ name }) => name);
    expect(names).toEqual(['many', 'one of one', 'a little']);
  });

  it('leaves out where the canary is as good or better', () => {
    expect(
      differences(
        ['operation', 'same', 10, 1, 100, 10],
        ['operation', 'better', 10, 0, 100, 10],
        ['operation', 'unused', 0, 0, 100, 10],
        ['operation', 'harmless', 10, 0, 100, 0],
      ),
    ).toEqual([]);
  });

  it('is at most five of a kind', () => {
    const rows = Array.from({ length: 9 }, (_, index) => index + 1).flatMap((bad) => [
      ['operation', `o${String(bad)}`, 10, bad, 10, 0],
      ['dependency', `d${String(bad)}`, 10, bad, 10, 0],
    ]);
    const names = differences(...rows).map(({ name }) => name);
    expect(names).toEqual(['o9', 'd9', 'o8', 'd8', 'o7', 'd7', 'o6', 'd6', 'o5', 'd5']);
  });

  it('is what there is most of when there is nothing to compare with', () => {
    const names = differences(
      ['exception', 'rare', 10, 1, 0, 0],
      ['exception', 'often', 10, 5, 0, 0],
    ).map(({ name }) => name);
    expect(names).toEqual(['often', 'rare']);
  });

  it('names nothing secret, and not at any length', () => {
    const secret = `GET https://x.example/cart?code=${'a'.repeat(40)}`;
    const [first, second] = differences(
      ['operation', secret, 10, 9, 10, 0],
      ['operation', `${'a'.repeat(190)}?key=0123456789`, 10, 5, 10, 0],
    );
    expect(first?.name).toBe('GET https://x.example/cart?[redacted]');
    expect(second?.name).toHaveLength(200);
    expect(second?.name).not.toContain('0123');
  });

  it('never has more bad ones than there are', () => {
    const [found] = differences(['exception', 'E', 3, 5, 10, 0]);
    expect(found).toMatchObject({ canary: { n: 3, x: 3 } });
  });

  it.each([
    { what: 'another kind', row: ['host', 'x', 1, 1, 1, 0] },
    { what: 'no name', row: ['operation', null, 1, 1, 1, 0] },
    { what: 'no count', row: ['operation', 'x', 1, null, 1, 0] },
    { what: 'a value too few', row: ['operation', 'x', 1, 1, 1] },
  ])('is refused with $what', ({ row }) => {
    expect(() => differences(row)).toThrow(expect.objectContaining({ kind: 'error' }));
  });

  it('is refused with more names than were asked for', () => {
    const rows = Array.from({ length: 801 }, () => ['operation', 'x', 1, 1, 1, 0]);
    expect(() => differences(...rows)).toThrow(/more than 200 names of a kind/);
  });
});

it('weighs a difference more with more of it, and never with what is no number', () => {
  const counts = fc
    .integer({ min: 1, max: 100_000 })
    .chain((n) => fc.record({ n: fc.constant(n), x: fc.integer({ min: 0, max: n }) }));
  fc.assert(
    fc.property(counts, counts, (canary, baseline) => {
      const weight = weightOf({ canary, baseline });
      expect(Number.isFinite(weight)).toBe(true);
      expect(weight).toBeGreaterThan(-1e-6);
      const twice = { n: canary.n * 2, x: canary.x * 2 };
      expect(weightOf({ canary: twice, baseline })).toBeGreaterThanOrEqual(weight - 1e-6);
    }),
  );
});
