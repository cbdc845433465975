/** Every check before production is touched. All problems in one report (design section 2). */
import { BOUNDS } from '../limits.ts';
import type { Rule, SiteFacts } from './azure-facts.ts';
import type { Draft } from './draft.ts';
import type { TickEvent } from './event.ts';
import type { Facts, PreflightFacts, Problem, VersionSeen } from './facts.ts';
import { LABEL_HOW } from './label.ts';
import type { Plan } from './plan.ts';
import type { Preflight, Release, Subject } from './release.ts';
import { historyDue, noteHistory, noteNoBaseline, topVersion } from './preflight-history.ts';
import { prospects } from './prospects.ts';
import type { Reason } from './reason.ts';
import { describeRules, foreignRules, ownRule } from './rules.ts';

/** Slot-sticky, these would keep the old version's label in production after the swap (azure.md 3.2). */
const STICKY_TELEMETRY = /^OTEL_(RESOURCE_ATTRIBUTES|SERVICE_)/i;

/** Takes the answers of this pass into the stage, then says how preflight stands. */
export function runPreflight(draft: Draft, facts: Facts): TickEvent | undefined {
  const { stage } = draft.release;
  if (stage.phase !== 'preflight') return undefined;
  const next = noteHistory(draft, noteAnswers(draft, stage, facts), facts);
  draft.set({ stage: next });
  const problems = findProblems(draft, next, facts);
  if (problems.length > 0) return failed(problems);
  const missing = stillMissing(draft, next, facts);
  if (missing.length === 0) return passed(draft, facts);
  draft.set({ message: waitingFor(missing) });
  return undefined;
}

/** What is missing when the limit passes; the event that ends preflight then. */
export function preflightOverdue(draft: Draft): TickEvent {
  const { release } = draft;
  const { message } = release;
  // Only when nothing else is missing: what could not be read, or does not answer, comes first.
  const unseen = message === waitingFor([LABEL_MISSING]);
  return unseen
    ? {
        kind: 'preflight-failed',
        reason: 'version-not-seen',
        message: `${message}. ${LABEL_FIX(release.version)}`,
      }
    : { kind: 'limit-passed', message: `preflight did not finish in time, ${message}` };
}

function waitingFor(missing: readonly string[]): string {
  return `waiting for: ${missing.join('; ')}`;
}

const LABEL_MISSING = 'the new version in telemetry';
const LABEL_FIX = (version: string): string =>
  `Telemetry must carry AppVersion ${version}: set the SDK's application version (tag ai.application.ver, OpenTelemetry service.version) in the build, check that telemetry reaches the workspace, or set label.require to false`;

function noteAnswers(draft: Draft, stage: Preflight, facts: Facts): Preflight {
  const { now } = draft.context;
  const answers = facts.preflight?.answers ?? [];
  const at = (index: number): boolean | undefined => answers[index]?.ok;
  return {
    ...stage,
    content: stage.content ?? facts.content?.slot,
    labelSince: stage.labelSince ?? labelAskedAt(facts, now),
    passes: stage.passes.map((n, i) => (at(i) === undefined ? n : at(i) === true ? n + 1 : 0)),
    failures: stage.failures.map((n, i) => (at(i) === undefined ? n : at(i) === true ? 0 : n + 1)),
    askedAt: stage.askedAt.map((t, i) => (at(i) === undefined ? t : now)),
    ...(facts.preflight?.queryProblems?.length === 0 ? { queriesChecked: true } : {}),
  };
}

function labelAskedAt({ preflight }: Facts, now: number): number | undefined {
  return preflight?.labelAnswer === undefined ? undefined : (preflight.labelAskedAt ?? now);
}

/** Problems that are the reason by themselves, when nothing else is wrong. */
const OWN_REASONS: Partial<Record<string, Reason>> = {
  'version-not-seen': 'version-not-seen',
  'label-missing': 'label-missing',
  'version-missing': 'label-missing',
};

