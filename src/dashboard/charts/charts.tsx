/** The four charts of a release, over the same time. */
import type { EvidenceAnswer } from '../../api/contract/evidence.ts';
import type { ReleaseView } from '../../api/contract.ts';
import type { AuditEntry } from '../data/audit-body.ts';
import { momentsOf } from '../view/moments.ts';
import { ENOUGH_FOR_P95, groupSize, groupsOf } from '../view/pool.ts';
import { EvidenceChart } from './evidence-chart.tsx';
import { FailureChart } from './failure-chart.tsx';
import { LatencyCharts } from './latency-chart.tsx';
import type { PlotTime } from './plot.tsx';
import { TrafficChart } from './traffic-chart.tsx';

export interface ChartsProps {
  readonly evidence: EvidenceAnswer;
  readonly entries: readonly AuditEntry[];
  readonly release: ReleaseView;
}

/** Points a chart: more would make every interval as wide as the chart. */
const POOLED_MAX = 36;

export function Charts({ evidence, entries, release }: ChartsProps) {
  const { points, binMs } = evidence;
  const first = points[0];
  const last = points.at(-1);
  if (first === undefined || last === undefined) {
    return (
      <p class="empty">
        {release.finished
          ? 'No charts: no visitor of it was judged.'
          : `No charts yet: they begin with the first visitors of ${release.version}.`}
      </p>
    );
  }
  const groupsFor = (enough?: number): readonly (readonly number[])[] =>
    groupsOf(points, groupSize(points, POOLED_MAX, enough));
  const groups = groupsFor();
  const end = Date.parse(last.at) + last.bins * binMs;
  const moments = momentsOf(entries);
  const time: PlotTime = {
    from: Math.min(Date.parse(first.at) / 1000, moments[0]?.at ?? Infinity),
    to: Math.max(
      end / 1000,
      moments.at(-1)?.at ?? 0,
      Date.parse(release.verdict?.at ?? '') / 1000 || 0,
    ),
    moments,
  };
  const names = { canary: evidence.canary, baseline: evidence.baseline ?? 'before' };
  return (
    <section aria-labelledby="charts" class="charts">
      <h2 id="charts">Telemetry</h2>
      <EvidenceChart evidence={evidence} release={release} time={time} />
      <FailureChart
        evidence={evidence}
        release={release}
        groups={groups}
        time={time}
        names={names}
      />
      <LatencyCharts
        evidence={evidence}
        groups={groupsFor(ENOUGH_FOR_P95)}
        time={time}
        names={names}
      />
      <TrafficChart evidence={evidence} groups={groups} entries={entries} time={time} />
    </section>
  );
}
