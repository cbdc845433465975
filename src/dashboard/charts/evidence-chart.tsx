import type { EvidenceAnswer } from '../../api/contract/evidence.ts';
import type { ReleaseView } from '../../api/contract.ts';
import { certifyLines, type EvidenceAt, evidenceLine } from '../view/evidence-line.ts';
import { odds, timeWithin } from '../view/format.ts';
import { colour } from './colours.ts';
import { Figure } from './figure.tsx';
import { LONE_POINTS } from './lone-points.ts';
import type { PlotSpec, PlotTime } from './plot.tsx';

interface EvidenceChartProps {
  readonly evidence: EvidenceAnswer;
  readonly release: Pick<ReleaseView, 'verdict' | 'step'>;
  /** When judging began; undefined: nobody knows. */
  readonly beganMs: number | undefined;
  readonly time: PlotTime;
}

/** The two e-values on their way to their thresholds. An e-value is read as odds: 100 : 1. */
export function EvidenceChart({ evidence, release, beganMs, time }: EvidenceChartProps) {
  const line = evidenceLine(evidence, release, beganMs);
  const last = line.at(-1);
  if (last === undefined) return null;
  const { harmThreshold, certifyThreshold } = evidence;
  return (
    <Figure
      title="Evidence"
      summary={summaryOf(evidence, line, last)}
      keys={[
        { sample: 'harm', text: 'harm' },
        ...(hasCertify(line)
          ? [
              {
                sample: 'certify' as const,
                text: `certified${hasSteps(line) ? ', step by step' : ''}`,
              },
            ]
          : []),
      ]}
      spec={specOf(evidence, line, time)}
      time={time}
      table={{
        head: [
          'Until',
          `Harm (of ${odds(harmThreshold)})`,
          `Certified (of ${odds(certifyThreshold)})`,
        ],
        rows: thinned(line).map((at) => [
          `${timeWithin(time, at.atMs / 1000)}${at.provisional ? ' (provisional)' : ''}`,
          odds(at.harm),
          at.certify === null ? '–' : `${odds(at.certify)}${ofStep(at)}`,
        ]),
      }}
    />
  );
}

function hasCertify(line: readonly EvidenceAt[]): boolean {
  return line.some(({ certify }) => certify !== null);
}

function hasSteps(line: readonly EvidenceAt[]): boolean {
  return line.some(({ step }) => step !== null);
}

function ofStep({ step }: EvidenceAt): string {
  return step === null ? '' : ` (step ${step})`;
}

/** After the last step, what it came to. */
function summaryOf(
  { harmThreshold, certifyThreshold }: EvidenceAnswer,
  line: readonly EvidenceAt[],
  last: EvidenceAt,
): string {
  const harm = `harm ${odds(last.harm)} of the ${odds(harmThreshold)} needed`;
  const asked = line.findLast(({ certify }) => certify !== null);
  if (asked === undefined || asked.certify === null) return harm;
  const text = `certified ${odds(asked.certify)} of the ${odds(certifyThreshold)} needed`;
  return `${harm}, ${text}${ofStep(asked)}`;
}

const TABLE_ROWS_MAX = 40;

/** Evidence adds up, so each row that is left tells of those before it. The last one of a step always stays. */
function thinned(line: readonly EvidenceAt[]): readonly EvidenceAt[] {
  const every = Math.ceil(line.length / TABLE_ROWS_MAX);
  return line.filter(
    ({ step }, index) => (line.length - 1 - index) % every === 0 || line[index + 1]?.step !== step,
  );
}

/** Below 1 : 10 it is only said that it is below. */
const LEAST = -Math.LN10;

function specOf(evidence: EvidenceAnswer, line: readonly EvidenceAt[], time: PlotTime): PlotSpec {
  const { harmThreshold, certifyThreshold } = evidence;
  const threshold = Math.max(harmThreshold, certifyThreshold);
  const reached = Math.max(...line.map(({ harm, certify }) => Math.max(harm, certify ?? 0)));
  // What is far beyond its threshold is drawn at the upper edge.
  const most = Math.min(Math.max(threshold * 1.3, reached * 1.05), threshold * 2);
  const within = (value: number): number => Math.min(most, Math.max(LEAST, value));
  const powers = Array.from({ length: 12 }, (_, index) => (index - 1) * Math.LN10);
  const certify = { stroke: () => colour('good'), width: 2, dash: [7, 3], points: LONE_POINTS };
  return {
    data: [
      line.map(({ atMs }) => atMs / 1000),
      ...certifyLines(line).map((row) =>
        row.map((certify) => (certify === null ? null : within(certify))),
      ),
      line.map(({ harm }) => within(harm)),
    ],
    series: [certify, certify, { stroke: () => colour('bad'), width: 2, points: LONE_POINTS }],
    range: [LEAST * 1.05, most],
    splits: powers.filter((power) => power <= most),
    tick: (value) => (value < 0 ? '' : `${odds(value)} : 1`),
    lines: linesOf(evidence, hasCertify(line)),
    readout: (index) => {
      const at = line[index];
      if (at === undefined) return '';
      const safe = at.certify === null ? '' : ` · certified ${odds(at.certify)} : 1${ofStep(at)}`;
      return `${timeWithin(time, at.atMs / 1000)}  harm ${odds(at.harm)} : 1${safe}`;
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
