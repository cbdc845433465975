/** What the store in memory holds, as plain rows. */
import type { CatalogEntry } from '../../src/controller/ports/catalog.ts';
import type { DueEntry } from '../../src/controller/ports/due-table.ts';
import type { PoisonRecord } from '../../src/controller/ports/poison-box.ts';
import type { LoadedApp, StartRecord } from '../../src/controller/ports/release-store.ts';
import { fromJsonText, toJsonText } from '../../src/adapters/store/json-text.ts';
import type { Bin } from '../../src/judge/types.ts';
import type { AuditRow } from '../../src/release/audit.ts';
import type { Plan } from '../../src/release/plan.ts';
import type { Release } from '../../src/release/release.ts';

/** A tick message as it was sent. */
export interface SentTick {
  readonly releaseId: string;
  readonly delayMs: number;
  /** When the queue would show it. */
  readonly visibleAt: number;
}

export interface ReleaseRows {
  release: Release;
  readonly plan: Plan;
  bins: readonly Bin[];
  readonly audit: Map<number, AuditRow>;
  etag: string;
}

export class State {
  readonly releases = new Map<string, ReleaseRows>();
  readonly apps = new Map<string, LoadedApp>();
  readonly starts = new Map<string, StartRecord>();
  readonly catalog = new Map<string, CatalogEntry>();
  readonly due = new Map<string, DueEntry>();
  readonly poison = new Map<string, PoisonRecord>();
  ticks: SentTick[] = [];
  #writes = 0;

  nextEtag(): string {
    this.#writes += 1;
    return `etag-${this.#writes}`;
  }
}

/** What the store gives back went through JSON, as in the real one: nothing is shared with callers. */
export function copy<T extends object>(value: T): T {
  return fromJsonText(toJsonText(value), 'a copy') as T;
}

export function auditOf(state: State, releaseId: string): readonly AuditRow[] {
  const rows = state.releases.get(releaseId)?.audit.values() ?? [];
  return [...rows].sort((one, other) => one.sequence - other.sequence).map((row) => copy(row));
}
