import type { ProbeOutcomes } from '../../src/controller/ports/probe-outcomes.ts';
import type { AskedWindow } from '../../src/controller/ports/probe-work.ts';
import { ConflictError, StoreUnavailableError } from '../../src/controller/ports/store-errors.ts';
import type { PairedBin } from '../../src/release/facts.ts';
import { isReleaseId } from '../../src/release/release-id.ts';

export interface MemoryProbeOutcomes extends ProbeOutcomes {
  /** Every window that was claimed, in the order of the claims. */
  readonly claimed: readonly AskedWindow[];
  /** The next call throws StoreUnavailableError. `after`: it is applied all the same. */
  failNext(fault: 'before' | 'after'): void;
}

/** A row key holds 15 digits. */
const START_MAX = 1e15;

interface Row extends AskedWindow {
  readonly claim: string;
  etag: number;
  counts: string | undefined;
}

/** Counts of windows of probes, in memory. */
export function createMemoryProbeOutcomes(): MemoryProbeOutcomes {
  const rows = new Map<string, Row>();
  const claimed: AskedWindow[] = [];
  let fault: 'before' | 'after' | undefined;

  async function around<T>(call: () => T): Promise<T> {
    // As over a network: what the caller does next happens before the answer.
    await Promise.resolve();
    const now = fault;
    fault = undefined;
    if (now === 'before') throw new StoreUnavailableError('failed on purpose');
    const answer = call();
    if (now === 'after') throw new StoreUnavailableError('lost its answer on purpose');
    return answer;
  }

  return {
    claimed,
    failNext: (how) => {
      fault = how;
    },
    claim: (window, id) =>
      around(() => {
        const key = keyOf(window);
        const row = rows.get(key);
        if (row !== undefined && row.claim !== id) return undefined;
        if (row === undefined) {
          claimed.push({ ...window });
          rows.set(key, { ...window, claim: id, etag: 1, counts: undefined });
        }
        return { ...window, id, etag: String(row?.etag ?? 1) };
      }),
    record: (claim, counts) =>
      around(() => {
        const row = rows.get(keyOf(claim));
        const text = JSON.stringify(counts);
        if (row?.claim === claim.id && row.counts === text) return;
        if (row?.claim !== claim.id || claim.etag !== String(row.etag)) {
          throw new ConflictError('the window is not as it was claimed');
        }
        row.counts = text;
        row.etag += 1;
      }),
    read: (releaseId, { fromMs, toMs }) =>
      around(() =>
        [...rows.values()]
          .filter((row) => row.releaseId === releaseId)
          .filter((row) => row.fromMs >= fromMs && row.fromMs < toMs)
          .sort((one, other) => one.fromMs - other.fromMs)
          .flatMap(({ counts }) => (counts === undefined ? [] : [read(counts)])),
      ),
  };
}

function read(text: string): PairedBin {
  const { startMs, answers, latency } = JSON.parse(text) as PairedBin;
  return { startMs, answers, latency };
}

/** The same refusals as the adapter: a fake that takes more would hide a mistake. */
function keyOf({ releaseId, fromMs }: AskedWindow): string {
  const isStart = Number.isSafeInteger(fromMs) && fromMs >= 0 && fromMs < START_MAX;
  if (!isReleaseId(releaseId) || !isStart) {
    throw new StoreUnavailableError(`${releaseId} ${fromMs} is no window`, { transient: false });
  }
  return `${releaseId} ${fromMs}`;
}