function failed(problems: readonly Problem[]): TickEvent {
  const own = problems.length === 1 ? OWN_REASONS[problems[0]?.code ?? ''] : undefined;
  const message = problems.map((problem) => problem.message).join(' · ');
  return {
    kind: 'preflight-failed',
    reason: own ?? 'preflight-failed',
    message,
    facts: { problems },
  };
}

function findProblems(draft: Draft, stage: Preflight, facts: Facts): readonly Problem[] {
  const { release } = draft;
  return [
    ...facts.unread
      .filter((read) => read.refused)
      .map((read) => problem(read.what, read.code, read.message)),
    ...(facts.site === undefined ? [] : siteProblems(release, facts.site)),
    ...(facts.rules === undefined ? [] : ruleProblems(facts.rules)),
    ...contentProblems(stage, facts),
    ...(facts.preflight === undefined ? [] : settingProblems(facts.preflight)),
    ...validationProblems(draft, stage, facts),
    ...(facts.preflight?.versions === undefined || quietSinceSwap(draft, facts)
      ? []
      : versionProblems(draft, facts.preflight.versions)),
    ...labelProblems(draft, stage, facts),
    ...(facts.preflight?.queryProblems ?? []),
  ];
}

function problem(path: string, code: string, message: string): Problem {
  return { path, code, message };
}

function siteProblems(release: Release, site: SiteFacts): Problem[] {
  const problems: Problem[] = [];
  const idle = (site.production.operationInProgress ?? site.slot.operationInProgress) === undefined;
  // A swap that ended half-way leaves this behind; no later swap could be proven by volumes.
  if (idle && site.volumes.production === site.volumes.slot) {
    const message = `production and ${release.slot} both report the volume ${site.volumes.slot}: an earlier swap ended half-way; repeat it by hand until each has its own`;
    problems.push(problem('volumes', 'half-swapped', message));
  }
  for (const [name, slot] of [
    ['production', site.production],
    [release.slot, site.slot],
  ] as const) {
    if (slot.state.toLowerCase() !== 'running') {
      problems.push(problem(name, 'not-running', `${name} is ${slot.state}; start it`));
    }
    if (slot.targetSwapSlot !== undefined) {
      const message = `${name} is prepared for a swap with ${slot.targetSwapSlot}; complete it or cancel it (az webapp deployment slot swap --action reset)`;
      problems.push(problem(name, 'preview-swap-pending', message));
    }
  }
  return problems;
}

function ruleProblems(rules: readonly Rule[]): Problem[] {
  const problems: Problem[] = [];
  for (const rule of rules) {
    if (rule.autoRamp) {
      const message = `rule ${rule.name} ramps by itself (changeStep); remove it, two controllers would fight`;
      problems.push(problem('rules', 'auto-ramp', message));
    } else if (rule.weight > 0) {
      const message = `rule ${rule.name} already sends ${rule.weight} % of production away (${describeRules(rules)}); remove it first`;
      problems.push(problem('rules', 'foreign-rule', message));
    }
  }
  return problems;
}

function contentProblems(stage: Preflight, facts: Facts): Problem[] {
  if (facts.content === undefined || stage.content === undefined) return [];
  if (facts.content.slot === stage.content) return [];
  const message = `the slot held ${stage.content} when preflight began and holds ${facts.content.slot} now; start again when deployments have ended`;
  return [problem('content', 'slot-overwritten', message)];
}

function settingProblems(preflight: PreflightFacts): Problem[] {
  const problems: Problem[] = [];
  if (preflight.autoSwapSlotName !== undefined) {
    const message = `auto swap to ${preflight.autoSwapSlotName} is on and would promote behind our back; turn it off (az webapp deployment slot auto-swap --disable)`;
    problems.push(problem('autoSwapSlotName', 'auto-swap', message));
  }
  const { missingActions = [] } = preflight;
  if (missingActions.length > 0) {
    const message = `Slipway's identity does not have ${missingActions.join(', ')}: Azure would refuse in the middle of the release; slipway doctor has the fix`;
    problems.push(problem('rights', 'right-missing', message));
  }
  const sticky = (preflight.stickyAppSettings ?? []).filter((name) => STICKY_TELEMETRY.test(name));
  if (sticky.length > 0) {
    const message = `${sticky.join(', ')} stay with the slot at a swap and would mislabel the versions; make them not slot-sticky, better: put the version into the build`;
    problems.push(problem('slotConfigNames', 'sticky-telemetry', message));
  }
  return problems;
}

