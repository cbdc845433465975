import type { TableEntity } from '@azure/data-tables';
import { z } from 'zod';

import type { ProbeClaim, ProbeOutcomes } from '../../controller/ports/probe-outcomes.ts';
import type { AskedWindow } from '../../controller/ports/probe-work.ts';
import { ConflictError } from '../../controller/ports/store-errors.ts';
import type { PairedBin } from '../../release/facts.ts';
import { fromJsonText } from './json-text.ts';
import { checkedKey, partitionOf } from './keys.ts';
import type { RowClient } from './row-client.ts';
import { asStoreFailure, isConflict, isMissing, refuse } from './store-failure.ts';
import { getRow, keyRange, queryRows, type StoredRow } from './table-query.ts';

/** At bins of a minute more than a week; what is beyond comes with the next read. */
const WINDOWS_READ_MAX = 12_000;
const TIME_DIGITS = 15;

const COUNT = z.int().min(0);
const TALLY = z.object({ n: COUNT, x: z.array(COUNT) });
const BOTH = z.object({ canary: TALLY, baseline: TALLY });
const COUNTS = z.object({ startMs: z.number(), answers: BOTH, latency: BOTH.optional() });

/**
 * In table `releases`, the app's partition, a row a window: `probes:{release}:{start}`. The keys of a release
 * begin with its id, so neither a tick's read nor an audit's ever meets these rows; at most 1,440 a day.
 */
export function createProbeOutcomes(client: RowClient): ProbeOutcomes {
  return {
    claim: (window, id) => claim(client, window, id),
    record: (claimed, counts) => record(client, claimed, counts),
    read: (releaseId, range) => read(client, releaseId, range),
  };
}

async function claim(
  client: RowClient,
  window: AskedWindow,
  id: string,
): Promise<ProbeClaim | undefined> {
  const key = keyOf(window);
  const what = `claim of probes ${key.rowKey}`;
  try {
    const { etag } = await client.createEntity({ ...key, claim: id });
    if (etag !== undefined) return { ...window, id, etag };
  } catch (error) {
    if (!isConflict(error)) throw asStoreFailure(error, what);
  }
  // Somebody has it; or it is ours, and the answer was lost on the way.
  const row = await getRow(client, { ...key, what });
  return row?.claim === id ? { ...window, id, etag: row.etag } : undefined;
}

async function record(client: RowClient, claimed: ProbeClaim, counts: PairedBin): Promise<void> {
  const key = keyOf(claimed);
  const what = `counts of probes ${key.rowKey}`;
  const row: TableEntity = { ...key, claim: claimed.id, counts: JSON.stringify(counts) };
  try {
    await client.updateEntity(row, 'Replace', { etag: claimed.etag });
  } catch (error) {
    if (!isConflict(error) && !isMissing(error)) throw asStoreFailure(error, what);
    const found = await getRow(client, { ...key, what });
    if (found?.claim === claimed.id && found.counts === row.counts) return;
    throw new ConflictError(`The window ${key.rowKey} is not as it was claimed`, { cause: error });
  }
}

async function read(
  client: RowClient,
  releaseId: string,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): Promise<readonly PairedBin[]> {
  const partitionKey = partitionOf(releaseId);
  if (partitionKey === undefined || toMs <= fromMs) return [];
  const rows = await queryRows(client, {
    what: `read of the probes of release ${releaseId}`,
    filter: keyRange(partitionKey, {
      from: keyOf({ releaseId, fromMs }).rowKey,
      to: keyOf({ releaseId, fromMs: toMs }).rowKey,
    }),
    max: WINDOWS_READ_MAX,
  });
  return rows.filter(({ counts }) => counts !== undefined).map(countsOf);
}

function countsOf(row: StoredRow): PairedBin {
  const where = `Row ${row.rowKey}`;
  const text = typeof row.counts === 'string' ? row.counts : '';
  const counts = COUNTS.safeParse(fromJsonText(text, where));
  if (!counts.success) {
    return refuse(`${where} does not hold counts of probes. Delete it: its evidence is lost`);
  }
  const { startMs, answers, latency } = counts.data;
  return { startMs, answers, latency };
}

function keyOf({ releaseId, fromMs }: AskedWindow): {
  readonly partitionKey: string;
  readonly rowKey: string;
} {
  const partitionKey = partitionOf(releaseId);
  if (partitionKey === undefined) refuse(`"${releaseId.slice(0, 80)}" is no release id`);
  const start = String(fromMs).padStart(TIME_DIGITS, '0');
  if (!Number.isSafeInteger(fromMs) || fromMs < 0 || start.length > TIME_DIGITS) {
    refuse(`${fromMs} cannot be the start of a window of probes: whole milliseconds only`);
  }
  return { partitionKey, rowKey: checkedKey(`probes:${releaseId}:${start}`) };
}
