// Verifying and exporting on the real table service: what is edited there behind Slipway's back is seen.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { TableClient } from '@azure/data-tables';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { connectStore, type Store } from '../../src/adapters/store/connect.ts';
import { exportAudit } from '../../src/cli/audit-export.ts';
import { verifyFile } from '../../src/cli/audit-file.ts';
import { verifyAudit } from '../../src/cli/audit-verify.ts';
import type { Azurite } from '../../src/local/azurite.ts';
import type { ChainCheck } from '../../src/release/chain.ts';
import { NotFoundError } from '../../src/release/errors.ts';
import type { Release } from '../../src/release/release.ts';
import { rawTable, startTestAzurite } from '../support/azurite.ts';
import { freshAppKey, sampleRelease } from '../support/store-samples.ts';
import { writeChain } from './chain.ts';

let azurite: Azurite;
let store: Store;
let releases: TableClient;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'slipway-audit-'));
  azurite = await startTestAzurite();
  const connected = connectStore(
    { connectionString: azurite.connectionString },
    { encoding: 'none' },
  );
  await connected.ensureTables();
  store = connected;
  releases = rawTable(azurite, 'releases');
});

afterAll(async () => {
  await azurite.stop();
  rmSync(folder, { recursive: true });
});

const auditKey = (release: Release, sequence: number): string =>
  `${release.id}:3audit:${String(sequence).padStart(8, '0')}`;

async function exported(release: Release): Promise<{ text: string; check: ChainCheck }> {
  const lines = exportAudit(store, release.id);
  let text = '';
  for (;;) {
    const next = await lines.next();
    if (next.done === true) return { text, check: next.value };
    text += next.value;
  }
}

function fileOf(text: string | Uint8Array): string {
  const file = path.join(folder, 'export.jsonl');
  writeFileSync(file, text);
  return file;
}

const anyRelease = { releaseId: undefined, anchor: undefined };

describe('an audit in the table', () => {
  it('verifies page by page, and knows no other release', async () => {
    const release = await writeChain(store.releaseStore, 60);
    expect(await verifyAudit(store, release.id)).toEqual({
      ok: true,
      rows: 60,
      head: release.chainHead,
    });
    const { id } = sampleRelease(freshAppKey());
    await expect(verifyAudit(store, id)).rejects.toBeInstanceOf(NotFoundError);
  });

  it.each([
    ['a column that was never there', { note: 'seen' }],
    ['a copy that differs', { releaseId: 'other' }],
    ['a time that differs by less than a millisecond', { at: '2026-11-22T12:00:00.0020001Z' }],
    ['a number that became text', { sequence: '2' }],
    ['a number of another size', { sequence: { type: 'Int64', value: '2' } }],
    ['another hash', { hash: 'f'.repeat(64) }],
    ['a second part of the body', { body1: ' ' }],
    ['a part of the body behind a gap', { body5: 'x' }],
  ] as const)('shows %s', async (_what, edit) => {
    const release = await writeChain(store.releaseStore, 3);
    const key = { partitionKey: release.appKey, rowKey: auditKey(release, 2) };
    const at = 'at' in edit ? { at: { type: 'DateTime', value: edit.at } } : {};
    await releases.updateEntity({ ...key, ...edit, ...at }, 'Merge');
    expect(await verifyAudit(store, release.id)).toMatchObject({ ok: false, sequence: 2 });
  });

  it.each([':3', ':3audit:0', ':3audit:00000001x', ':3audit:99999999', ':3z'])(
    'shows a row that was put in under %s',
    async (suffix) => {
      const release = await writeChain(store.releaseStore, 2);
      const { appKey: partitionKey } = release;
      const row = await releases.getEntity(partitionKey, auditKey(release, 1));
      await releases.createEntity({ ...row, partitionKey, rowKey: `${release.id}${suffix}` });
      expect(await verifyAudit(store, release.id)).toMatchObject({ ok: false });
    },
  );

  it.each([
    ['phase', { phase: 'succeeded' }],
    ['a new one', { note: 'seen' }],
    ['state', { state: '{}' }],
  ])('shows an edit of the release itself: column %s', async (_column, edit) => {
    const release = await writeChain(store.releaseStore, 2);
    const key = { partitionKey: release.appKey, rowKey: `${release.id}:0` };
    await releases.updateEntity({ ...key, ...edit }, 'Merge');
    expect(await verifyAudit(store, release.id)).toMatchObject({ ok: false, sequence: 0 });
  });
});

