import { isRestError } from '@azure/core-rest-pipeline';
import { odata } from '@azure/data-tables';
import { z } from 'zod';

import type {
  Catalog,
  CatalogEntry,
  CatalogPage,
  CatalogQuery,
} from '../../controller/ports/catalog.ts';
import { BadContinuationError } from '../../controller/ports/store-errors.ts';
import type { Phase } from '../../release/release.ts';
import { UNFINISHED, hasEnded, ownPartitions, partitionFor } from './catalog-partitions.ts';
import { checkedKey, invertedTime } from './keys.ts';
import type { RowClient } from './row-client.ts';
import { isMissing, refuse, stored } from './store-failure.ts';
import { asRow, keyRange, queryRows, type StoredRow } from './table-query.ts';

/** Partition of the rows that name the months there are, so that empty months cost nothing. */
const MONTHS = 'months';
const PAGE_MAX = 50;
/** A filter that matches little walks far; the page then ends early with a continuation. */
const REQUESTS_MAX = 24;
const CONTINUATION_CHARS_MAX = 4_000;
const PARTITION_CHARS_MAX = 500;

const MONTH = /^\d{4}-(0[1-9]|1[0-2])$/;
/** In the SDK's token: what the service gave as headers, and so will be sent as headers. */
const POSITION = z
  .string()
  .min(1)
  .max(2_000)
  .regex(/^[\x21-\x7e]*$/);
const TOKEN = z.strictObject({ nextPartitionKey: POSITION, nextRowKey: POSITION.optional() });
const CONTINUATION = z.strictObject({
  month: z.string().regex(MONTH).optional(),
  /** Of the list that reads one. */
  partition: z.string().max(PARTITION_CHARS_MAX).optional(),
  token: z.base64().refine(isToken).optional(),
});
const PHASES: Record<Phase, true> = {
  queued: true,
  preflight: true,
  ramping: true,
  promoting: true,
  watching: true,
  paused: true,
  'rolling-back': true,
  failed: true,
  succeeded: true,
  'rolled-back': true,
  aborted: true,
  rejected: true,
};
const ROW = z.object({
  releaseId: z.string(),
  appKey: z.string(),
  phase: z.custom<Phase>((value) => typeof value === 'string' && Object.hasOwn(PHASES, value)),
  // A row that an earlier build wrote has none: its phase says it, and no list by `finished` has it.
  finished: z.boolean().optional(),
  keyHash: z.string().optional(),
  createdAt: z.date(),
});

/** Where a list goes on: in this month if it reads months, after the rows that `token` (of the SDK) stands for. */
type Position = z.infer<typeof CONTINUATION>;

/**
 * Azure Tables, table `catalog`: partition = month of creation, and those of catalog-partitions.ts; row
 * key = inverted time and id.
 */
export function createCatalog(client: RowClient): Catalog {
  const marked = new Set<string>();
  return {
    async put(entry) {
      await stored(`write of catalog row ${entry.releaseId}`, async () => {
        const month = monthOf(entry.createdAt);
        // The month first: a row in a month without its marker would never be listed.
        if (!marked.has(month)) await client.upsertEntity(monthRow(month), 'Replace');
        marked.add(month);
        await Promise.all([
          ...[month, ...ownPartitions(entry)].map((partition) =>
            client.upsertEntity(entryRow(entry, partition), 'Replace'),
          ),
          putUnfinished(client, entry),
        ]);
      });
    },
    list: (query) => list(client, query),
  };
}

async function putUnfinished(client: RowClient, entry: CatalogEntry): Promise<void> {
  const row = entryRow(entry, UNFINISHED);
  if (!hasEnded(entry.phase)) {
    await client.upsertEntity(row, 'Replace');
    return;
  }
  try {
    await client.deleteEntity(row.partitionKey, row.rowKey);
  } catch (error) {
    // It was never there, or it is gone already.
    if (!isMissing(error)) throw error;
  }
}

async function list(client: RowClient, query: CatalogQuery): Promise<CatalogPage> {
  const max = Math.min(Math.max(1, query.max), PAGE_MAX);
  const start = query.continuation === undefined ? undefined : positionOf(query.continuation);
  const partition = partitionFor(query);
  // A continuation belongs to the list that gave it out.
  const isOfMonths = start?.month !== undefined;
  if (
    start !== undefined &&
    (start.partition !== partition || isOfMonths !== (partition === undefined))
  ) {
    throw new BadContinuationError();
  }
  return partition === undefined
    ? listMonths(client, { query, max, start })
    : listPartition(client, { query, max, start, partition });
}

interface ListInput {
  readonly query: CatalogQuery;
  readonly max: number;
  readonly start: Position | undefined;
}

async function listPartition(
  client: RowClient,
  { query, max, start, partition }: ListInput & { readonly partition: string },
): Promise<CatalogPage> {
  const entries: CatalogEntry[] = [];
  let token = start?.token;
  for (let requests = 1; ; requests += 1) {
    const page = await pageOf(client, query, { partition, token, max: max - entries.length });
    entries.push(...page.entries);
    token = page.token;
    if (token === undefined) return { entries, continuation: undefined };
    if (entries.length >= max || requests >= REQUESTS_MAX) {
      return { entries, continuation: textOf({ partition, token }) };
    }
  }
}

