import type { TableEntity } from '@azure/data-tables';
import { z } from 'zod';

import type { StartRecord } from '../../controller/ports/release-store.ts';
import type { AuditRow } from '../../release/audit.ts';
import type { Plan } from '../../release/plan.ts';
import type { AppRecord, Release } from '../../release/release.ts';
import { fromJsonText, toJsonText } from './json-text.ts';
import { APP_ROW, auditRow, planRow, releaseRow, startRow } from './keys.ts';
import { refuse } from './store-failure.ts';
import type { StoredRow } from './table-query.ts';
import { joinText, splitText } from './text-parts.ts';

/** The shape of a release that this version reads and writes. */
const SCHEMA = 1;

// Only what the store itself relies on. Rows are written by this code alone, and a change of their
// shape raises `schema`; a full second description of Release would have to be kept in step by hand.
const VERSIONED = z.looseObject({ schema: z.unknown() });
const RELEASE = z.looseObject({
  id: z.string(),
  appKey: z.string(),
  sequence: z.int().min(0),
  chainHead: z.string(),
  stage: z.looseObject({ phase: z.string() }),
});
const PLAN = z.looseObject({
  name: z.string(),
  steps: z.array(z.looseObject({ weight: z.number() })),
  analysis: z.looseObject({ intervalMs: z.number() }),
});
const APP = z.looseObject({ appKey: z.string(), siteId: z.string() });
const START = z.object({ contentHash: z.string(), releaseId: z.string() });
const AUDIT = z.object({
  releaseId: z.string(),
  sequence: z.number(),
  at: z.date(),
  prevHash: z.string(),
  hash: z.string(),
});

/** Columns beside `state` are for people who look at the table; only `state` is read back. */
export function releaseEntity(release: Release): TableEntity {
  const rowKey = releaseRow(release.id);
  return {
    partitionKey: release.appKey,
    rowKey,
    schema: release.schema,
    phase: release.stage.phase,
    version: release.version,
    sequence: release.sequence,
    updatedAt: new Date(release.updatedAt),
    ...splitText('state', toJsonText(release), `Row ${rowKey}`),
  };
}

export function planEntity(release: Release, plan: Plan): TableEntity {
  const rowKey = planRow(release.id);
  return {
    partitionKey: release.appKey,
    rowKey,
    name: plan.name,
    ...splitText('state', toJsonText(plan), `Row ${rowKey}`),
  };
}

export function appEntity(app: AppRecord): TableEntity {
  return {
    partitionKey: app.appKey,
    rowKey: APP_ROW,
    siteId: app.siteId,
    active: app.active ?? '',
    ...splitText('state', toJsonText(app), `Row ${APP_ROW} of app ${app.appKey}`),
  };
}

export function startEntity(appKey: string, start: StartRecord): TableEntity {
  return {
    partitionKey: appKey,
    rowKey: startRow(start.keyHash),
    contentHash: start.contentHash,
    releaseId: start.releaseId,
  };
}

/** `body` is the text that is hashed, to the character; the other columns are copies. */
export function auditEntity(appKey: string, row: AuditRow): TableEntity {
  const rowKey = auditRow(row.releaseId, row.sequence);
  return {
    partitionKey: appKey,
    rowKey,
    releaseId: row.releaseId,
    sequence: row.sequence,
    at: new Date(row.at),
    prevHash: row.prevHash,
    hash: row.hash,
    ...splitText('body', row.body, `Row ${rowKey}`),
  };
}

/** @throws StoreFailure when the row has another schema or is no release. */
export function releaseOf(row: StoredRow): Release {
  const where = `Row ${row.rowKey}`;
  const value = fromJsonText(joinText('state', row, where), where);
  assertRelease(value, row.rowKey);
  // Rows from before there were irreversible releases do not say it.
  return { ...value, reversible: (value as Partial<Release>).reversible ?? true };
}

export function planOf(row: StoredRow): Plan {
  const where = `Row ${row.rowKey}`;
  const value = fromJsonText(joinText('state', row, where), where);
  assertPlan(value, where);
  return value;
}

export function appOf(row: StoredRow): AppRecord {
  const where = `Row ${APP_ROW} of app ${row.partitionKey}`;
  const value = fromJsonText(joinText('state', row, where), where);
  assertApp(value, where);
  return value;
}

export function startOf(keyHash: string, row: StoredRow): StartRecord {
  const start = START.safeParse(row);
  if (!start.success) return refuse(shapeMessage(`Row ${row.rowKey}`, start.error));
  return { keyHash, ...start.data };
}

/** The columns as they are stored, so that a check of the chain can see what was changed. */
export function auditOf(row: StoredRow): AuditRow {
  const where = `Row ${row.rowKey}`;
  const audit = AUDIT.safeParse(row);
  if (!audit.success) return refuse(shapeMessage(where, audit.error));
  return { ...audit.data, at: audit.data.at.getTime(), body: joinText('body', row, where) };
}

function assertRelease(value: unknown, rowKey: string): asserts value is Release {
  const schema = VERSIONED.safeParse(value).data?.schema;
  if (schema !== SCHEMA) {
    refuse(
      `Release ${rowKey.slice(0, -2)} is stored with schema ${String(schema)}; this version of Slipway reads ${SCHEMA}. Deploy the version that wrote it, or a newer one`,
    );
  }
  const parsed = RELEASE.safeParse(value);
  if (!parsed.success) refuse(shapeMessage(`Row ${rowKey}`, parsed.error));
  else if (releaseRow(parsed.data.id) !== rowKey) {
    refuse(
      `Row ${rowKey} holds release ${parsed.data.id}: it was copied or renamed. Restore the row`,
    );
  }
}

function assertPlan(value: unknown, where: string): asserts value is Plan {
  const parsed = PLAN.safeParse(value);
  if (!parsed.success) refuse(shapeMessage(where, parsed.error));
}

function assertApp(value: unknown, where: string): asserts value is AppRecord {
  const parsed = APP.safeParse(value);
  if (!parsed.success) refuse(shapeMessage(where, parsed.error));
}

function shapeMessage(where: string, error: z.ZodError): string {
  return `${where} is not what Slipway writes: ${z.prettifyError(error)}. Restore the row`;
}
