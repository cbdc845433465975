import uPlot from 'uplot';

import type { AuditEntry } from '../data/audit-body.ts';
import { timeWithin, weightText } from '../view/format.ts';
import { seenShares, type ShareChange, wantedAt, wantedShares } from '../view/traffic.ts';
import { colour } from './colours.ts';
import { Figure } from './figure.tsx';
import type { PlotSpec, PlotTime } from './plot.tsx';
import { type PooledProps, roundUp } from './shared.ts';

interface TrafficProps extends Pick<PooledProps, 'evidence' | 'groups' | 'time'> {
  readonly entries: readonly AuditEntry[];
}

/** The share of production that was wanted for the new version, and the one that telemetry saw. */
export function TrafficChart({ evidence, groups, entries, time }: TrafficProps) {
  const changes = wantedShares(entries);
  const seen = seenShares(evidence, groups);
  const last = seen.findLast(({ share }) => share !== null);
  const wanted = changes.at(-1)?.wanted ?? 0;
  return (
    <Figure
      title="Share of production"
      summary={`wanted ${weightText(wanted)}, ${seen.length === 0 ? 'not seen in a final minute' : `last seen ${shareText(last?.share ?? null)}`}`}
      keys={[
        ...(seen.length === 0 ? [] : [{ sample: 'canary' as const, text: 'seen' }]),
        { sample: 'wanted', text: 'wanted' },
      ]}
      spec={specOf(changes, seen, time)}
      time={time}
      table={{
        head: ['From', 'Wanted', 'Seen'],
        rows: seen.map(({ atMs, share }) => [
          timeWithin(time, atMs / 1000),
          weightText(wantedAt(changes, atMs)),
          shareText(share),
        ]),
      }}
    />
  );
}

function shareText(share: number | null): string {
  return share === null ? 'no traffic' : `${share.toFixed(1)} %`;
}

function specOf(
  changes: readonly ShareChange[],
  seen: readonly { readonly atMs: number; readonly share: number | null }[],
  time: PlotTime,
): PlotSpec {
  const wanted = [...changes.map(({ atMs, wanted: share }) => [atMs / 1000, share] as const)];
  // The line goes on to the right edge.
  const end = changes.at(-1);
  if (end !== undefined) wanted.push([time.to, end.wanted]);
  const data = uPlot.join([
    [wanted.map(([at]) => at), wanted.map(([, share]) => share)],
    [seen.map(({ atMs }) => atMs / 1000), seen.map(({ share }) => share)],
  ]);
  const most = Math.max(
    ...changes.map((one) => one.wanted),
    ...seen.map(({ share }) => share ?? 0),
  );
  const stepped = uPlot.paths.stepped?.({ align: 1 });
  return {
    data,
    series: [
      {
        stroke: () => colour('ink'),
        width: 1.5,
        dash: [2, 3],
        spanGaps: true,
        points: { show: false },
        ...(stepped === undefined ? {} : { paths: stepped }),
      },
      {
        stroke: () => colour('canary'),
        width: 2,
        spanGaps: true,
        points: { show: true, size: 4 },
      },
    ],
    range: [0, Math.min(105, roundUp(Math.max(2, most * 1.1)))],
    tick: weightText,
    readout: (index) => {
      const at = data[0][index];
      if (at === undefined) return '';
      const share = data[2]?.[index];
      const text = typeof share === 'number' ? `, seen ${share.toFixed(1)} %` : '';
      return `${timeWithin(time, at)}  wanted ${weightText(wantedAt(changes, at * 1000))}${text}`;
    },
  };
}
