// `slipway audit verify` against the store in memory: what it finds, and what it does not mistake for it.
import { describe, expect, it } from 'vitest';

import { type AuditSource, verifyAudit } from '../../src/cli/audit-verify.ts';
import { StoreUnavailableError } from '../../src/controller/ports/store-errors.ts';
import type { AuditRow } from '../../src/release/audit.ts';
import { NotFoundError } from '../../src/release/errors.ts';
import { createMemoryStore } from '../support/memory-store.ts';
import { AT, sampleRelease } from '../support/store-samples.ts';
import { chainOf, writeChain } from './chain.ts';

const memory = () => createMemoryStore({ now: () => AT });

describe('audit verify', () => {
  it('says how many rows verify, and the head', async () => {
    const store = memory();
    const release = await writeChain(store.releaseStore, 5);
    expect(await verifyAudit(store, release.id)).toEqual({
      ok: true,
      rows: 5,
      head: release.chainHead,
    });
  });

  it.each([
    ['another message in the body', { body: '{}' }],
    ['another hash', { hash: 'f'.repeat(64) }],
    ['another time in the column', { at: AT + 99 }],
  ])('names the first bad row: %s', async (_what, change: Partial<AuditRow>) => {
    const store = memory();
    const release = await writeChain(store.releaseStore, 5);
    store.tamper(release.id, 3, change);
    store.tamper(release.id, 5, { body: '{}' });
    expect(await verifyAudit(store, release.id)).toMatchObject({ ok: false, sequence: 3 });
  });

  it('knows no release that is not there', async () => {
    const { id } = sampleRelease('0'.repeat(20));
    await expect(verifyAudit(memory(), id)).rejects.toBeInstanceOf(NotFoundError);
  });

  it('cannot tell while storage is away', async () => {
    const store = memory();
    const release = await writeChain(store.releaseStore, 2);
    store.down();
    await expect(verifyAudit(store, release.id)).rejects.toBeInstanceOf(StoreUnavailableError);
  });

  it('finds that the release itself was deleted', async () => {
    const store = memory();
    const release = await writeChain(store.releaseStore, 3);
    const withoutRelease: AuditSource = {
      ...store,
      releaseStore: { ...store.releaseStore, load: async () => undefined },
    };
    expect(await verifyAudit(withoutRelease, release.id)).toEqual({
      ok: false,
      sequence: 1,
      problem: 'the release itself is missing, 3 audit rows of it are there',
    });
  });

  it.each([1_000, 1_001, 2_500])('reads %i rows to the last', async (count) => {
    const release = { ...sampleRelease('0'.repeat(20)), sequence: count };
    const rows = chainOf(release.id, count);
    const source = sourceOf(() => ({ ...release, chainHead: rows.at(-1)?.hash ?? '' }), rows);
    expect(await verifyAudit(source, release.id)).toMatchObject({ ok: true, rows: count });
  });

  it('comes to an end when rows lie about their number', async () => {
    const release = { ...sampleRelease('0'.repeat(20)), sequence: 3_000 };
    const rows = chainOf(release.id, 3_000);
    const source = sourceOf(() => release, rows);
    const lying: AuditSource = {
      ...source,
      auditReader: {
        readAudit: async (id, range) => {
          const page = await source.auditReader.readAudit(id, range);
          return page.map((row) => ({ ...row, sequence: 1 }));
        },
      },
    };
    expect(await verifyAudit(lying, release.id)).toMatchObject({ ok: false, sequence: 2 });
  });

  it('takes a release that moves on while it reads for no broken chain', async () => {
    const all = chainOf(sampleRelease('0'.repeat(20)).id, 9);
    const [first] = all;
    const id = first?.releaseId ?? '';
    let moved = 2;
    const now = () => ({
      ...sampleRelease('0'.repeat(20)),
      id,
      sequence: moved,
      chainHead: all[moved - 1]?.hash ?? '',
    });
    const source: AuditSource = {
      ...sourceOf(now, all),
      auditReader: {
        readAudit: async () => {
          const rows = all.slice(0, moved);
          moved = Math.min(moved + 1, 4);
          return rows;
        },
      },
    };
    expect(await verifyAudit(source, id)).toMatchObject({ ok: true, rows: 4 });
  });
});

/** A store of which only what verifying reads is there. */
function sourceOf(
  release: () => ReturnType<typeof sampleRelease>,
  rows: readonly AuditRow[],
): AuditSource {
  const { releaseStore } = memory();
  return {
    releaseStore: {
      ...releaseStore,
      load: async () => ({ release: release(), plan: {} as never, bins: [], etag: 'e' }),
    },
    auditReader: {
      readAudit: async (_id, { from, max }) => rows.slice(from - 1, from - 1 + max),
    },
  };
}