function validationProblems(draft: Draft, stage: Preflight, facts: Facts): Problem[] {
  const problems: Problem[] = [];
  for (const [index, failures] of stage.failures.entries()) {
    if (failures < BOUNDS.probeFailures) continue;
    const validation = draft.context.plan.validate[index];
    const why = facts.preflight?.answers[index]?.problem ?? 'no answer';
    const message = `${validation?.method ?? 'GET'} ${validation?.path ?? ''} failed ${failures} times in a row on the slot: ${why}`;
    problems.push(problem(`validate[${index}]`, 'validation-failed', message));
  }
  return problems;
}

function versionProblems(draft: Draft, versions: readonly VersionSeen[]): Problem[] {
  const { release, context } = draft;
  const top = topVersion(versions);
  const seen = versions
    .map((entry) => `${entry.version === '' ? '(none)' : entry.version}: ${entry.requests} rows`)
    .join(', ');
  if (top === undefined) return firstReleaseProblems(draft);
  const problems: Problem[] = [];
  if (top.version === '') {
    const message = `production's telemetry carries no AppVersion (${seen}). ${LABEL_HOW}`;
    problems.push(problem('baseline', 'version-missing', message));
  } else if (top.version === release.version) {
    const message = `production already reports version ${release.version} (${seen}); two versions are needed to compare`;
    problems.push(problem('version', 'versions-same', message));
  }
  if (release.assertedBaseline !== undefined && release.assertedBaseline !== top.version) {
    const message = `baselineVersion says ${release.assertedBaseline}, telemetry of the last ${Math.round(context.limits.baselineWindowMs / 60_000)} min says ${top.version} (${seen})`;
    problems.push(problem('baselineVersion', 'baseline-mismatch', message));
  }
  return problems;
}

/** No rows since a swap of the last hour: not a first release, the baseline has just not been seen yet. */
function quietSinceSwap(draft: Draft, facts: Facts): boolean {
  const { now, limits } = draft.context;
  const swappedAt = Date.parse(facts.site?.volumes.swappedAt ?? '');
  return facts.preflight?.versions?.length === 0 && swappedAt > now - limits.baselineWindowMs;
}

function firstReleaseProblems(draft: Draft): Problem[] {
  const { release, context } = draft;
  const problems: Problem[] = [];
  if (release.assertedBaseline !== undefined) {
    const message = `baselineVersion says ${release.assertedBaseline}, telemetry shows no production requests in the last hour; check the workspace and the role name`;
    problems.push(problem('baselineVersion', 'baseline-mismatch', message));
  }
  if (context.plan.analysis.ceiling === undefined) {
    const message =
      'nothing reports in production, so there is no baseline to compare with; set analysis.ceiling';
    problems.push(problem('plan.analysis.ceiling', 'ceiling-missing', message));
  }
  return problems;
}

/** Our probes came back under another name, and had their time to come back under the right one. */
function labelProblems(draft: Draft, stage: Preflight, facts: Facts): Problem[] {
  const { release, context } = draft;
  const labelled = facts.preflight?.labelled;
  if (!context.plan.label.require || labelled === undefined || stage.labelSince === undefined)
    return [];
  if (labelled.some((entry) => entry.version === release.version) || labelled.length === 0)
    return [];
  if (context.now < stage.labelSince + context.limits.readsApartMs) return [];
  if (labelled.every((entry) => entry.version === '')) {
    const message = `our probes of the slot came back without any AppVersion, not as ${release.version}. ${LABEL_HOW}, or set label.require to false`;
    return [problem('version', 'label-missing', message)];
  }
  const names = labelled
    .map((entry) => (entry.version === '' ? '(none)' : entry.version))
    .join(', ');
  const message = `our probes of the slot came back labelled ${names}, not ${release.version}. ${LABEL_FIX(release.version)}`;
  return [problem('version', 'version-not-seen', message)];
}

