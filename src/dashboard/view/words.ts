/** Phases, verdicts and rows in words. A sign stands beside every colour, so that colour is never the only one. */
import { messageIsOf, verdictOf } from '../../api/words/verdict-of.ts';
import type { Phase, ReleaseView, VerdictView } from '../../api/contract.ts';
import { count } from './format.ts';

/** `calm`: nothing to do. `busy`: goes on by itself. `person`: somebody has to look. `bad`, `good`: how it ended. */
export type Tone = 'calm' | 'busy' | 'person' | 'bad' | 'good';

export type SignName =
  | 'ring'
  | 'quarter'
  | 'half'
  | 'most'
  | 'eye'
  | 'bars'
  | 'back'
  | 'alarm'
  | 'check'
  | 'cross'
  | 'unknown'
  | 'dot'
  | 'disc';

interface PhaseWords {
  readonly text: string;
  readonly tone: Tone;
  readonly sign: SignName;
  /** For somebody who meets the word for the first time. */
  readonly means: string;
}

export const PHASES: Readonly<Record<Phase, PhaseWords>> = {
  queued: { text: 'queued', tone: 'calm', sign: 'ring', means: 'waits for its turn' },
  preflight: {
    text: 'preflight',
    tone: 'busy',
    sign: 'quarter',
    means: 'checks before production is touched',
  },
  ramping: {
    text: 'ramping',
    tone: 'busy',
    sign: 'half',
    means: 'a share of the visitors meets the new version',
  },
  promoting: {
    text: 'promoting',
    tone: 'busy',
    sign: 'most',
    means: 'our rule is removed, then one swap',
  },
  watching: {
    text: 'watching',
    tone: 'busy',
    sign: 'eye',
    means: 'the new version is production; the old one waits in the slot',
  },
  paused: { text: 'paused', tone: 'person', sign: 'bars', means: 'waits for a person' },
  'rolling-back': {
    text: 'rolling back',
    tone: 'bad',
    sign: 'back',
    means: 'goes back to the old version',
  },
  failed: {
    text: 'failed',
    tone: 'bad',
    sign: 'alarm',
    means: 'a known-good state was not reached: a person is needed',
  },
  succeeded: {
    text: 'succeeded',
    tone: 'good',
    sign: 'check',
    means: 'the new version became production',
  },
  'rolled-back': {
    text: 'rolled back',
    tone: 'bad',
    sign: 'back',
    means: 'the old version serves all of production',
  },
  aborted: {
    text: 'aborted',
    tone: 'calm',
    sign: 'cross',
    means: 'a person ended it; the old version serves all of production',
  },
  rejected: {
    text: 'rejected',
    tone: 'calm',
    sign: 'cross',
    means: 'production was never touched',
  },
};

/** `ramping, step 2 of 3`. */
export function placeText(release: Pick<ReleaseView, 'phase' | 'step' | 'pause'>): string {
  const { phase, step, pause } = release;
  const text = PHASES[phase].text;
  if (pause !== null && step === null) return `${text} (was ${PHASES[pause.from].text})`;
  return step === null ? text : `${text}, step ${step.number} of ${step.of}`;
}

type Judged = Pick<ReleaseView, 'verdict' | 'step' | 'swappedAt' | 'phase' | 'finished'>;

/** What the evidence says, in a few words. Once it is production, nothing is to be certified any more. */
export function verdictText(release: Judged): string {
  const { verdict, phase, finished } = release;
  if (verdict === null) return finished || isGoingBack(phase) ? 'was not judged' : 'not judged yet';
  const of = verdictOf(release);
  return `${outcomeText(verdict, release)}${of === undefined ? '' : ` (of ${of})`}`;
}

function outcomeText({ outcome }: VerdictView, { swappedAt }: Judged): string {
  switch (outcome) {
    case 'harm':
      return 'worse, beyond doubt';
    case 'certified':
      return 'not worse: certified';
    case 'undecided':
      return swappedAt === null ? 'undecided' : 'no harm shown';
    case 'no-data':
      return 'no data';
    case 'unavailable':
      return 'telemetry unavailable';
    default:
      return outcome;
  }
}

/** The one line of a release; where it tells of what was before, as one that does. */
export function messageText(release: Judged & Pick<ReleaseView, 'message'>): string {
  const of = messageIsOf(release);
  return of === undefined ? release.message : `Of ${of}: ${release.message}`;
}

/** Nothing is judged on the way back, nor while a person is called. */
function isGoingBack(phase: Phase): boolean {
  return phase === 'rolling-back' || phase === 'failed';
}

export function verdictTone(release: Judged): Tone {
  if (verdictOf(release) !== undefined) return 'calm';
  switch (release.verdict?.outcome) {
    case 'harm':
      return 'bad';
    case 'certified':
      return 'good';
    case 'no-data':
    case 'unavailable':
      return 'person';
    default:
      return 'calm';
  }
}

/** The sign that stands before a verdict. */
export function verdictSign(release: Judged): SignName {
  if (verdictOf(release) !== undefined) return 'dot';
  switch (release.verdict?.outcome) {
    case 'harm':
      return 'alarm';
    case 'certified':
      return 'check';
    case 'no-data':
    case 'unavailable':
      return 'unknown';
    default:
      return 'dot';
  }
}

/** `harm-by-probe` → `harm by probe`. */
export function plain(word: string): string {
  return word.replaceAll('-', ' ');
}

export const DIFFERENCE_KINDS = {
  operation: 'operation',
  exception: 'exception',
  'result-code': 'result code',
  dependency: 'dependency',
} as const;

/** Why a release has no charts. */
export function noChartsText(
  release: Pick<ReleaseView, 'finished' | 'verdict' | 'version'>,
): string {
  const { finished, verdict, version } = release;
  const { requests = 0, failures = 0 } = verdict?.canary ?? {};
  if (requests > 0) {
    return `No charts: there is no final minute of it. The verdict is of minutes that were not final, with ${count(failures)} of ${count(requests)} requests failed.`;
  }
  return finished
    ? 'No charts: no visitor of it was judged.'
    : `No charts yet: they begin with the first visitors of ${version}.`;
}
