/** One release at a glance. */
import type { AuditRowView, ReleaseAnswer, ReleaseView } from '../api/contract.ts';
import { formatCount, formatDuration, formatEvidence, formatShare } from '../judge/format.ts';
import { auditLine, timeOf } from './audit-lines.ts';
import { bar, percent, stepsLine } from './bars.ts';
import { age, below, labelled, type Look } from './look.ts';
import {
  appName,
  differenceWords,
  outlookWords,
  pageOf,
  phaseColor,
  ratioWords,
  versions,
  whereItStands,
} from './release-words.ts';
import { nextSteps } from './what-next.ts';

type Verdict = NonNullable<ReleaseView['verdict']>;

const SHARE_CELLS = 30;
const EVIDENCE_CELLS = 20;
const DIFFERENCES_TOLD = 5;

/** Everything that says where it stands, why, and what is known. */
export function statusText(
  { release, plan }: ReleaseAnswer,
  rows: readonly AuditRowView[],
  look: Look,
): string {
  const parts = [
    headline(release, look),
    labelled('Why', `${release.reason}: ${release.message}`, look),
    ...pauseLines(release, look),
    ...intentLines(release, look),
    ...untilLines(release, plan, look),
    ...verdictLines(release, plan.analysis.intervalMs, look),
    ...hurtLines(release, look),
    ...(release.incident === null ? [] : [labelled('Incident', release.incident.message, look)]),
    ...untoldLines(release, look),
    ...originLines(release, look),
    ...nextLines(release, look),
    ...auditLines(rows, look),
  ];
  return parts.join('\n');
}

/** Who, what, where: the lines that the live watch draws too. */
export function headline(release: ReleaseView, look: Look): string {
  const { colors, now } = look;
  const title = `${colors.bold(appName(release))} ${versions(release)}`;
  const since = now === undefined ? '' : ` for ${age(now - Date.parse(release.since))}`;
  const phase = phaseColor(release.phase, colors)(whereItStands(release));
  const { share } = release.weights;
  const steps = release.weights.steps.length === 0 ? [] : [stepsLine(release, colors)];
  return [
    `${title}  ${phase}${release.finished ? '' : since}`,
    colors.dim(release.id),
    '',
    `${bar(share / 100, SHARE_CELLS)}  ${percent(share)} of production`,
    ...steps,
    '',
  ].join('\n');
}

function pauseLines({ pause, id }: ReleaseView, look: Look): readonly string[] {
  if (pause === null) return [];
  const found = pause.found === null ? '' : ` Found: ${pause.found}.`;
  const choice = pause.choices.length === 0 ? '' : ` --choice ${pause.choices.join('|')}`;
  return [
    labelled(
      'Paused',
      `it was ${pause.from}.${found} To go on: slipway resume ${id}${choice}`,
      look,
    ),
  ];
}

function intentLines({ intent }: ReleaseView, look: Look): readonly string[] {
  if (intent === null) return [];
  const what =
    intent.kind === 'swap'
      ? (intent.direction ?? 'swap')
      : intent.weight === 0
        ? 'remove the rule'
        : `set the weight to ${percent(intent.weight ?? 0)}`;
  const state = intent.claimed ? 'asked of Azure, not confirmed yet' : 'decided, not asked yet';
  return [labelled('Pending', `${what}: ${state}`, look)];
}

/** What it waits for where everything else is well: the clock. The live watch shows it too. */
export function untilLines(
  { phase, step, watch }: ReleaseView,
  plan: ReleaseAnswer['plan'],
  look: Look,
): readonly string[] {
  if (phase === 'watching' && watch !== null) {
    const more = watch.extended ? ', extended' : '';
    return [labelled('Until', `watched until ${timeOf(watch.until)} UTC${more}`, look)];
  }
  const confirmedAt = step?.confirmedAt ?? null;
  const bakeMs = step === null ? undefined : plan.steps[step.number - 1]?.bakeMs;
  if (phase !== 'ramping' || bakeMs === undefined || confirmedAt === null) return [];
  const end = Date.parse(confirmedAt) + bakeMs;
  if (look.now !== undefined && end <= look.now) return [];
  const at = timeOf(new Date(end).toISOString());
  const text = `this step bakes ${formatDuration(bakeMs)}: until ${at} UTC at the earliest`;
  return [labelled('Until', text, look)];
}

