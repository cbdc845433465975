// `audit verify` on stored rows: every edit, removal, swap and insertion of a row is seen, whatever
// column it meets. The chains are of real stories and generated ones; the rows are as the table service
// gives them. That the service gives them so, test/cli/audit-store.test.ts shows on Azurite.
import type { TableEntity } from '@azure/data-tables';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';

import { foundRelease, foundRow } from '../../../src/adapters/store/found-rows.ts';
import { auditEntity, releaseEntity } from '../../../src/adapters/store/release-rows.ts';
import type { StoredRow } from '../../../src/adapters/store/table-query.ts';
import { verifyAudit } from '../../../src/cli/audit-verify.ts';
import type { AuditRow } from '../../../src/release/audit.ts';
import { CHAIN_START, sealRow } from '../../../src/release/chain.ts';
import type { Release } from '../../../src/release/release.ts';
import { sampleRelease } from '../../support/store-samples.ts';
import { createWorld } from '../../support/world.ts';

/** What lies in the table: the row of the release, and its audit. */
interface Stored {
  readonly release: StoredRow;
  readonly rows: readonly StoredRow[];
}

type Wire = Record<string, { readonly type: string; readonly value: string } | string>;

const RUNS = 20_000;
let stories: readonly Stored[];

beforeAll(async () => {
  stories = [await storyOf('succeeded'), await storyOf('rolled-back'), await storyOf('aborted')];
});

/** As the SDK gives a row with `disableTypeConversion`. */
function wireOf(entity: TableEntity): StoredRow {
  const columns = Object.entries(entity).map(([name, value]: [string, unknown]) => {
    if (name === 'partitionKey' || name === 'rowKey') return [name, value];
    if (value instanceof Date) return [name, { type: 'DateTime', value: value.toISOString() }];
    if (typeof value === 'number') return [name, { type: 'Int32', value: String(value) }];
    return [name, { type: 'String', value }];
  });
  const row = Object.fromEntries(columns) as { partitionKey: string; rowKey: string };
  return { ...row, etag: 'W/"1"', timestamp: { type: 'DateTime', value: '2026-11-22T12:00:00Z' } };
}

function storedOf(release: Release, audit: readonly AuditRow[]): Stored {
  return {
    release: wireOf(releaseEntity(release)),
    rows: audit.map((row) => wireOf(auditEntity(release.appKey, row))),
  };
}

async function storyOf(end: 'succeeded' | 'rolled-back' | 'aborted'): Promise<Stored> {
  const world = createWorld();
  if (end === 'rolled-back') {
    world.behaviours.set('2.0.0', { failureRate: 0.2, reports: true, label: undefined });
  }
  const { id } = await world.start();
  if (end === 'aborted') {
    await world.until(id, ['ramping']);
    await world.command(id, 'abort');
  }
  const release = await world.until(id, [end]);
  return storedOf(release, world.store.auditOf(id));
}

function generated(length: number, text: string): Stored {
  const release = sampleRelease('0'.repeat(20));
  const audit: AuditRow[] = [];
  for (let sequence = 1; sequence <= length; sequence += 1) {
    const body = { releaseId: release.id, sequence, at: new Date(1e12 + sequence).toISOString() };
    audit.push(sealRow({ ...body, ...{ message: text } }, audit.at(-1)?.hash ?? CHAIN_START));
  }
  const chainHead = audit.at(-1)?.hash ?? CHAIN_START;
  return storedOf({ ...release, sequence: length, chainHead }, audit);
}

/** Verifies what lies there, in the order of its keys, as a table gives it. */
async function verify({ release, rows }: Stored) {
  const inOrder = [...rows].sort((one, other) => (one.rowKey < other.rowKey ? -1 : 1));
  return verifyAudit(
    {
      auditScanner: {
        scanRelease: async () => foundRelease(release),
        scanRows: async function* () {
          for (const row of inOrder) yield foundRow(row);
        },
      },
    },
    release.rowKey.slice(0, -2),
  );
}

async function expectSeen(stored: Stored, rows: readonly StoredRow[]): Promise<void> {
  expect((await verify({ ...stored, rows })).ok).toBe(false);
}

