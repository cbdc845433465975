import type { EvidenceAnswer } from '../../api/contract/evidence.ts';
import type { VerdictView } from '../../api/contract.ts';
import { type EvidenceAt, evidenceLine } from '../view/evidence-line.ts';
import { axisTime, odds } from '../view/format.ts';
import { colour } from './colours.ts';
import { Figure } from './figure.tsx';
import type { PlotSpec, PlotTime } from './plot.tsx';

interface EvidenceChartProps {
  readonly evidence: EvidenceAnswer;
  readonly verdict: VerdictView | null;
  readonly time: PlotTime;
}

/** The two e-values on their way to their thresholds. An e-value is read as odds: 100 : 1. */
export function EvidenceChart({ evidence, verdict, time }: EvidenceChartProps) {
  const line = evidenceLine(evidence, verdict);
  const last = line.at(-1);
  if (last === undefined) return null;
  const { harmThreshold, certifyThreshold } = evidence;
  return (
    <Figure
      title="Evidence"
      summary={summaryOf(evidence, last)}
      keys={[
        { sample: 'harm', text: 'of harm' },
        ...(hasCertify(line)
          ? [{ sample: 'certify' as const, text: 'of no harm, for this step' }]
          : []),
      ]}
      spec={specOf(evidence, line)}
      time={time}
      table={{
        head: [
          'Until',
          `Harm (of ${odds(harmThreshold)})`,
          `No harm (of ${odds(certifyThreshold)})`,
        ],
        rows: thinned(line).map(({ atMs, harm, certify, provisional }) => [
          `${axisTime(atMs / 1000, 1)}${provisional ? ' (provisional)' : ''}`,
          odds(harm),
          certify === null ? '–' : odds(certify),
        ]),
      }}
    />
  );
}

function hasCertify(line: readonly EvidenceAt[]): boolean {
  return line.some(({ certify }) => certify !== null);
}

function summaryOf({ harmThreshold, certifyThreshold }: EvidenceAnswer, last: EvidenceAt): string {
  const harm = `harm ${odds(last.harm)} of the ${odds(harmThreshold)} needed`;
  if (last.certify === null) return harm;
  return `${harm}, no harm ${odds(last.certify)} of the ${odds(certifyThreshold)} needed`;
}

const TABLE_ROWS_MAX = 40;

/** Evidence adds up, so each row that is left tells of those before it. The last one always stays. */
function thinned(line: readonly EvidenceAt[]): readonly EvidenceAt[] {
  const every = Math.ceil(line.length / TABLE_ROWS_MAX);
  return line.filter((_point, index) => (line.length - 1 - index) % every === 0);
}

/** Below 1 : 10 it is only said that it is below. */
const LEAST = -Math.LN10;

function specOf(evidence: EvidenceAnswer, line: readonly EvidenceAt[]): PlotSpec {
  const { harmThreshold, certifyThreshold } = evidence;
  const threshold = Math.max(harmThreshold, certifyThreshold);
  const reached = Math.max(...line.map(({ harm, certify }) => Math.max(harm, certify ?? 0)));
  // What is far beyond its threshold is drawn at the upper edge.
  const most = Math.min(Math.max(threshold * 1.3, reached * 1.05), threshold * 2);
  const within = (value: number): number => Math.min(most, Math.max(LEAST, value));
  const powers = Array.from({ length: 12 }, (_, index) => (index - 1) * Math.LN10);
  const points = { show: line.length === 1 };
  return {
    data: [
      line.map(({ atMs }) => atMs / 1000),
      line.map(({ certify }) => (certify === null ? null : within(certify))),
      line.map(({ harm }) => within(harm)),
    ],
    series: [
      { stroke: () => colour('good'), width: 2, dash: [7, 3], points },
      { stroke: () => colour('bad'), width: 2, points },
    ],
    range: [LEAST * 1.05, most],
    splits: powers.filter((power) => power <= most),
    tick: (value) => (value < 0 ? '' : `${odds(value)} : 1`),
    lines: linesOf(evidence, hasCertify(line)),
    readout: (index) => {
      const at = line[index];
      if (at === undefined) return '';
      const safe = at.certify === null ? '' : ` · no harm ${odds(at.certify)} : 1`;
      return `${axisTime(at.atMs / 1000, 1)}  harm ${odds(at.harm)} : 1${safe}`;
    },
  };
}

function linesOf(
  { harmThreshold, certifyThreshold }: EvidenceAnswer,
  withCertify: boolean,
): NonNullable<PlotSpec['lines']> {
  const harm = {
    ...{ at: harmThreshold, colour: 'bad' },
    text: `harm is shown at ${odds(harmThreshold)} : 1`,
  };
  if (!withCertify) return [harm];
  const certified = {
    ...{ at: certifyThreshold, colour: 'good' },
    text: `certified at ${odds(certifyThreshold)} : 1`,
  };
  return [harm, certified];
}
