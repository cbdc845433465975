/** What the show prints, as pure functions of what the API said. */
import type pc from 'picocolors';

import { formatCount, formatEvidence } from '../../judge/format.ts';
import { shareAfter } from './summary.ts';
import type { PlayedRelease } from './summary.ts';
import type { ShownRelease, ShownRow } from './slipway-api.ts';
import { wrap, wrapCell } from './wrap.ts';

const BAR_CELLS = 20;
/** `(rolling-back)` fits: what a paused release was doing stands below `paused`. */
const WHERE_WIDTH = 14;
const REASON_WIDTH = 17;
/** Where less is left for the message it stands below the rest of its row. */
const MESSAGE_LEAST = 24;
const BELOW = ' '.repeat(8);
const MESSAGE_MOST = 60;

export type Colors = ReturnType<typeof pc.createColors>;

type Counts = NonNullable<ShownRelease['verdict']>['canary'];

/** How lines look: colours or none, and the columns of the terminal (Infinity: none are broken). */
export interface Look {
  readonly colors: Colors;
  readonly columns: number;
}

/**
 * One transition: time since the start, phase or step, share of production, reason, message. What does
 * not fit its column goes on below, in the column; nothing is cut.
 */
export function transitionLine(row: ShownRow['body'], startedMs: number, look: Look): string {
  const { colors } = look;
  const time = clock(Date.parse(row.at) - startedMs);
  const share = `${shareAfter(row)} %`.padStart(5);
  // A step that is over was judged; the next one begins when its weight is confirmed.
  const stage = row.action === 'step-changed' ? row.from : row.to;
  const where = wrapCell(stage, WHERE_WIDTH);
  const reason = wrapCell(row.reason, REASON_WIDTH);
  const used = time.length + WHERE_WIDTH + share.length + REASON_WIDTH + 8;
  const isBeside = look.columns - used > MESSAGE_LEAST;
  const message = wrap(row.message, look.columns - (isBeside ? used : BELOW.length) - 1);
  const beside = isBeside ? message : [];
  const below = isBeside ? [] : message.map((line) => `${BELOW}${line}`);
  const height = Math.max(where.length, reason.length, beside.length);
  const lines = Array.from({ length: height }, (_, index) => {
    const first = index === 0;
    return [
      ' ',
      colors.dim(first ? time : ' '.repeat(time.length)),
      stageColor(stage, colors)((where[index] ?? '').padEnd(WHERE_WIDTH)),
      first ? share : ' '.repeat(share.length),
      '',
      colors.dim((reason[index] ?? '').padEnd(REASON_WIDTH)),
      beside[index] ?? '',
    ].join(' ');
  });
  return [...lines, ...below].map((line) => line.trimEnd()).join('\n');
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
  const { verdict, version, baseline, phase } = release;
  const waits = WAITING[phase];
  if (verdict === null) return cut(`${waits ?? phase}: ${release.message}`, MESSAGE_MOST);
  const arms = [armText(version, verdict.canary)];
  // After the swap nobody but a pinned visitor meets the old version: there is nothing to compare.
  if (baseline !== null && !isPromoted(release)) arms.push(armText(baseline, verdict.baseline));
  // The counts are of the whole release: a step that has just begun has none of its own.
  const soFar = verdict.outcome === 'no-data' ? ' so far' : '';
  return `${arms.join(' · ')}${soFar} · ${waits ?? verdictWords(verdict)}`;
}

/** Phases that end when a person says so. */
const WAITING: Readonly<Partial<Record<string, string>>> = {
  paused: 'paused, waiting for you',
  failed: 'failed, waiting for you',
};

function armText(version: string, { requests, failures }: Counts): string {
  return `${version}: ${formatCount(failures)} of ${formatCount(requests)} failed`;
}

function isPromoted({ phase }: ShownRelease): boolean {
  return phase === 'watching' || phase === 'succeeded';
}

/** Percent of production's visitors that the new version has. */
function shareOf({ phase, weights }: ShownRelease): number {
  return shareAfter({ to: phase, weight: weights });
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

/** A start that was turned away at once. */
export function rejectedText({ version, reason, message }: ShownRelease, colors: Colors): string {
  return `  ${colors.yellow(`✖ ${version} rejected`)} (${reason}): ${message}`;
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
