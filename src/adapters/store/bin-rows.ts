import type { TableEntity } from '@azure/data-tables';
import { z } from 'zod';

import type { Bin, MetricTally } from '../../judge/types.ts';
import { fromJsonText } from './json-text.ts';
import { binsRow } from './keys.ts';
import { refuse } from './store-failure.ts';
import type { StoredRow } from './table-query.ts';
import { joinText, splitText } from './text-parts.ts';

/** Bins in a row: an hour of one-minute bins. */
export const BINS_PER_ROW = 60;

const JUDGED = 1;
const WATCH = 2;

/** Chances and what was bad by each measure, of the canary and then of the baseline: an even number. */
const COMPACT_METRIC = z
  .array(z.number())
  .min(4)
  .refine((numbers) => numbers.length % 2 === 0, 'must be two lists of the same length')
  .nullable();

/**
 * Offset from `from` in ms, flags, then requests, failures, items of the canary and the baseline; then,
 * where there are any, the metrics. Bins from before there were metrics have eight entries.
 */
const COMPACT_BIN = z.tuple([
  z.number(),
  z.number(),
  z.number(),
  z.number(),
  z.number(),
  z.number(),
  z.number(),
  z.number(),
  z.array(COMPACT_METRIC).optional(),
]);
const CHUNK = z.object({ from: z.number(), bins: z.array(COMPACT_BIN).min(1).max(BINS_PER_ROW) });

type CompactBin = z.infer<typeof COMPACT_BIN>;
type CompactMetric = z.infer<typeof COMPACT_METRIC>;
type CompactCounts = [number, number, number, number, number, number, number, number];

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
    const rowKey = binsRow(release.id, chunk);
    const text = JSON.stringify({ from, bins: part.map((bin) => packed(bin, from)) });
    rows.push({
      partitionKey: release.appKey,
      rowKey,
      from: new Date(from),
      // With many measures an hour of bins is longer than one property holds.
      ...splitText('bins', text, `Row ${rowKey}`),
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
  const chunk = CHUNK.safeParse(fromJsonText(joinText('bins', row, where), where));
  if (!chunk.success) {
    return refuse(`${where} does not hold bins: ${z.prettifyError(chunk.error)}. Restore the row`);
  }
  return chunk.data.bins.map((bin) => unpacked(bin, chunk.data.from));
}

function packed(bin: Bin, from: number): CompactBin {
  // Provisional bins change until they are final, and a frozen row must not.
  if (!bin.final) refuse(`The bin at ${bin.startMs} is provisional: only final bins are stored`);
  const { canary, baseline, more } = bin;
  const counts: CompactCounts = [
    bin.startMs - from,
    (bin.judged ? JUDGED : 0) | (bin.watch ? WATCH : 0),
    canary.requests,
    canary.failures,
    canary.items,
    baseline.requests,
    baseline.failures,
    baseline.items,
  ];
  return more === undefined ? counts : [...counts, more.map(packedMetric)];
}

function packedMetric(metric: MetricTally | null): CompactMetric {
  if (metric === null) return null;
  const { canary, baseline } = metric;
  if (canary.x.length !== baseline.x.length)
    refuse('A metric of a bin has more measures in one version than in the other');
  return [canary.n, ...canary.x, baseline.n, ...baseline.x];
}

function unpackedMetric(numbers: CompactMetric): MetricTally | null {
  if (numbers === null) return null;
  const half = numbers.length / 2;
  const tally = (from: number): MetricTally['canary'] => ({
    n: numbers[from] ?? 0,
    x: numbers.slice(from + 1, from + half),
  });
  return { canary: tally(0), baseline: tally(half) };
}

function unpacked(bin: CompactBin, from: number): Bin {
  const [offset, flags, requests, failures, items, baseRequests, baseFailures, baseItems, more] =
    bin;
  return {
    startMs: from + offset,
    final: true,
    canary: { requests, failures, items },
    baseline: { requests: baseRequests, failures: baseFailures, items: baseItems },
    judged: (flags & JUDGED) !== 0,
    watch: (flags & WATCH) !== 0,
    ...(more === undefined ? {} : { more: more.map(unpackedMetric) }),
  };
}
