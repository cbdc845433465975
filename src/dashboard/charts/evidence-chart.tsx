import type { EvidenceAnswer, EvidencePoint } from '../../api/contract/evidence.ts';
import { axisTime, odds } from '../view/format.ts';
import { colour } from './colours.ts';
import { Figure } from './figure.tsx';
import type { PlotSpec, PlotTime } from './plot.tsx';

/** The two e-values on their way to their thresholds. An e-value is read as odds: 100 : 1. */
export function EvidenceChart({ evidence, time }: { evidence: EvidenceAnswer; time: PlotTime }) {
  const { points, harmThreshold, certifyThreshold } = evidence;
  const last = points.at(-1);
  if (last === undefined) return null;
  const hasCertify = points.some(({ certify }) => certify !== null);
  return (
    <Figure
      title="Evidence"
      summary={summaryOf(evidence, last)}
      keys={[
        { sample: 'harm', text: 'of harm' },
        ...(hasCertify ? [{ sample: 'certify' as const, text: 'of no harm, for this step' }] : []),
      ]}
      spec={specOf(evidence)}
      time={time}
      table={{
        head: [
          'Until',
          `Harm (of ${odds(harmThreshold)})`,
          `No harm (of ${odds(certifyThreshold)})`,
        ],
        rows: thinned(points).map((point) => [
          axisTime(endOf(point, evidence), 1),
          odds(point.harm),
          point.certify === null ? '–' : odds(point.certify),
        ]),
      }}
    />
  );
}

function summaryOf(
  { harmThreshold, certifyThreshold }: EvidenceAnswer,
  last: EvidencePoint,
): string {
  const harm = `harm ${odds(last.harm)} of the ${odds(harmThreshold)} needed`;
  if (last.certify === null) return harm;
  return `${harm}, no harm ${odds(last.certify)} of the ${odds(certifyThreshold)} needed`;
}

function endOf({ at, bins }: EvidencePoint, { binMs }: Pick<EvidenceAnswer, 'binMs'>): number {
  return (Date.parse(at) + bins * binMs) / 1000;
}

const TABLE_ROWS_MAX = 40;

/** Evidence adds up, so each row that is left tells of those before it. The last one always stays. */
function thinned(points: readonly EvidencePoint[]): readonly EvidencePoint[] {
  const every = Math.ceil(points.length / TABLE_ROWS_MAX);
  return points.filter((_point, index) => (points.length - 1 - index) % every === 0);
}

/** Below 1 : 10 it is only said that it is below. */
const LEAST = -Math.LN10;

function specOf(evidence: EvidenceAnswer): PlotSpec {
  const { points, harmThreshold, certifyThreshold } = evidence;
  const threshold = Math.max(harmThreshold, certifyThreshold);
  const reached = Math.max(...points.map(({ harm, certify }) => Math.max(harm, certify ?? 0)));
  // What is far beyond its threshold is drawn at the upper edge.
  const most = Math.min(Math.max(threshold * 1.3, reached * 1.05), threshold * 2);
  const within = (value: number): number => Math.min(most, Math.max(LEAST, value));
  const powers = Array.from({ length: 12 }, (_, index) => (index - 1) * Math.LN10);
  return {
    data: [
      points.map((point) => endOf(point, evidence)),
      points.map(({ certify }) => (certify === null ? null : within(certify))),
      points.map(({ harm }) => within(harm)),
    ],
    series: [
      {
        stroke: () => colour('good'),
        width: 2,
        dash: [7, 3],
        points: { show: points.length === 1 },
      },
      { stroke: () => colour('bad'), width: 2, points: { show: points.length === 1 } },
    ],
    range: [LEAST * 1.05, most],
    splits: powers.filter((power) => power <= most),
    tick: (value) => (value < 0 ? '' : `${odds(value)} : 1`),
    lines: [
      { at: harmThreshold, text: `harm is shown at ${odds(harmThreshold)} : 1`, colour: 'bad' },
      ...(points.some(({ certify }) => certify !== null)
        ? [
            {
              at: certifyThreshold,
              text: `certified at ${odds(certifyThreshold)} : 1`,
              colour: 'good',
            },
          ]
        : []),
    ],
    readout: (index) => {
      const point = points[index];
      if (point === undefined) return '';
      const safe = point.certify === null ? '' : ` · no harm ${odds(point.certify)} : 1`;
      return `${axisTime(endOf(point, evidence), 1)}  harm ${odds(point.harm)} : 1${safe}`;
    },
  };
}
