import type { TableEntity } from '@azure/data-tables';
import { z } from 'zod';

import type { RegistryHead, StoredApp } from '../../controller/ports/app-registry.ts';
import { fromJsonText, toJsonText } from './json-text.ts';
import { checkedKey } from './keys.ts';
import { refuse } from './store-failure.ts';
import type { StoredRow } from './table-query.ts';
import { joinText, splitText } from './text-parts.ts';

/** All of the registry is one partition, so that a change and its audit are one transaction. */
export const APPS_PARTITION = 'apps';

// Sort as they are read: audit rows (`apps:3audit:…`), the head, the names; then the sites.
export const HEAD_ROW = 'head';
export const nameRow = (name: string): string => checkedKey(`name:${name}`);
/** After every name: ";" follows ":". */
export const END_OF_NAMES = 'name;';
export const siteRow = (appKey: string): string => checkedKey(`site:${appKey}`);

const HEAD = z.object({ sequence: z.int().min(0), chainHead: z.string() });
const APP = z.object({
  name: z.string(),
  appKey: z.string(),
  written: z.looseObject({ name: z.string() }),
});
const SITE = z.object({ name: z.string() });

export function headEntity(head: RegistryHead): TableEntity {
  const { sequence, chainHead } = head;
  return { partitionKey: APPS_PARTITION, rowKey: HEAD_ROW, sequence, chainHead };
}

/** Columns beside `state` are for people who look at the table; only `state` is read back. */
export function appEntryEntity(app: StoredApp): TableEntity {
  const rowKey = nameRow(app.name);
  return {
    partitionKey: APPS_PARTITION,
    rowKey,
    appKey: app.appKey,
    ...splitText('state', toJsonText(app), `Row ${rowKey}`),
  };
}

export function siteEntity(app: StoredApp): TableEntity {
  return { partitionKey: APPS_PARTITION, rowKey: siteRow(app.appKey), name: app.name };
}

export function headOf(row: StoredRow): RegistryHead {
  const head = HEAD.safeParse(row);
  if (!head.success) return refuse(`Row ${HEAD_ROW} is not what Slipway writes. Restore the row`);
  return head.data;
}

export function appNameOf(row: StoredRow): string {
  const site = SITE.safeParse(row);
  if (!site.success) return refuse(`Row ${row.rowKey} is not what Slipway writes. Restore the row`);
  return site.data.name;
}

/** What was written is checked again where it is read as an entry. */
export function storedAppOf(row: StoredRow): StoredApp {
  const where = `Row ${row.rowKey}`;
  const value = fromJsonText(joinText('state', row, where), where);
  assertApp(value, row.rowKey);
  return value;
}

/** A row that was copied or renamed would give one app's rights to another. */
function assertApp(value: unknown, rowKey: string): asserts value is StoredApp {
  const app = APP.safeParse(value);
  if (!app.success) {
    refuse(
      `Row ${rowKey} is not what Slipway writes: ${z.prettifyError(app.error)}. Apply its entry again`,
    );
  } else if (nameRow(app.data.name) !== rowKey || app.data.written.name !== app.data.name) {
    refuse(`Row ${rowKey} holds app ${app.data.name}: it was copied or renamed. Restore the row`);
  }
}
