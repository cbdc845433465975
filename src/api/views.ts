/** Everything but a release, as it crosses HTTP. */
import type { AuditRow } from '../release/audit.ts';
import type { AppRecord, Release } from '../release/release.ts';
import type { WrittenApp } from '../release/written-app.ts';
import type { AppAnswer, AuditAnswer, AuditRowView, PoisonAnswer } from './contract.ts';
import type { Links } from './links.ts';
import { releaseView } from './release-view.ts';
import { iso, isoOrNull } from './time.ts';

/** @param max the page size that was asked for: a full page has a next one */
export function auditAnswer(release: string, rows: readonly AuditRow[], max: number): AuditAnswer {
  return { release, ...auditPage(rows, max) };
}

/** Rows and where the next page begins, of whatever chain. */
export function auditPage(
  rows: readonly AuditRow[],
  max: number,
): Pick<AuditAnswer, 'rows' | 'next'> {
  const last = rows.at(-1);
  const next = last !== undefined && rows.length >= max ? last.sequence + 1 : null;
  return { rows: rows.map(auditRowView), next };
}

function auditRowView(row: AuditRow): AuditRowView {
  const { sequence, prevHash, hash } = row;
  return { sequence, at: iso(row.at), body: parsedOrText(row.body), prevHash, hash };
}

/** A row that somebody damaged is shown as it is: showing the audit must not fail because of it. */
function parsedOrText(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

export function appAnswer(
  state: {
    readonly appKey: string;
    readonly app: AppRecord | undefined;
    readonly active: Release | undefined;
    readonly entry: WrittenApp | undefined;
  },
  links: Links,
): AppAnswer {
  const { appKey, app, active, entry } = state;
  const promoted = app?.lastPromoted;
  return {
    app: {
      key: appKey,
      siteId: app?.siteId ?? null,
      free: active === undefined,
      active: active === undefined ? null : releaseView(active, links),
      lastPromoted:
        promoted === undefined
          ? null
          : { release: promoted.releaseId, version: promoted.version, at: iso(promoted.at) },
      aftercareUntil: isoOrNull(app?.aftercare?.until),
      entry: entry ?? null,
    },
  };
}

interface PoisonRecord {
  readonly id: string;
  readonly queue: string;
  readonly at: number;
  readonly message: string;
  readonly code: string;
  readonly problem: string;
}

export function poisonAnswer(records: readonly PoisonRecord[]): PoisonAnswer {
  return { poison: records.map((record) => ({ ...record, at: iso(record.at) })) };
}
