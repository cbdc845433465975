/** A release in few words. */
import { messageIsOf } from '../api/words/verdict-of.ts';
import type { Phase, ReleaseView } from '../api/contract.ts';
import type { Difference } from '../release/facts.ts';
import { ratioBounds } from '../judge/clauses.ts';
import { formatCount, formatDuration, formatExpected, formatShare } from '../judge/format.ts';
import { type Colors, oneLine } from './look.ts';

type Verdict = NonNullable<ReleaseView['verdict']>;

/** How a phase is said to have gone, for exit codes and colours. */
export type Standing = 'under-way' | 'promoted' | 'not-promoted';

const PROMOTED: readonly Phase[] = ['succeeded'];
const NOT_PROMOTED: readonly Phase[] = ['rolled-back', 'aborted', 'rejected', 'failed'];

export function standingOf(phase: Phase): Standing {
  if (PROMOTED.includes(phase)) return 'promoted';
  return NOT_PROMOTED.includes(phase) ? 'not-promoted' : 'under-way';
}

/** `shop`, or the site where the app has no name. */
export function appName({ app }: Pick<ReleaseView, 'app'>): string {
  return app.name ?? oneLine(app.siteId.split('/').at(-1) ?? app.siteId);
}

/** The release on the page for people; undefined: the answer has no such address of the web. */
export function pageOf({ links }: ReleaseView): string | undefined {
  const url = URL.parse(links.page);
  return url?.protocol === 'https:' || url?.protocol === 'http:' ? url.href : undefined;
}

/** The one line of a release; where it tells of what was before, as one that does. */
export function messageText(release: ReleaseView): string {
  const of = messageIsOf(release);
  return of === undefined ? release.message : `of ${of}: ${release.message}`;
}

/** `ramping 2/3`, `paused`. */
export function whereItStands({ phase, step }: ReleaseView): string {
  return phase === 'ramping' && step !== null ? `ramping ${step.number}/${step.of}` : phase;
}

export function phaseColor(phase: string, colors: Colors): (text: string) => string {
  switch (phase) {
    case 'succeeded':
      return colors.green;
    case 'failed':
    case 'rolling-back':
    case 'rolled-back':
    case 'aborted':
    case 'rejected':
      return colors.red;
    case 'paused':
      // Yellow is hard to read on a light background.
      return colors.magenta;
    default:
      return colors.cyan;
  }
}

/** `2.4.0 against 2.3.9` */
export function versions({ version, baseline }: ReleaseView): string {
  return oneLine(baseline === null ? version : `${version} against ${baseline}`);
}

/** How many times as often it fails; null: nothing that would tell something. */
export function ratioWords({ ratio, outcome }: Verdict): string | null {
  if (ratio === null) return null;
  const interval = { low: ratio.low, high: ratio.high ?? Infinity };
  const { low, high } = ratioBounds(interval, outcome === 'harm');
  const than = 'times as often as the baseline';
  if (low === null) return high === null ? null : `fails at most ${high} ${than}`;
  return high === null ? `fails at least ${low} ${than}` : `fails ${low} to ${high} ${than}`;
}

/** What is missing until it is certified; null: nothing, or nobody can say. */
export function outlookWords({ outlook }: Verdict, binMs: number | undefined): string | null {
  if (outlook === null) return null;
  if (outlook.early) return 'nobody can say yet when it can be certified';
  if (outlook.requests === null) return 'never certified at these rates';
  const requests = `about ${formatExpected(outlook.requests)} more requests of the new version`;
  const time =
    outlook.bins === null || binMs === undefined
      ? ''
      : `, about ${formatDuration(outlook.bins * binMs)} at the present traffic`;
  return `${requests}${time} until it can be certified`;
}

/** `operation GET /pay: 12 of 40 (30 %), before 1 of 300 (0.33 %)` */
export function differenceWords({ kind, name, canary, baseline }: Difference): string {
  const of = ({ x, n }: Difference['canary']): string =>
    `${formatCount(x)} of ${formatCount(n)} (${formatShare(x, n)})`;
  return `${kind} ${name}: ${of(canary)}, baseline ${of(baseline)}`;
}