function stillMissing(draft: Draft, stage: Preflight, facts: Facts): string[] {
  const { plan } = draft.context;
  const missing = facts.unread.map((read) => `${read.what} (${read.code}: ${read.message})`);
  const operation =
    facts.site?.production.operationInProgress ?? facts.site?.slot.operationInProgress;
  if (operation !== undefined) missing.push(`the operation ${operation} on the site`);
  if (facts.rules === undefined || facts.site === undefined || facts.content === undefined)
    missing.push('App Service');
  for (const [index, passes] of stage.passes.entries()) {
    const validation = plan.validate[index];
    if (validation !== undefined && passes < validation.passes) {
      missing.push(
        `${validation.method} ${validation.path} (${passes} of ${validation.passes} passes)`,
      );
    }
  }
  const answer = facts.preflight?.labelAnswer;
  const answers = answer?.status !== undefined && answer.status < 500;
  if (!answers)
    missing.push(`the slot to answer (${answer?.problem ?? answer?.status ?? 'not asked yet'})`);
  return [...missing, ...missingTelemetry(draft, facts)];
}

function missingTelemetry(draft: Draft, facts: Facts): string[] {
  const { release, context } = draft;
  const missing: string[] = [];
  if (facts.preflight?.versions === undefined) missing.push('the baseline in telemetry');
  if (quietSinceSwap(draft, facts)) {
    missing.push('production requests since the last swap, in telemetry, which name the baseline');
  }
  const labelled =
    facts.preflight?.labelled?.some((entry) => entry.version === release.version) === true;
  const { stage } = release;
  if (stage.phase === 'preflight') missing.push(...missingReads(draft, stage, facts));
  if (context.plan.label.require && !labelled) missing.push(LABEL_MISSING);
  return missing;
}

function missingReads({ release, context }: Draft, stage: Preflight, facts: Facts): string[] {
  const missing: string[] = [];
  if (historyDue(release, stage, facts.preflight?.versions) !== undefined) {
    const { historyTries = 0 } = stage;
    missing.push(`the baseline's last hours (${historyTries} of ${BOUNDS.historyTries} tries)`);
  }
  if (hasQueries(context.plan) && stage.queriesChecked !== true)
    missing.push("the check of the plan's queries");
  return missing;
}

/** The plan brings KQL of its own, which the workspace's parser has to see first. */
export function hasQueries({ analysis }: Plan): boolean {
  return analysis.metrics?.more.some(({ kind }) => kind === 'kql') === true;
}

function passed(draft: Draft, facts: Facts): TickEvent | undefined {
  const { release } = draft;
  const { site, content, rules, preflight } = facts;
  if (site === undefined || content === undefined || rules === undefined) return undefined;
  const subject: Subject = {
    slotHost: site.slot.host,
    productionHost: site.production.host,
    canaryVolume: site.volumes.slot,
    baselineVolume: site.volumes.production,
    canaryContent: content.slot,
    baselineContent: content.production,
    foreignRules: foreignRules(release, rules),
  };
  const baseline = topVersion(preflight?.versions ?? [])?.version ?? null;
  const own = ownRule(release, rules);
  const against =
    baseline === null ? 'no baseline, judged against the ceiling' : `baseline ${baseline}`;
  if (baseline === null) noteNoBaseline(draft);
  const { dispersion, history } = draft.release;
  const notes = prospects(draft.context.plan, history, dispersion);
  const checked = `every check passed: ${release.version} in ${release.slot}, ${against}`;
  const message = [checked, ...notes].join(' · ');
  return {
    kind: 'preflight-passed',
    subject,
    baseline,
    message,
    facts: {
      site,
      content,
      versions: preflight?.versions,
      labelled: preflight?.labelled,
      answers: preflight?.answers,
      ownRuleRemoved: own,
      dispersion,
      history,
    },
  };
}