function verdictLines(
  { verdict, message }: ReleaseView,
  binMs: number,
  look: Look,
): readonly string[] {
  if (verdict === null) return [];
  const ratio = ratioWords(verdict);
  const outlook = outlookWords(verdict, binMs);
  return [
    verdictLine(verdict, message, look),
    ...evidenceLines(verdict, look),
    ...(ratio === null ? [] : [labelled('Interval', ratio, look)]),
    ...(outlook === null ? [] : [labelled('Outlook', outlook, look)]),
    ...verdict.metrics.map((metric, index) => {
      const counts = metric.canary.x
        .map((x) => `${formatCount(x)} of ${formatCount(metric.canary.n)}`)
        .join(', ');
      const does = metric.on === 'notify' ? ' (only told)' : '';
      const text = `${metric.name}${does}: ${counts} bad, harm ${formatEvidence(metric.harm)}`;
      return labelled(index === 0 ? 'Metrics' : '', text, look);
    }),
  ];
}

/** Its sentence too, unless the message has it already. */
export function verdictLine(verdict: Verdict, message: string, look: Look): string {
  const { outcome, sentence } = verdict;
  return labelled(
    'Verdict',
    message.includes(sentence) ? outcome : `${outcome}: ${sentence}`,
    look,
  );
}

/** Both as parts of what they need, on the scale on which they climb: that of the logarithm. */
export function evidenceLines(verdict: Verdict, { colors }: Look): readonly string[] {
  const line = (name: string, logE: number, threshold: number): string => {
    const drawn = bar(logE / threshold, EVIDENCE_CELLS);
    return below(
      `${name.padEnd(7)} ${drawn}  ${formatEvidence(logE)} of ${formatEvidence(threshold)}`,
    );
  };
  const { harm, harmThreshold, certify, certifyThreshold } = verdict;
  const paint = verdict.outcome === 'harm' ? colors.red : (text: string) => text;
  return [
    paint(line('harm', harm, harmThreshold)),
    ...(certify === null
      ? []
      : [
          (certify >= certifyThreshold ? colors.green : (text: string) => text)(
            line('safety', certify, certifyThreshold),
          ),
        ]),
  ];
}

function hurtLines({ differences }: ReleaseView, look: Look): readonly string[] {
  return (differences ?? [])
    .slice(0, DIFFERENCES_TOLD)
    .map((one, index) => labelled(index === 0 ? 'It hurts' : '', differenceWords(one), look));
}

function untoldLines({ untold }: ReleaseView, look: Look): readonly string[] {
  if (untold === null) return [];
  const text = `${untold.problem} (try ${untold.attempts}, given up ${untold.givenUp})`;
  return [labelled('Not told', text, look)];
}

function originLines(release: ReleaseView, look: Look): readonly string[] {
  const { requestedBy, plan, slot, createdAt } = release;
  const claimed = requestedBy.claimed ? ' (claimed)' : '';
  const commit = requestedBy.commit === null ? '' : `, commit ${requestedBy.commit}`;
  const who = `${requestedBy.name}${claimed}${commit}, at ${createdAt}`;
  return [
    labelled('Plan', `${plan}, slot ${slot}`, look),
    labelled('Asked by', who, look),
    ...(requestedBy.run === null ? [] : [labelled('Run', requestedBy.run, look)]),
    ...pageLines(release, look),
  ];
}

/** Where to look at it in a browser. */
export function pageLines(release: ReleaseView, look: Look): readonly string[] {
  const page = pageOf(release);
  return page === undefined ? [] : [labelled('Page', page, look)];
}

/** What a person can do now: the live watch shows it too. */
export function nextLines(release: ReleaseView, look: Look): readonly string[] {
  return nextSteps(release).map(([label, command]) => labelled(label, command, look));
}

function auditLines(rows: readonly AuditRowView[], look: Look): readonly string[] {
  if (rows.length === 0) return [];
  return ['', ...rows.map((row) => auditLine(row, look))];
}

/** `12 of 4,210 (0.28 %)` */
export function counted({ requests, failures }: Verdict['canary']): string {
  return `${formatCount(failures)} of ${formatCount(requests)} (${formatShare(failures, requests)})`;
}
