/**
 * The evidence of a release over time. Folding ten thousand bins of many metrics takes seconds in which this
 * process does nothing else, and pages ask again and again: so it is done once for what the store has.
 */
import { evidenceSeries, type EvidenceSeries } from '../release/evidence-series.ts';
import type { Loaded } from './ports/release-store.ts';

/** The last few that somebody looks at: a series has some hundred KB. */
const KEPT_AT_MOST = 8;

interface Kept {
  readonly etag: string;
  readonly series: EvidenceSeries;
}

/** @returns throws JudgeInputError, as `evidenceSeries` */
export function createEvidenceReader(): (loaded: Loaded) => EvidenceSeries {
  const kept = new Map<string, Kept>();
  return (loaded) => {
    const { release, etag } = loaded;
    const known = kept.get(release.id);
    // Bins are committed with their release: the same etag is the same evidence.
    const series = known?.etag === etag ? known.series : evidenceSeries(loaded);
    // A Map keeps the order of insertion: who was asked for last stands last.
    kept.delete(release.id);
    kept.set(release.id, { etag, series });
    const oldest = kept.keys().next().value;
    if (kept.size > KEPT_AT_MOST && oldest !== undefined) kept.delete(oldest);
    return series;
  };
}
