/** One release at a glance. */
import { neverSwapsBack } from '../api/words/command-words.ts';
import { verdictOf } from '../api/words/verdict-of.ts';
import type { AuditRowView, ReleaseAnswer, ReleaseView } from '../api/contract.ts';
import { formatCount, formatDuration, formatEvidence, formatShare } from '../judge/format.ts';
import { auditLine, dayLine, dayOf, momentOf } from './audit-lines.ts';
import { bar, percent, stepsLine } from './bars.ts';
import { evidenceLines } from './evidence-lines.ts';
import { age, copyable, labelled, type Look } from './look.ts';
import {
  appName,
  differenceWords,
  messageText,
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
const DIFFERENCES_TOLD = 5;

/** Everything that says where it stands, why, and what is known. */
export function statusText(
  { release, plan }: ReleaseAnswer,
  rows: readonly AuditRowView[],
  look: Look,
): string {
  const parts = [
    headline(release, look),
    ...whyLines(release, look),
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

/** Why it stands there; the live watch shows it too. */
export function whyLines(release: ReleaseView, look: Look): readonly string[] {
  const { pause, reason } = release;
  const why = labelled('Why', `${reason}: ${messageText(release)}`, look);
  if (pause === null) return [why];
  const found = pause.found === null ? '' : ` Found: ${pause.found}.`;
  return [why, labelled('Paused', `it was ${pause.from}.${found}`, look)];
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
  release: ReleaseView,
  plan: ReleaseAnswer['plan'],
  look: Look,
): readonly string[] {
  const { phase, step, watch, since } = release;
  if (phase === 'watching' && watch !== null) {
    const more = watch.extended ? ', extended' : '';
    const until = momentOf(Date.parse(watch.until), look.now);
    return [labelled('Until', `watched until ${until}${more}`, look)];
  }
  if (phase === 'paused') {
    const end = momentOf(Date.parse(since) + plan.maxPauseMs, look.now);
    const then = neverSwapsBack(release) ? 'fails and calls a person' : 'is rolled back by itself';
    return [labelled('Until', `${end}: if nobody resumes it, it ${then}`, look)];
  }
  const confirmedAt = step?.confirmedAt ?? null;
  const bakeMs = step === null ? undefined : plan.steps[step.number - 1]?.bakeMs;
  if (phase !== 'ramping' || bakeMs === undefined || confirmedAt === null) return [];
  const end = Date.parse(confirmedAt) + bakeMs;
  if (look.now !== undefined && end <= look.now) return [];
  const at = momentOf(end, look.now);
  const text = `this step bakes ${formatDuration(bakeMs)}: until ${at} at the earliest`;
  return [labelled('Until', text, look)];
}

function verdictLines(release: ReleaseView, binMs: number, look: Look): readonly string[] {
  const { verdict } = release;
  if (verdict === null) return [];
  const ratio = ratioWords(verdict);
  // What was still missing to certify the step before is of no use any more.
  const outlook = verdictOf(release) === undefined ? outlookWords(verdict, binMs) : null;
  return [
    ...evidenceLines(release, look),
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
  return nextSteps(release).map(([label, command]) => copyable(label, command, look));
}

function auditLines(rows: readonly AuditRowView[], look: Look): readonly string[] {
  return rows.flatMap((row, index) => {
    const before = rows[index - 1];
    const isNewDay = before === undefined || dayOf(before.at) !== dayOf(row.at);
    const head = isNewDay ? [...(index === 0 ? [''] : []), dayLine(row, look)] : [];
    return [...head, auditLine(row, look)];
  });
}

/** `12 of 4,210 (0.28 %)` */
export function counted({ requests, failures }: Verdict['canary']): string {
  return `${formatCount(failures)} of ${formatCount(requests)} (${formatShare(failures, requests)})`;
}