/** A chain, and the place of one of its rows. */
const chain = fc
  .oneof(
    fc.nat({ max: 2 }).map((index) => stories[index] ?? generated(1, '')),
    fc
      .tuple(fc.integer({ min: 1, max: 9 }), fc.string({ unit: 'grapheme', maxLength: 40 }))
      .map(([length, text]) => generated(length, text)),
    // Long enough for a body in several columns.
    fc.integer({ min: 1, max: 3 }).map((length) => generated(length, 'ü'.repeat(40_000))),
  )
  .chain((stored) => fc.tuple(fc.constant(stored), fc.nat({ max: stored.rows.length - 1 })));

function rowAt(rows: readonly StoredRow[], at: number): StoredRow {
  const row = rows[at];
  if (row === undefined) throw new Error(`no row ${at}`);
  return row;
}

/** Columns that somebody can write: all but what the service keeps itself. */
function columnsOf(row: StoredRow): string[] {
  return Object.keys(row).filter((name) => !['etag', 'timestamp', 'partitionKey'].includes(name));
}

/** Another value of the same type, made from the old one by one small change. */
function editOf(value: Wire[string], seed: number): Wire[string] {
  if (typeof value === 'string') return editedText(value, seed);
  const { type, value: text } = value;
  if (type === 'Int32') return { type, value: String(Number(text) + (seed % 7) + 1) };
  if (type === 'DateTime') {
    // From a year down to a tenth of a microsecond.
    const smaller = text.replace(/Z$/, `${'0'.repeat(seed % 4)}1Z`);
    return { type, value: seed % 2 === 0 ? smaller : editedText(text, 4 * (seed % 5)) };
  }
  return { type, value: editedText(text, seed) };
}

function editedText(text: string, seed: number): string {
  const at = seed % (text.length + 1);
  const bit = String.fromCharCode(text.charCodeAt(Math.min(at, text.length - 1)) ^ 1);
  const ways = [
    `${text.slice(0, at)}${bit}${text.slice(at + 1)}`,
    `${text.slice(0, at)}x${text.slice(at)}`,
    `${text.slice(0, Math.max(0, at - 1))}${text.slice(at)}`,
  ];
  return ways.find((way, index) => index >= seed % 3 && way !== text) ?? `${text}x`;
}

function replaced(stored: Stored, at: number, row: StoredRow): readonly StoredRow[] {
  return stored.rows.map((old, index) => (index === at ? row : old));
}

