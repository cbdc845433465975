/** The mark of the audit: what the page finds out about a chain, and the file that it writes. */
import { createHash } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import type { AuditRowView } from '../../src/api/contract.ts';
import { auditAnswer } from '../../src/api/views.ts';
import { auditEntry, filterEntries } from '../../src/dashboard/data/audit-body.ts';
import { ChainReader, exportLines } from '../../src/dashboard/data/chain.ts';
import { readExportLine } from '../../src/release/audit-export.ts';
import { CHAIN_START, sealRow, verifyChain } from '../../src/release/chain.ts';

const ID = `${'0'.repeat(20)}-${'1'.repeat(19)}`;
const sha256 = async (text: string): Promise<string> =>
  createHash('sha256').update(text).digest('hex');

/** Bodies with what JSON could write in another way. */
const FACTS = [
  { text: 'ü "quoted" \u2028 \u0007 😀', list: [1e21, 0.1, -5, null, true] },
  { 200: 'a key like a number', 5: 'and a smaller one', z: { '': 0 } },
  { query: 'requests\n| where x == "y"', __proto__: 'no key at all' },
];

const rows = FACTS.reduce<ReturnType<typeof sealRow>[]>((chain, facts, index) => {
  const body = {
    ...{ releaseId: ID, sequence: index + 1, at: `2026-01-01T00:00:0${index}.000Z` },
    ...{ action: 'intent-decided', message: `row ${index}`, facts },
  };
  return [...chain, sealRow(body, chain.at(-1)?.hash ?? CHAIN_START)];
}, []);
/** As it arrives: over HTTP, so through JSON. */
const VIEWS = (
  JSON.parse(JSON.stringify(auditAnswer(ID, rows, 100))) as { rows: readonly AuditRowView[] }
).rows;
const END = { release: ID, sequence: 3, chainHead: rows.at(-1)?.hash ?? '' };

async function markOf(
  views: readonly AuditRowView[],
  end = END,
): Promise<ReturnType<ChainReader['mark']>> {
  const reader = new ChainReader(ID, sha256);
  await reader.read(views);
  return reader.mark(end);
}

const changed = (at: number, change: Partial<AuditRowView>): readonly AuditRowView[] =>
  VIEWS.map((row, index) => (index === at ? { ...row, ...change } : row));

describe('the mark', () => {
  it('is whole for what Slipway wrote, as the command says too', async () => {
    expect(await markOf(VIEWS)).toEqual({ kind: 'whole', rows: 3, head: END.chainHead });
    expect(verifyChain(rows, { releaseId: ID, sequence: 3, head: END.chainHead }).ok).toBe(true);
  });

  it('goes on where it ended', async () => {
    const reader = new ChainReader(ID, sha256);
    await reader.read(VIEWS.slice(0, 2));
    expect(reader.mark(END)).toBeUndefined();
    await reader.read(VIEWS);
    expect(reader.mark(END)).toMatchObject({ kind: 'whole', rows: 3 });
  });

  it.each([
    ['a changed body', changed(1, { body: { ...Object(VIEWS[1]?.body), message: 'other' } }), 2],
    ['a changed column', changed(1, { at: '2026-01-02T00:00:00.000Z' }), 2],
    ['a body that is no JSON', changed(0, { body: '{' }), 1],
    ['a row that is gone', VIEWS.toSpliced(1, 1), 2],
    ['rows in another order', [VIEWS[1], VIEWS[0], VIEWS[2]].filter((row) => row !== undefined), 1],
    ['another hash before', changed(2, { prevHash: CHAIN_START }), 3],
  ] as const)('is broken by %s', async (_what, views, sequence) => {
    expect(await markOf(views)).toMatchObject({ kind: 'broken', sequence });
  });

  it('is broken when the release names another head, or belongs to another', async () => {
    expect(await markOf(VIEWS, { ...END, chainHead: CHAIN_START })).toMatchObject({
      kind: 'broken',
    });
    const other = new ChainReader('another', sha256);
    await other.read(VIEWS);
    expect(other.mark(END)).toMatchObject({ kind: 'broken', sequence: 1 });
  });
});

describe('the file', () => {
  it('is an export as the command reads it', () => {
    const lines = exportLines(VIEWS, END).trimEnd().split('\n');
    const read = lines.map((line) => readExportLine(line, ID));
    expect(read.map(({ kind }) => kind)).toEqual(['row', 'row', 'row', 'trailer']);
    const exported = read.flatMap((line) => (line.kind === 'row' ? [line.row] : []));
    expect(exported).toEqual(rows);
  });
});

describe('the filter', () => {
  const entries = VIEWS.map(auditEntry);

  it.each([
    ['', [1, 2, 3]],
    ['row', [1, 2, 3]],
    ['ROW 1', [1, 2]],
    ['decided 2 ', [2, 3]],
    ['nothing', []],
  ])('%j', (filter, sequences) => {
    expect(filterEntries(entries, filter).map(({ sequence }) => sequence)).toEqual(sequences);
  });

  it('takes a damaged row as it is', () => {
    expect(auditEntry({ ...END, at: 'x', body: 'not JSON', prevHash: '', hash: '' })).toMatchObject(
      {
        message: 'not JSON',
        action: '',
        weight: { share: 0 },
      },
    );
  });
});
