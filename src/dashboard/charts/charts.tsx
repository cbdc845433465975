/** The four charts of a release, over the same time. */
import type { EvidenceAnswer } from '../../api/contract/evidence.ts';
import type { ReleaseView } from '../../api/contract.ts';
import type { AuditEntry } from '../data/audit-body.ts';
import { judgedFrom, momentsOf } from '../view/moments.ts';
import { zonesOf } from '../view/format.ts';
import { ENOUGH_FOR_P95, groupSize, groupsOf } from '../view/pool.ts';
import { provisionalPart } from '../view/provisional.ts';
import { noChartsText } from '../view/words.ts';
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
  const beganMs = judgedFrom(entries, binMs);
  const provisional = provisionalPart(evidence, release, beganMs);
  const [first] = points;
  const fromMs = first === undefined ? provisional?.fromMs : Date.parse(first.at);
  if (fromMs === undefined) {
    // Without the audit nobody knows yet from when there is something to draw.
    return entries.length === 0 ? null : <p class="empty">{noChartsText(release)}</p>;
  }
  const last = points.at(-1);
  const groupsFor = (enough?: number): readonly (readonly number[])[] =>
    groupsOf(points, groupSize(points, POOLED_MAX, enough));
  const groups = groupsFor();
  const end = last === undefined ? fromMs : Date.parse(last.at) + last.bins * binMs;
  const moments = momentsOf(entries);
  const time: PlotTime = {
    from: Math.min(fromMs / 1000, moments[0]?.at ?? Infinity),
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
      <h2 id="charts">
        Telemetry <span class="of">{zonesOf(isoTimes(time))}</span>
      </h2>
      {first === undefined && (
        <p class="of">
          No minute is final: this is what the newest verdict counts, and provisional.
        </p>
      )}
      <EvidenceChart evidence={evidence} release={release} beganMs={beganMs} time={time} />
      <FailureChart
        evidence={evidence}
        provisional={provisional}
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

function isoTimes({ from, to }: PlotTime): readonly string[] {
  return [from, to].map((seconds) => new Date(seconds * 1000).toISOString());
}
