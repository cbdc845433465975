/**
 * The evidence of a release over time. Folding ten thousand bins of many metrics takes seconds in which this
 * process does nothing else, and pages ask again and again: so it is done once for what the store has.
 */
import { evidenceSeries, type EvidenceSeries } from '../release/evidence-series.ts';
import { stepSpans, type StepSpan } from '../release/evidence-series-steps.ts';
import type { AuditReader } from './ports/audit-reader.ts';
import type { Loaded } from './ports/release-store.ts';
import { StoreUnavailableError } from './ports/store-errors.ts';

/** The last few that somebody looks at: a series has some hundred KB. */
const KEPT_AT_MOST = 8;
/** A row with a query and its answer in it has tens of KB. */
const ROWS_AT_ONCE = 200;
/** More rows than any release has: a store that never ends must not be read for ever. */
const READS_MAX = 50;

interface Kept {
  readonly etag: string;
  readonly series: EvidenceSeries;
  readonly steps: Steps;
}

/** As far as the audit was read. */
interface Steps {
  readonly sequence: number;
  readonly spans: readonly StepSpan[];
}

const NO_STEPS: Steps = { sequence: 0, spans: [] };

/** @returns throws JudgeInputError as `evidenceSeries` does, StoreUnavailableError as the audit does */
export function createEvidenceReader(
  audit: AuditReader,
): (loaded: Loaded) => Promise<EvidenceSeries> {
  const kept = new Map<string, Kept>();
  return async (loaded) => {
    const { release, etag } = loaded;
    // Bins are committed with their release: the same etag is the same evidence.
    const found = (): EvidenceSeries | undefined => {
      const known = kept.get(release.id);
      return known?.etag === etag ? known.series : undefined;
    };
    const before = kept.get(release.id)?.steps ?? NO_STEPS;
    const steps = found() === undefined ? await stepsOrNone(audit, loaded, before) : before;
    // Not kept: the row may be mended, and the next answer shall see it.
    if (steps === undefined) return evidenceSeries({ ...loaded, steps: before.spans });
    // Somebody else may have asked for the same meanwhile.
    const series = found() ?? evidenceSeries({ ...loaded, steps: steps.spans });
    // A Map keeps the order of insertion: who was asked for last stands last.
    kept.delete(release.id);
    kept.set(release.id, { etag, series, steps });
    const oldest = kept.keys().next().value;
    if (kept.size > KEPT_AT_MOST && oldest !== undefined) kept.delete(oldest);
    return series;
  };
}

/** Undefined: a row of the audit is damaged. What was judged does not hang on it, only in which step. */
async function stepsOrNone(
  audit: AuditReader,
  loaded: Loaded,
  known: Steps,
): Promise<Steps | undefined> {
  try {
    return await readSteps(audit, loaded, known);
  } catch (error) {
    if (error instanceof StoreUnavailableError && !error.transient) return undefined;
    throw error;
  }
}

/** Only the rows that were not read yet: most answers need none. */
async function readSteps(
  audit: AuditReader,
  { release, plan }: Loaded,
  known: Steps,
): Promise<Steps> {
  let steps = known;
  for (let reads = 0; steps.sequence < release.sequence && reads < READS_MAX; reads += 1) {
    const from = steps.sequence + 1;
    const max = Math.min(ROWS_AT_ONCE, release.sequence - steps.sequence);
    const rows = await audit.readAudit(release.id, { from, max });
    const last = rows.at(-1);
    if (last === undefined) break;
    steps = { sequence: last.sequence, spans: stepSpans(steps.spans, rows, plan) };
  }
  return steps;
}
