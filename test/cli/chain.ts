// A release whose audit is a true chain, written to a store as the controller writes it.
import type { ReleaseStore } from '../../src/controller/ports/release-store.ts';
import type { AuditRow } from '../../src/release/audit.ts';
import { CHAIN_START, sealRow } from '../../src/release/chain.ts';
import type { Release } from '../../src/release/release.ts';
import { AT, freshAppKey, sampleCreation, sampleRelease } from '../support/store-samples.ts';

export function chainOf(releaseId: string, count: number, message = 'row'): AuditRow[] {
  const rows: AuditRow[] = [];
  for (let sequence = 1; sequence <= count; sequence += 1) {
    const body = {
      releaseId,
      sequence,
      at: new Date(AT + sequence).toISOString(),
      action: 'phase-changed',
      actor: { kind: 'system', name: 'slipway', objectId: undefined },
      from: 'queued',
      to: 'preflight',
      reason: 'preflight-running',
      message: `${message} ${String(sequence)}`,
      weight: { confirmed: 0, wanted: 0, share: 0 },
      facts: {},
    } as const;
    rows.push(sealRow(body, rows.at(-1)?.hash ?? CHAIN_START));
  }
  return rows;
}

export async function writeChain(store: ReleaseStore, count: number): Promise<Release> {
  const release = sampleRelease(freshAppKey());
  const rows = chainOf(release.id, count);
  const at = (sequence: number): Release => ({
    ...release,
    sequence,
    chainHead: rows[sequence - 1]?.hash ?? CHAIN_START,
  });
  await store.create(sampleCreation(at(1), { audit: rows.slice(0, 1) }));
  const etag = (await store.load(release.id))?.etag ?? '';
  await store.commit({
    release: at(count),
    etag,
    audit: rows.slice(1),
    bins: undefined,
    app: undefined,
  });
  return at(count);
}