describe('a stored audit', () => {
  it('verifies as it was written, in stories and generated', async () => {
    await fc.assert(
      fc.asyncProperty(chain, async ([stored]) => {
        expect(await verify(stored)).toMatchObject({ ok: true, rows: stored.rows.length });
      }),
    );
    expect(stories.map(({ rows }) => rows.length).every((count) => count > 5)).toBe(true);
  });

  it('shows every edit of any column of one row', async () => {
    const touched = new Set<string>();
    await fc.assert(
      fc.asyncProperty(chain, fc.nat(), fc.nat(), async ([stored, at], which, seed) => {
        const row = rowAt(stored.rows, at);
        const columns = columnsOf(row);
        const name = columns[which % columns.length] ?? '';
        const value = row[name] as Wire[string];
        const edited = editOf(value, seed);
        fc.pre(JSON.stringify(edited) !== JSON.stringify(value));
        touched.add(name);
        const check = await verify({
          ...stored,
          rows: replaced(stored, at, { ...row, [name]: edited }),
        });
        expect(check.ok, `${name}: ${JSON.stringify(value).slice(0, 90)}`).toBe(false);
        // A row key tells the place: the rows then come in another order.
        if (!check.ok && name !== 'rowKey') expect(check.sequence).toBe(at + 1);
      }),
      { numRuns: RUNS },
    );
    expect([...touched].sort()).toEqual(
      ['at', 'body', 'body1', 'hash', 'prevHash', 'releaseId', 'rowKey', 'sequence'].sort(),
    );
  });

  it.each([
    ['a column that Slipway never wrote', (row: StoredRow) => ({ ...row, note: text('seen') })],
    ['a further part of the body behind a gap', (row: StoredRow) => ({ ...row, body7: text('x') })],
    ['a body cut into other parts', recut],
    ['a number as text', (row: StoredRow) => ({ ...row, sequence: text(wireText(row.sequence)) })],
    [
      'a number of another size',
      (row: StoredRow) => ({
        ...row,
        sequence: { type: 'Int64', value: wireText(row.sequence) },
      }),
    ],
    ['a time as text', (row: StoredRow) => ({ ...row, at: text(wireText(row.at)) })],
    ['no body', (row: StoredRow) => without(row, 'body')],
    ['no time', (row: StoredRow) => without(row, 'at')],
    ['no hash', (row: StoredRow) => without(row, 'hash')],
  ])('shows %s', async (_what, edit: (row: StoredRow) => StoredRow) => {
    await fc.assert(
      fc.asyncProperty(chain, async ([stored, at]) => {
        const rows = replaced(stored, at, edit(rowAt(stored.rows, at)));
        expect(await verify({ ...stored, rows })).toMatchObject({ ok: false, sequence: at + 1 });
      }),
      { numRuns: 50 },
    );
  });

  it('shows every removal: first, middle, last, several', async () => {
    await fc.assert(
      fc.asyncProperty(chain, fc.integer({ min: 1, max: 4 }), async ([stored, at], count) => {
        const rows = stored.rows.filter((_row, index) => index < at || index >= at + count);
        fc.pre(rows.length > 0);
        expect(await verify({ ...stored, rows })).toMatchObject({ ok: false, sequence: at + 1 });
      }),
      { numRuns: 500 },
    );
  });

  it('shows two rows that changed places, with and without their keys', async () => {
    await fc.assert(
      fc.asyncProperty(chain, fc.nat(), fc.boolean(), async ([stored, a], other, keys) => {
        const b = other % stored.rows.length;
        fc.pre(a !== b);
        const [one, two] = [rowAt(stored.rows, a), rowAt(stored.rows, b)];
        const swapped = stored.rows.map((row, index) => {
          if (index === a)
            return { ...two, rowKey: one.rowKey, ...(keys ? { sequence: one.sequence } : {}) };
          if (index === b)
            return { ...one, rowKey: two.rowKey, ...(keys ? { sequence: two.sequence } : {}) };
          return row;
        });
        const check = await verify({ ...stored, rows: swapped });
        expect(check).toMatchObject({ ok: false, sequence: Math.min(a, b) + 1 });
      }),
      { numRuns: 500 },
    );
  });

  it('shows every inserted row: a copy, a forged one, one before the first or after the last', async () => {
    const keys = (row: StoredRow): string[] => [
      `${row.rowKey}0`,
      row.rowKey.replace(/\d{8}$/, ''),
      row.rowKey.replace(/\d{8}$/, '99999999'),
      row.rowKey.replace(/audit:.*$/, 'a'),
      row.rowKey.replace(/audit:.*$/, 'z'),
    ];
    await fc.assert(
      fc.asyncProperty(
        chain,
        fc.nat({ max: 4 }),
        fc.boolean(),
        async ([stored, at], key, forge) => {
          const row = rowAt(stored.rows, at);
          const rowKey = keys(row)[key] ?? '';
          const copy = forge ? forged(row, stored.rows.length + 1, stored.rows.at(-1)) : row;
          await expectSeen(stored, [...stored.rows, { ...copy, rowKey }]);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('shows a row that was forged with its own hash, at its place or at the end', async () => {
    await fc.assert(
      fc.asyncProperty(chain, async ([stored, at]) => {
        const row = rowAt(stored.rows, at);
        const instead = forged(row, at + 1, stored.rows[at - 1]);
        await expectSeen(stored, replaced(stored, at, instead));
        const more = forged(row, stored.rows.length + 1, stored.rows.at(-1));
        await expectSeen(stored, [...stored.rows, more]);
      }),
      { numRuns: 300 },
    );
  });

  it('shows a row of another release, whole or put under the right key', async () => {
    await fc.assert(
      fc.asyncProperty(chain, chain, fc.boolean(), async ([stored, at], [other, from], rename) => {
        const foreign = rowAt(other.rows, from);
        const { rowKey, releaseId } = rowAt(stored.rows, at);
        fc.pre(JSON.stringify(foreign.hash) !== JSON.stringify(rowAt(stored.rows, at).hash));
        const put = { ...foreign, rowKey, ...(rename ? { releaseId } : {}) };
        await expectSeen(stored, replaced(stored, at, put));
      }),
      { numRuns: 300 },
    );
  });

  it('shows an edit of what the row of the release says of its chain', async () => {
    await fc.assert(
      fc.asyncProperty(chain, fc.nat(), fc.boolean(), async ([stored], seed, head) => {
        const state = JSON.parse(wireText(stored.release.state)) as Release;
        const edited = head
          ? { ...state, chainHead: editedText(state.chainHead, seed) }
          : { ...state, sequence: Math.max(0, state.sequence + (seed % 9) - 4) };
        fc.pre(JSON.stringify(edited) !== JSON.stringify(state));
        const columns = wireOf(releaseEntity(edited));
        expect((await verify({ ...stored, release: columns })).ok).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  it('shows an edit of any column of the release that is a copy', async () => {
    await fc.assert(
      fc.asyncProperty(chain, fc.nat(), fc.nat(), async ([stored], which, seed) => {
        const { release } = stored;
        const columns = columnsOf(release).filter((name) => name !== 'rowKey' && name !== 'state');
        const name = columns[which % columns.length] ?? '';
        const value = release[name] as Wire[string];
        const edited = editOf(value, seed);
        fc.pre(JSON.stringify(edited) !== JSON.stringify(value));
        const check = await verify({ ...stored, release: { ...release, [name]: edited } });
        expect(check).toMatchObject({ ok: false, sequence: 0 });
      }),
      { numRuns: 500 },
    );
  });

  it('reads rows of an older version that lack what reading adds', async () => {
    const stored = generated(2, 'old');
    const state = JSON.parse(wireText(stored.release.state)) as Release;
    const older = { ...state, reversible: undefined };
    const release = { ...stored.release, state: text(JSON.stringify(older)) };
    expect(await verify({ ...stored, release })).toMatchObject({ ok: true });
  });

  it('takes times for equal that the service writes with fewer or more digits', async () => {
    const stored = generated(1, 'time');
    const [row] = stored.rows;
    const at = wireText(row?.at);
    for (const written of [at.replace('Z', '0000Z'), at.replace(/0*Z$/, 'Z')]) {
      const rows = [{ ...rowAt(stored.rows, 0), at: { type: 'DateTime', value: written } }];
      expect(await verify({ ...stored, rows })).toMatchObject({ ok: true });
    }
  });
});

function text(value: string): Wire[string] {
  return { type: 'String', value };
}

function wireText(value: unknown): string {
  return (value as { readonly value: string }).value;
}

function without(row: StoredRow, column: string): StoredRow {
  const rest = Object.entries(row).filter(([name]) => name !== column);
  const { etag, partitionKey, rowKey } = row;
  return { ...Object.fromEntries(rest), etag, partitionKey, rowKey };
}

/** The same text over other columns. */
function recut(row: StoredRow): StoredRow {
  const whole = ['body', 'body1', 'body2']
    .map((name) => (name in row ? wireText(row[name]) : ''))
    .join('');
  const rest = without(without(row, 'body1'), 'body2');
  return { ...rest, body: text(whole.slice(0, 5)), body1: text(whole.slice(5)) };
}

/** A row that is true in itself and follows `before`: its hash is computed as Slipway does. */
function forged(row: StoredRow, sequence: number, before: StoredRow | undefined): StoredRow {
  const body = JSON.parse(
    ['body', 'body1'].map((name) => (name in row ? wireText(row[name]) : '')).join(''),
  ) as AuditRow & { at: never };
  const prevHash = before === undefined ? CHAIN_START : wireText(before.hash);
  const lie = { ...body, sequence, message: 'it never happened' };
  return wireOf(auditEntity(row.partitionKey, sealRow(lie, prevHash)));
}
