// What goes into a row comes out of it: the pure parts of the store's adapters.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { BINS_PER_ROW, binRows, binsOf } from '../../src/adapters/store/bin-rows.ts';
import { fromJsonText, toJsonText } from '../../src/adapters/store/json-text.ts';
import {
  auditRow,
  binsRow,
  checkedKey,
  endOfAudit,
  endOfState,
  invertedTime,
  partitionOf,
  planRow,
  releaseRow,
} from '../../src/adapters/store/keys.ts';
import { StoreFailure } from '../../src/adapters/store/store-failure.ts';
import { joinText, splitText } from '../../src/adapters/store/text-parts.ts';
import type { Bin } from '../../src/judge/types.ts';
import { AT, MINUTE_MS, freshAppKey, sampleRelease } from '../support/store-samples.ts';

describe('text over properties', () => {
  it('gives every text back, in properties that a row can hold', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.nat(5_000), (part, times) => {
        const text = part.repeat(Math.min(times, Math.floor(250_000 / (part.length || 1))));
        const properties = splitText('state', text, 'a row');
        expect(joinText('state', properties, 'a row')).toBe(text);
        for (const value of Object.values(properties)) {
          expect(value.length).toBeLessThanOrEqual(32 * 1024);
          expect(value.isWellFormed()).toBe(text.isWellFormed());
        }
      }),
      { numRuns: 50 },
    );
  });

  it('names row, length and limit of a text that is too long', () => {
    expect(() => splitText('state', 'x'.repeat(256_001), 'Row r')).toThrow(
      'Row r is too long for one row: 256001 of at most 256000 characters',
    );
  });

  it('refuses a row without the property', () => {
    expect(() => joinText('state', { other: '1' }, 'Row r')).toThrow(StoreFailure);
  });
});

describe('JSON text', () => {
  it('gives every value back, non-finite numbers included', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.double(), (rest, number) => {
        const value = { rest, number, list: [number, Infinity, -Infinity, NaN] };
        // JSON knows no negative zero.
        const expected = withoutNegativeZero(value);
        expect(withoutNegativeZero(fromJsonText(toJsonText(value), 'a row'))).toEqual(expected);
      }),
    );
  });
});

function withoutNegativeZero(value: unknown): unknown {
  if (typeof value === 'number') return value === 0 ? 0 : value;
  if (Array.isArray(value)) return value.map(withoutNegativeZero);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, withoutNegativeZero(part)]),
  );
}

describe('bins over rows', () => {
  const counts = fc.record({
    requests: fc.nat(),
    failures: fc.nat(),
    items: fc.nat(Number.MAX_SAFE_INTEGER),
  });
  const bins = fc
    .array(
      fc.record({ canary: counts, baseline: counts, judged: fc.boolean(), watch: fc.boolean() }),
      { maxLength: 200, size: 'max' },
    )
    .map((parts) =>
      parts.map((part, index): Bin => ({ ...part, final: true, startMs: AT + index * MINUTE_MS })),
    );
  const release = sampleRelease(freshAppKey());
  const asStored = (rows: ReturnType<typeof binRows>) =>
    rows.map((row) => ({ ...row, etag: 'e' })).sort((a, b) => (a.rowKey < b.rowKey ? -1 : 1));

  it('gives the same bins back, whatever was new when the rows were written', () => {
    fc.assert(
      fc.property(bins, fc.nat(220), (all, cut) => {
        const firstNew = Math.min(cut, all.length);
        const before = binRows(release, { all: all.slice(0, firstNew), firstNew: 0 });
        const after = binRows(release, { all, firstNew });
        const rows = new Map([...before, ...after].map((row) => [row.rowKey, row]));
        expect(binsOf(release.id, asStored([...rows.values()]))).toEqual(all);
        const untouched = Math.floor(firstNew / BINS_PER_ROW);
        const first = after[0]?.rowKey;
        if (first !== undefined) expect(first).toBe(binsRow(release.id, untouched));
      }),
      { numRuns: 60 },
    );
  });

  it('keeps a full chunk within one property, with the largest counts there are', () => {
    const large = { requests: 2 ** 53 - 1, failures: 2 ** 53 - 1, items: 2 ** 53 - 1 };
    const all = Array.from({ length: BINS_PER_ROW }, (_unused, index): Bin => ({
      startMs: AT + index * MINUTE_MS,
      final: true,
      canary: large,
      baseline: large,
      judged: true,
      watch: true,
    }));
    const [row] = binRows(release, { all, firstNew: 0 });
    expect(String(row?.bins).length).toBeLessThan(32_000);
  });
});

describe('keys', () => {
  it('sort as one range read wants them: release, plan, bins, and then the audit', () => {
    const { id } = sampleRelease(freshAppKey());
    const keys = [
      releaseRow(id),
      planRow(id),
      binsRow(id, 0),
      binsRow(id, 99_999),
      endOfState(id),
      auditRow(id, 0),
      auditRow(id, 9),
      auditRow(id, 10),
      auditRow(id, 99_999_999),
      endOfAudit(id),
    ];
    expect([...keys].sort()).toEqual(keys);
  });

  it('find the partition in an id, and none in anything else', () => {
    const { id, appKey } = sampleRelease(freshAppKey());
    expect(partitionOf(id)).toBe(appKey);
    for (const other of ['', 'x', `${id} `, id.toUpperCase(), id.slice(1)]) {
      expect(partitionOf(other)).toBeUndefined();
    }
  });

  it('sort newer times first', () => {
    fc.assert(
      fc.property(fc.nat(4e12), fc.nat(4e12), (one, other) => {
        expect(invertedTime(one) < invertedTime(other)).toBe(one > other);
      }),
    );
  });

  it.each(['a/b', 'a\\b', 'a#b', 'a?b', 'a\nb', 'x'.repeat(501)])('refuse "%s"', (key) => {
    expect(() => checkedKey(key)).toThrow(/cannot be a row key/);
  });

  it.each([-1, 1.5, 100_000, NaN])('refuse chunk %d', (chunk) => {
    const { id } = sampleRelease(freshAppKey());
    expect(() => binsRow(id, chunk)).toThrow(/whole numbers of at most 5 digits/);
  });
});
