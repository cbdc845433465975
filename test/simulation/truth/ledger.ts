/** What really is in the tables: read from what was applied there, never from what the controller says. */
import type { AuditBody } from '../../../src/release/audit.ts';
import type { Plan } from '../../../src/release/plan.ts';
import type { AppRecord, Release } from '../../../src/release/release.ts';
import type { Applied, Entity } from '../cloud/tables.ts';
import type { Task } from '../instance.ts';

export interface StoredAudit {
  readonly sequence: number;
  readonly at: number;
  readonly body: AuditBody;
  readonly text: string;
  readonly prevHash: string;
  readonly hash: string;
}

/** One transaction that wrote a release row. */
export interface Commit {
  readonly task: Task | undefined;
  readonly before: Release | undefined;
  readonly release: Release;
  readonly rows: readonly StoredAudit[];
}

export interface Ledger {
  /** Every release's newest row, oldest release first. */
  readonly releases: ReadonlyMap<string, Release>;
  readonly plans: ReadonlyMap<string, Plan>;
  readonly app: AppRecord | undefined;
  /** Oldest first; its length grows with every commit. */
  auditOf(releaseId: string): readonly StoredAudit[];
  /** Told of everything that is applied to any table. */
  take(writes: readonly Applied[], task: Task | undefined): void;
}

export function createLedger(onCommit: (commit: Commit) => void): Ledger {
  const releases = new Map<string, Release>();
  const plans = new Map<string, Plan>();
  const audit = new Map<string, StoredAudit[]>();
  let app: AppRecord | undefined;

  function take(writes: readonly Applied[], task: Task | undefined): void {
    if (writes[0]?.table !== 'releases') return;
    let release: Release | undefined;
    const rows: StoredAudit[] = [];
    for (const { rowKey, after } of writes) {
      if (after === undefined) continue;
      if (rowKey.endsWith(':0')) release = textOf(after, 'state') as Release;
      else if (rowKey.endsWith(':1plan'))
        plans.set(rowKey.slice(0, -6), textOf(after, 'state') as Plan);
      else if (rowKey.includes(':3audit:')) rows.push(auditOf(after));
      else if (rowKey === 'app') app = textOf(after, 'state') as AppRecord;
    }
    if (release === undefined) return;
    const before = releases.get(release.id);
    releases.set(release.id, release);
    const known = audit.get(release.id);
    if (known === undefined) audit.set(release.id, rows);
    else known.push(...rows);
    if (task !== undefined) task.committed = release;
    onCommit({ task, before, release, rows });
  }

  return {
    releases,
    plans,
    get app() {
      return app;
    },
    auditOf: (id) => audit.get(id) ?? [],
    take,
  };
}

/** Long texts stand in several properties: `name`, `name1`, … */
function whole(entity: Entity, name: string): string {
  let text = '';
  for (let part = 0; ; part += 1) {
    const value = entity[part === 0 ? name : `${name}${part}`];
    if (typeof value !== 'string') return text;
    text += value;
  }
}

function textOf(entity: Entity, name: string): unknown {
  return JSON.parse(whole(entity, name));
}

function auditOf(entity: Entity): StoredAudit {
  const text = whole(entity, 'body');
  const { sequence, at, prevHash, hash } = entity;
  return {
    sequence: Number(sequence),
    at: at instanceof Date ? at.getTime() : NaN,
    body: JSON.parse(text) as AuditBody,
    text,
    prevHash: String(prevHash),
    hash: String(hash),
  };
}
