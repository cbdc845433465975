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
      auditScanner: { ...store.auditScanner, scanRelease: async () => undefined },
    };
    expect(await verifyAudit(withoutRelease, release.id)).toEqual({
      ok: false,
      sequence: 0,
      problem: 'the release itself is missing, 3 audit rows of it are there',
    });
  });

  it('finds that the row of the release was edited, and names it by 0', async () => {
    const store = memory();
    const release = await writeChain(store.releaseStore, 3);
    const scanRelease: AuditSource['auditScanner']['scanRelease'] = async (id) => {
      const found = await store.auditScanner.scanRelease(id);
      return found && { ...found, problem: 'column phase is not what Slipway wrote' };
    };
    const edited: AuditSource = { auditScanner: { ...store.auditScanner, scanRelease } };
    expect(await verifyAudit(edited, release.id)).toEqual({
      ok: false,
      sequence: 0,
      problem: 'column phase is not what Slipway wrote',
    });
  });

  it('takes a release that moves on while it reads for no broken chain', async () => {
    const { id } = sampleRelease('0'.repeat(20));
    const all = chainOf(id, 9);
    let moved = 2;
    const source: AuditSource = {
      auditScanner: {
        scanRelease: async () => {
          const chain = { sequence: moved, head: all[moved - 1]?.hash ?? '' };
          return { chain, problem: undefined };
        },
        scanRows: async function* () {
          for (const row of all.slice(0, moved)) yield { row, problem: undefined };
          moved = Math.min(moved + 1, 4);
        },
      },
    };
    expect(await verifyAudit(source, id)).toMatchObject({ ok: true, rows: 4 });
  });

  it('finds a whole chain that was rewritten, when a head is anchored elsewhere', async () => {
    const store = memory();
    const release = await writeChain(store.releaseStore, 5);
    const anchor = { head: chainOf(release.id, 5)[2]?.hash ?? '', sequence: 3 };
    expect(await verifyAudit(store, release.id, anchor)).toMatchObject({ ok: true, anchoredAt: 3 });
    const rewritten = chainOf(release.id, 5, 'it was otherwise');
    const source: AuditSource = {
      auditScanner: {
        scanRelease: async () => {
          const chain = { sequence: 5, head: rewritten.at(-1)?.hash ?? '' };
          return { chain, problem: undefined };
        },
        scanRows: async function* () {
          for (const row of rewritten) yield { row, problem: undefined };
        },
      },
    };
    expect(await verifyAudit(source, release.id)).toMatchObject({ ok: true });
    expect(await verifyAudit(source, release.id, anchor)).toMatchObject({ ok: false, sequence: 3 });
  });
});
