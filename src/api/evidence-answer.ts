import type { EvidenceSeries, SeriesPoint } from '../release/evidence-series.ts';
import type { Release } from '../release/release.ts';
import type { EvidenceAnswer, EvidencePoint } from './contract/evidence.ts';
import { iso } from './time.ts';

export function evidenceAnswer(release: Release, series: EvidenceSeries): EvidenceAnswer {
  const { points, ...rest } = series;
  return {
    release: release.id,
    sequence: release.sequence,
    canary: release.version,
    baseline: release.baseline ?? null,
    ...rest,
    points: points.map(pointView),
  };
}

function pointView({ startMs, ...rest }: SeriesPoint): EvidencePoint {
  return { at: iso(startMs), ...rest };
}
