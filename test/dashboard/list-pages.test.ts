/** A list page by page: every page gets its turn, and what left the list is known to have left. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  FIRST,
  hasLeft,
  pagesInTurn,
  type Part,
  placeAfter,
} from '../../src/dashboard/data/list-pages.ts';

interface Listed {
  readonly id: string;
  readonly createdAt: string;
}

const at = (second: number): string =>
  new Date(Date.UTC(2026, 0, 5) + second * 1_000).toISOString();
/** The higher, the newer. */
const listed = (second: number): Listed => ({ id: `r${second}`, createdAt: at(second) });
const { signal } = new AbortController();

/** Pages as the API gives them: it goes on after the release that the page before ended with. */
function pageOf(there: readonly number[], continuation: string | undefined, max: number) {
  const from = continuation === undefined ? Infinity : Number(continuation);
  const rest = there.toSorted((one, other) => other - one).filter((second) => second < from);
  const shown = rest.slice(0, max);
  const next = rest.length > max ? String(shown.at(-1)) : null;
  return { releases: shown.map(listed), continuation: next };
}

const part = (seconds: readonly number[], more: boolean, after?: number): Part<Listed> => ({
  page: { releases: seconds.map(listed), continuation: more ? 'more' : null },
  from: { continuation: undefined, after: after === undefined ? undefined : at(after) },
});

describe('a release that is not in an answer', () => {
  it.each([
    ['it is there', 5, part([9, 5], true), false],
    ['newer than the last one there', 7, part([9, 5], true), true],
    ['newer than all', 10, part([9, 5], true), true],
    ['older than the last one there: the next page may have it', 4, part([9, 5], true), false],
    ['older, and this was the last page', 4, part([9, 5], false), true],
    ['nothing there, nothing after it', 4, part([], false), true],
    ['nothing there, but more to come', 4, part([], true), false],
    ['newer than this page: the one before may have it', 8, part([6, 5], true, 7), false],
    ['the last one of the page before', 7, part([6, 5], false, 7), false],
    ['within a later page', 6, part([5, 4], true, 7), true],
  ] as const)('%s', (_what, second, answer, gone) => {
    expect(hasLeft(listed(second), answer)).toBe(gone);
  });

  it('where two were created at once, at the end of a page, is not taken for gone', () => {
    const twin = { id: 'twin', createdAt: at(5) };
    expect(hasLeft(twin, part([9, 5], true))).toBe(false);
    expect(hasLeft(twin, part([4], false, 5))).toBe(false);
  });
});

describe('pages in turn', () => {
  it('come one a call, then from the first one again', async () => {
    const asked: (string | undefined)[] = [];
    const next = pagesInTurn(async (continuation) => {
      asked.push(continuation);
      return pageOf([1, 2, 3, 4, 5], continuation, 2);
    });
    for (let call = 0; call < 5; call += 1) await next(FIRST, signal);
    expect(asked).toEqual([undefined, '4', '2', undefined, '4']);
  });

  it('are one question for ever where one page has all', async () => {
    const asked: (string | undefined)[] = [];
    const next = pagesInTurn(async (continuation) => {
      asked.push(continuation);
      return pageOf([1, 2], continuation, 2);
    });
    for (let call = 0; call < 3; call += 1) await next(FIRST, signal);
    expect(asked).toEqual([undefined, undefined, undefined]);
  });

  it('begin anew after a failure, and after so many that a list without end is no trap', async () => {
    const asked: (string | undefined)[] = [];
    let fails = false;
    const next = pagesInTurn(async (continuation) => {
      asked.push(continuation);
      if (fails) throw new Error('away');
      return { releases: [listed(1)], continuation: String(asked.length) };
    });
    for (let call = 0; call < 9; call += 1) await next(FIRST, signal);
    expect(asked.indexOf(undefined, 1)).toBe(8);
    fails = true;
    await expect(next(FIRST, signal)).rejects.toThrow('away');
    fails = false;
    await next(FIRST, signal);
    expect(asked.slice(-3)).toEqual([undefined, '9', undefined]);
  });

  it('begin where they are told to: after the page that is asked apart', async () => {
    const page = pageOf([1, 2, 3], undefined, 2);
    const end = placeAfter({ page, from: FIRST });
    expect(end).toEqual({ continuation: '2', after: at(2) });
    const next = pagesInTurn(async (continuation) => pageOf([1, 2, 3], continuation, 2));
    expect((await next(end ?? FIRST, signal)).page.releases).toEqual([listed(1)]);
  });

  it('show every release that is there and none that left, once nothing moves for a turn', async () => {
    const few = fc.uniqueArray(fc.nat(40), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(few, few, fc.integer({ min: 2, max: 5 }), async (before, there, max) => {
        const next = pagesInTurn(async (continuation) => pageOf(there, continuation, max));
        const kept = new Map(before.map((second) => [listed(second).id, listed(second)]));
        for (let call = 0; call < 8; call += 1) {
          const answer = await next(FIRST, signal);
          for (const one of kept.values()) if (hasLeft(one, answer)) kept.delete(one.id);
          for (const one of answer.page.releases) kept.set(one.id, one);
        }
        const shown = [...kept.keys()].toSorted();
        expect(shown).toEqual(there.map((second) => listed(second).id).toSorted());
      }),
    );
  });
});
