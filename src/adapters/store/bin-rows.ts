import type { TableEntity } from '@azure/data-tables';
import { z } from 'zod';

import type { Bin } from '../../judge/types.ts';
import { fromJsonText } from './json-text.ts';
import { binsRow } from './keys.ts';
import { refuse } from './store-failure.ts';
import type { StoredRow } from './table-query.ts';

/** Bins in a row: an hour of one-minute bins. */
export const BINS_PER_ROW = 60;

const JUDGED = 1;
const WATCH = 2;

/** Offset from `from` in ms, flags, then requests, failures, items of the canary and the baseline. */
const COMPACT_BIN = z.tuple([
  z.number(),
  z.number(),
  z.number(),
  z.number(),
  z.number(),
  z.number(),
  z.number(),
  z.number(),
]);
const CHUNK = z.object({ from: z.number(), bins: z.array(COMPACT_BIN).min(1).max(BINS_PER_ROW) });

type CompactBin = z.infer<typeof COMPACT_BIN>;

/** Rows of the chunks that hold bins from index `firstNew` on; earlier chunks stay as they are. */
export function binRows(
  release: { readonly id: string; readonly appKey: string },
  bins: { readonly all: readonly Bin[]; readonly firstNew: number },
): TableEntity[] {
  const rows: TableEntity[] = [];
  if (bins.firstNew >= bins.all.length) return rows;
  const firstChunk = Math.floor(bins.firstNew / BINS_PER_ROW);
  for (let chunk = firstChunk; chunk * BINS_PER_ROW < bins.all.length; chunk += 1) {
    const part = bins.all.slice(chunk * BINS_PER_ROW, (chunk + 1) * BINS_PER_ROW);
    const from = part[0]?.startMs ?? 0;
    rows.push({
      partitionKey: release.appKey,
      rowKey: binsRow(release.id, chunk),
      from: new Date(from),
      bins: JSON.stringify({ from, bins: part.map((bin) => packed(bin, from)) }),
    });
  }
  return rows;
}

/** All bins of a release from its chunk rows, in key order. @throws StoreFailure on a gap. */
export function binsOf(releaseId: string, rows: readonly StoredRow[]): Bin[] {
  return rows.flatMap((row, chunk) => {
    if (row.rowKey !== binsRow(releaseId, chunk)) {
      refuse(
        `Bins of release ${releaseId}: row ${binsRow(releaseId, chunk)} is missing. Restore the row, or abort the release`,
      );
    }
    const bins = chunkOf(row);
    if (bins.length !== BINS_PER_ROW && chunk !== rows.length - 1) {
      refuse(
        `Row ${row.rowKey} holds ${bins.length} of ${BINS_PER_ROW} bins. Restore the row, or abort the release`,
      );
    }
    return bins;
  });
}

function chunkOf(row: StoredRow): Bin[] {
  const where = `Row ${row.rowKey}`;
  if (typeof row.bins !== 'string') refuse(`${where} has no property "bins". Restore the row`);
  const chunk = CHUNK.safeParse(fromJsonText(row.bins, where));
  if (!chunk.success) {
    return refuse(`${where} does not hold bins: ${z.prettifyError(chunk.error)}. Restore the row`);
  }
  return chunk.data.bins.map((bin) => unpacked(bin, chunk.data.from));
}

function packed(bin: Bin, from: number): CompactBin {
  // Provisional bins change until they are final, and a frozen row must not.
  if (!bin.final) refuse(`The bin at ${bin.startMs} is provisional: only final bins are stored`);
  const { canary, baseline } = bin;
  return [
    bin.startMs - from,
    (bin.judged ? JUDGED : 0) | (bin.watch ? WATCH : 0),
    canary.requests,
    canary.failures,
    canary.items,
    baseline.requests,
    baseline.failures,
    baseline.items,
  ];
}

function unpacked(bin: CompactBin, from: number): Bin {
  const [offset, flags, requests, failures, items, baseRequests, baseFailures, baseItems] = bin;
  return {
    startMs: from + offset,
    final: true,
    canary: { requests, failures, items },
    baseline: { requests: baseRequests, failures: baseFailures, items: baseItems },
    judged: (flags & JUDGED) !== 0,
    watch: (flags & WATCH) !== 0,
  };
}
