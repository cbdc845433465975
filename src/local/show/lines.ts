/** What the show prints, as pure functions of what the API said. */
import type pc from 'picocolors';

import { formatCount, formatEvidence } from '../../judge/format.ts';
import { shareAfter } from './summary.ts';
import type { PlayedRelease } from './summary.ts';
import type { ShownRelease, ShownRow } from './slipway-api.ts';

const BAR_CELLS = 20;
const WHERE_WIDTH = 13;
const REASON_WIDTH = 17;
const MESSAGE_MOST = 60;

export type Colors = ReturnType<typeof pc.createColors>;

type Counts = NonNullable<ShownRelease['verdict']>['canary'];

/** How a line looks: colours or none, and the columns after which it is cut (Infinity: never). */
export interface Look {
  readonly colors: Colors;
  readonly columns: number;
}

/** One transition on one line: time since the start, phase or step, weight, reason, message. */
export function transitionLine(row: ShownRow['body'], startedMs: number, look: Look): string {
  const { colors } = look;
  const where = row.to.padEnd(WHERE_WIDTH);
  const weight = `${shareAfter(row)} %`.padStart(5);
  const reason = row.reason.padEnd(REASON_WIDTH);
  const time = clock(Date.parse(row.at) - startedMs);
  const used = time.length + where.length + weight.length + reason.length + 8;
  return [
    ' ',
    colors.dim(time),
    stageColor(row.to, colors)(where),
    weight,
    '',
    colors.dim(reason),
    cut(row.message, look.columns - used),
  ].join(' ');
}

/** `01:05`; times that a clock that was set makes negative are said as 00:00. */
export function clock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${two(Math.floor(seconds / 60))}:${two(seconds % 60)}`;
}

/** The current step, drawn over itself again and again. */
export function movingLine(release: ShownRelease, look: Look): string {
  const { colors } = look;
  const share = shareOf(release);
  const head = `  ${bar(share)} ${String(share).padStart(3)} %  `;
  const text = cut(movingText(release), look.columns - head.length - 1);
  const paint = release.verdict?.outcome === 'harm' ? colors.red : colors.cyan;
  return `${paint(head)}${text}`;
}

function movingText(release: ShownRelease): string {
  const { verdict, version, baseline } = release;
  if (verdict === null) return cut(`${release.phase}: ${release.message}`, MESSAGE_MOST);
  const arms = [armText(version, verdict.canary)];
  // After the swap nobody but a pinned visitor meets the old version: there is nothing to compare.
  if (baseline !== null && !isPromoted(release)) arms.push(armText(baseline, verdict.baseline));
  return `${arms.join(' · ')} · ${verdictWords(verdict)}`;
}

function armText(version: string, { requests, failures }: Counts): string {
  return `${version}: ${formatCount(failures)} of ${formatCount(requests)} failed`;
}

function isPromoted({ phase }: ShownRelease): boolean {
  return phase === 'watching' || phase === 'succeeded';
}

/** Percent of production's visitors that the new version has. */
function shareOf(release: ShownRelease): number {
  return isPromoted(release) ? 100 : release.weights.confirmed;
}

/** 20 cells; a weight over 0 shows at least one, a weight under 100 leaves at least one. */
export function bar(percent: number): string {
  const cells = Math.round((percent / 100) * BAR_CELLS);
  const least = percent > 0 ? 1 : 0;
  const most = percent < 100 ? BAR_CELLS - 1 : BAR_CELLS;
  const filled = Math.min(Math.max(cells, least), most);
  return '█'.repeat(filled) + '░'.repeat(BAR_CELLS - filled);
}

/** The verdict in words, with the evidence as a part of what is needed: `safety 8/20`. */
export function verdictWords(verdict: NonNullable<ShownRelease['verdict']>): string {
  const { harm, harmThreshold, certify, certifyThreshold } = verdict;
  const of = (logE: number, threshold: number): string =>
    `${formatEvidence(logE)}/${formatEvidence(threshold)}`;
  switch (verdict.outcome) {
    case 'harm':
      return `worse beyond doubt: harm ${of(harm, harmThreshold)}`;
    case 'certified':
      return 'certified: within the budget';
    case 'no-data':
      return 'no telemetry of this step yet';
    case 'unavailable':
      return 'telemetry cannot be used now';
    default:
      return certify === null
        ? `no harm shown: harm ${of(harm, harmThreshold)}`
        : `undecided: harm ${of(harm, harmThreshold)}, safety ${of(certify, certifyThreshold)}`;
  }
}

/** How a release ended, on one line. */
export function resultLine(played: PlayedRelease, seconds: number, colors: Colors): string {
  const { version, phase, chain } = played;
  const audit = chain.ok
    ? colors.green(`audit: ${chain.rows} rows, chain verifies`)
    : colors.red(`audit: row ${chain.sequence} does not verify, ${chain.problem}`);
  const ended = phase === 'succeeded' ? colors.green : colors.yellow;
  const mark = phase === 'succeeded' ? '✔' : phase === 'rolled-back' ? '↩' : '✖';
  return `${ended(`${mark} ${version} ${phase}`)} after ${seconds.toFixed(0)} s · ${audit}`;
}

/** One line of at most `columns`; line breaks in a message would break the table. */
export function cut(text: string, columns: number): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length <= columns ? line : `${line.slice(0, Math.max(0, columns - 1))}…`;
}

function stageColor(stage: string, colors: Colors): (text: string) => string {
  if (stage.startsWith('succeeded')) return colors.green;
  if (/^(failed|rejected|rolling-back|rolled-back|aborted|paused)/.test(stage))
    return colors.yellow;
  return colors.bold;
}