describe('an export', () => {
  it('holds every row as it is hashed, and verifies without the store', async () => {
    const release = await writeChain(store.releaseStore, 5);
    const { text, check } = await exported(release);
    expect(check).toMatchObject({ ok: true, rows: 5, head: release.chainHead });
    const lines = text.trimEnd().split('\n');
    const rows = await store.auditReader.readAudit(release.id, { from: 1, max: 9 });
    expect(lines.slice(0, -1).map((line) => JSON.parse(line) as object)).toEqual(
      rows.map(({ sequence, at, body, prevHash, hash }) => {
        return { sequence, at: new Date(at).toISOString(), body, prevHash, hash };
      }),
    );
    expect(JSON.parse(lines.at(-1) ?? '')).toEqual({
      format: 'slipway-audit/1',
      release: release.id,
      rows: 5,
      head: release.chainHead,
    });
    expect(await verifyFile(fileOf(text), anyRelease)).toEqual({
      release: release.id,
      check: { ok: true, rows: 5, head: release.chainHead },
    });
  });

  it('of a damaged audit says so, and the file does too', async () => {
    const release = await writeChain(store.releaseStore, 4);
    const key = { partitionKey: release.appKey, rowKey: auditKey(release, 3) };
    await releases.updateEntity({ ...key, hash: 'f'.repeat(64) }, 'Merge');
    const { text, check } = await exported(release);
    expect(check).toMatchObject({ ok: false, sequence: 3 });
    expect((await verifyFile(fileOf(text), anyRelease)).check).toMatchObject({
      ok: false,
      sequence: 3,
    });
  });

  it('leaves out rows that come while it is written', async () => {
    const release = await writeChain(store.releaseStore, 3);
    const lines = exportAudit(store, release.id);
    await lines.next();
    const rest: string[] = [];
    for await (const line of lines) rest.push(line);
    expect(JSON.parse(rest.at(-1) ?? '')).toMatchObject({ rows: 3 });
  });

  it('shows whatever is changed in it: a character, a line, its order, its end', async () => {
    const release = await writeChain(store.releaseStore, 4);
    const { text } = await exported(release);
    const lines = text.trimEnd().split('\n');
    const from = (changed: readonly string[]): string => `${changed.join('\n')}\n`;
    const at = fc.nat({ max: lines.length - 1 });
    const edited = fc.oneof(
      fc
        .tuple(fc.nat({ max: text.length - 1 }), fc.string({ minLength: 1, maxLength: 3 }))
        .map(([place, put]) => `${text.slice(0, place)}${put}${text.slice(place + 1)}`),
      at.map((index) => from(lines.filter((_line, place) => place !== index))),
      at.map((index) => from([...lines.slice(0, index), ...lines.slice(index - 1)])),
      fc.tuple(at, at).map(([a, b]) => {
        const swapped = [...lines];
        [swapped[a], swapped[b]] = [lines[b] ?? '', lines[a] ?? ''];
        return from(swapped);
      }),
      fc.nat({ max: text.length - 1 }).map((end) => text.slice(0, end)),
      fc.constantFrom(
        `\uFEFF${text}`,
        `${text}\n`,
        `${text}${text}`,
        text.replaceAll('\n', '\r\n'),
      ),
    );
    await fc.assert(
      fc.asyncProperty(edited, async (changed) => {
        fc.pre(changed !== text);
        const said = await verifyFile(fileOf(changed), anyRelease).catch((error: unknown) => error);
        // No export at all is an error of its own.
        if (said instanceof Error) expect(said).toMatchObject({ code: 'invalid-input' });
        else expect(said).toMatchObject({ check: { ok: false } });
      }),
      { numRuns: 1_000 },
    );
  });

  it('of another release than the one asked for is refused', async () => {
    const release = await writeChain(store.releaseStore, 2);
    const { text } = await exported(release);
    const { id: releaseId } = sampleRelease(freshAppKey());
    const { check } = await verifyFile(fileOf(text), { releaseId, anchor: undefined });
    expect(check).toMatchObject({ ok: false, sequence: 1 });
  });

  it('is held to a head that was noted elsewhere', async () => {
    const release = await writeChain(store.releaseStore, 4);
    const { text } = await exported(release);
    const { hash: head = '' } = JSON.parse(text.split('\n')[1] ?? '') as { hash?: string };
    const checked = async (sequence: number, anchored: string): Promise<boolean> => {
      const anchor = { head: anchored, sequence };
      return (await verifyFile(fileOf(text), { releaseId: undefined, anchor })).check.ok;
    };
    expect(await checked(2, head)).toBe(true);
    expect(await checked(3, head)).toBe(false);
    expect(await checked(2, 'a'.repeat(64))).toBe(false);
  });

  it.each([
    ['nothing', ''],
    ['something else', '{"bins": []}\n'],
    ['no text at all', new Uint8Array([0xff, 0xfe, 0x0a])],
  ])('is not %s', async (_what, content) => {
    await expect(verifyFile(fileOf(content), anyRelease)).rejects.toMatchObject({
      code: 'invalid-input',
    });
  });
});
