/** The app registry as it crosses HTTP. */
import type { AppChange } from '../release/apps-change.ts';
import type { AuditRow } from '../release/audit.ts';
import { APPS_BYTES_MAX, parseApps, type ReadApp } from '../release/parse-apps.ts';
import type { AppsAppliedAnswer, AppsAuditAnswer, AppsHead } from './contract.ts';
import { bodyText } from './parse-request.ts';
import { auditPage } from './views.ts';

/** @throws InvalidInputError, SlipwayError `too-large` */
export function parseAppsBody(bytes: Uint8Array): readonly ReadApp[] {
  return parseApps(bodyText(bytes, APPS_BYTES_MAX));
}

export function appsAppliedAnswer(applied: {
  readonly changes: readonly AppChange[];
  readonly head: AppsHead;
}): AppsAppliedAnswer {
  const apps = applied.changes.map(({ name, kind, fields }) => ({
    name,
    change: kind,
    fields: fields.map(({ path, before, after }) => ({
      path,
      before: before ?? null,
      after: after ?? null,
    })),
  }));
  return { apps, ...applied.head };
}

/** @param max the page size that was asked for */
export function appsAuditAnswer(
  audit: { readonly rows: readonly AuditRow[]; readonly head: AppsHead },
  max: number,
): AppsAuditAnswer {
  return { ...auditPage(audit.rows, max), ...audit.head };
}