async function listMonths(
  client: RowClient,
  { query, max, start }: ListInput,
): Promise<CatalogPage> {
  const months = await monthsFrom(client, start?.month);
  const entries: CatalogEntry[] = [];
  let requests = 0;
  for (const [index, month] of months.entries()) {
    const older = months[index + 1];
    let token = month === start?.month ? start.token : undefined;
    do {
      const page = await pageOf(client, query, {
        ...{ partition: month, token },
        max: max - entries.length,
      });
      entries.push(...page.entries);
      token = page.token;
      requests += 1;
      if (entries.length >= max || requests >= REQUESTS_MAX) {
        const next = token === undefined ? older && { month: older } : { month, token };
        return { entries, continuation: next && textOf(next) };
      }
    } while (token !== undefined);
  }
  return { entries, continuation: undefined };
}

/** Newest first. One more than can be visited, so that the last one visited knows what is next. */
async function monthsFrom(client: RowClient, month: string | undefined): Promise<string[]> {
  const from = month === undefined ? '0' : monthRow(month).rowKey;
  const rows = await queryRows(client, {
    what: 'list of the months of the catalog',
    filter: keyRange(MONTHS, { from, to: ':' }),
    max: REQUESTS_MAX + 1,
  });
  return rows.map((row) => {
    const name = z.string().regex(MONTH).safeParse(row.month);
    return name.success ? name.data : refuse(`Row ${row.rowKey} of ${MONTHS} names no month`);
  });
}

async function pageOf(
  client: RowClient,
  query: CatalogQuery,
  where: { readonly partition: string; readonly token: string | undefined; readonly max: number },
): Promise<{ entries: CatalogEntry[]; token: string | undefined }> {
  const { partition, token } = where;
  const filter = [
    odata`PartitionKey eq ${partition}`,
    ...(query.appKey === undefined ? [] : [odata`appKey eq ${query.appKey}`]),
    ...(query.phase === undefined ? [] : [odata`phase eq ${query.phase}`]),
    ...(query.finished === undefined ? [] : [odata`finished eq ${query.finished}`]),
    ...(query.keyHash === undefined ? [] : [odata`keyHash eq ${query.keyHash}`]),
  ].join(' and ');
  try {
    return await stored(`list of the releases of ${partition}`, async () => {
      const pages = client.listEntities({ queryOptions: { filter } }).byPage({
        maxPageSize: where.max,
        ...(token === undefined ? {} : { continuationToken: token }),
      });
      const page = await pages.next();
      if (page.done === true) return { entries: [], token: undefined };
      const entries = page.value.map((entity) => entryOf(asRow(entity)));
      return { entries, token: page.value.continuationToken };
    });
  } catch (cause) {
    if (token !== undefined && isBadRequest(cause)) throw new BadContinuationError({ cause });
    throw cause;
  }
}

/** The service could not read it, though it has the form of a token: it was not given out by it. */
function isBadRequest(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return isRestError(cause) && cause.statusCode === 400;
}

/** The SDK itself takes any text for a token, and fails on most of them. */
function isToken(base64: string): boolean {
  try {
    return TOKEN.safeParse(JSON.parse(Buffer.from(base64, 'base64').toString())).success;
  } catch {
    return false;
  }
}

function entryRow(entry: CatalogEntry, partition: string) {
  return {
    partitionKey: checkedKey(partition),
    rowKey: checkedKey(`${invertedTime(entry.createdAt)}-${entry.releaseId}`),
    releaseId: entry.releaseId,
    appKey: entry.appKey,
    phase: entry.phase,
    finished: entry.finished,
    createdAt: new Date(entry.createdAt),
    ...(entry.keyHash === undefined ? {} : { keyHash: entry.keyHash }),
  };
}

function entryOf(row: StoredRow): CatalogEntry {
  const entry = ROW.safeParse(row);
  if (!entry.success) {
    return refuse(
      `Catalog row ${row.rowKey} of ${row.partitionKey} is not what Slipway writes. Delete it; it is only a hint`,
    );
  }
  const { createdAt, keyHash, finished = hasEnded(entry.data.phase), ...rest } = entry.data;
  return { ...rest, finished, keyHash, createdAt: createdAt.getTime() };
}

/** Months sort newest first too. */
function monthRow(month: string) {
  const inverted = 999_999 - Number(month.replace('-', ''));
  return { partitionKey: MONTHS, rowKey: String(inverted).padStart(6, '0'), month };
}

function monthOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 7);
}

function textOf(position: Position): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/** @throws BadContinuationError */
function positionOf(continuation: string): Position {
  try {
    if (continuation.length > CONTINUATION_CHARS_MAX) throw new RangeError('too long');
    const json: unknown = JSON.parse(Buffer.from(continuation, 'base64url').toString());
    return CONTINUATION.parse(json);
  } catch (cause) {
    throw new BadContinuationError({ cause });
  }
}
