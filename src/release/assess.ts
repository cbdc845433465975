/**
 * Which event this pass is about. Several may hold at once; the order is design section 2, with a
 * rescue where an operator's abort stands: rescue > harm > slot-overwritten > drift > hold > approval >
 * advance. Operator commands never come here, they are applied as they arrive.
 */
import { BOUNDS } from '../limits.ts';
import type { Bin, Verdict } from '../judge/types.ts';
import type { Draft } from './draft.ts';
import type { TickEvent } from './event.ts';
import type { Facts } from './facts.ts';
import { follow } from './observe.ts';
import { canaryRowsOf } from './bin-metrics.ts';
import { isCorrelated } from './burn-rate.ts';
import { hold } from './holds.ts';
import { LABEL_HOW, labelIsMissing, unlabelledItems } from './label.ts';
import { silentCanary, stepTraffic } from './traffic.ts';
import { preflightOverdue, runPreflight } from './preflight.ts';
import { type Ramping, type Release, type Watching, isFinished } from './release.ts';
import { describeRescue, newRescue } from './rescue-record.ts';
import { ownRule, ruleAbsent, whereabouts } from './rules.ts';
import { tooLate } from './telemetry-fold.ts';
import { claimOpen } from './settle.ts';
import { exposed, standing, standsAt } from './transition.ts';
import { isDeserted, silentBins } from './usage.ts';

/** What was judged in this pass. */
export interface Judged {
  readonly verdict: Verdict | undefined;
  /** Final and provisional, ascending. */
  readonly bins: readonly Bin[];
}

export function assess(draft: Draft, facts: Facts, judged: Judged): TickEvent | undefined {
  return (
    rescued(draft, facts) ??
    harm(draft, facts, judged) ??
    overwritten(draft, facts) ??
    drift(draft, facts) ??
    timeUp(draft) ??
    byPhase(draft, facts, judged)
  );
}

/** A record that was not adopted yet: what is decided below must not undo what somebody did by hand. */
function rescued(draft: Draft, facts: Facts): TickEvent | undefined {
  const record = newRescue(draft.release, facts.site, draft.context.now);
  if (record === undefined || isFinished(draft.release.stage)) return undefined;
  const swap = facts.site?.volumes.swappedAt;
  return {
    kind: 'rescued',
    record,
    swappedAt: swap === undefined ? undefined : Date.parse(swap),
    message: `${describeRescue(record)}, as the site's tag claims`,
    facts: { rescue: record },
  };
}

function harm(draft: Draft, facts: Facts, judged: Judged): TickEvent | undefined {
  const { release } = draft;
  if (!exposed(release.stage)) return undefined;
  if (judged.verdict?.outcome === 'harm') {
    return { kind: 'harm', reason: 'harm', message: judged.verdict.sentence };
  }
  const byProbe = harmByProbe(draft);
  if (byProbe !== undefined) return byProbe;
  // While a person decides about drift, the rule may have been away since the bake began.
  if (release.stage.phase === 'paused' && release.stage.found !== undefined) return undefined;
  return correlated(draft) ?? silent(draft, facts, judged);
}

function correlated({ release, context }: Draft): TickEvent | undefined {
  const { incident } = release;
  if (incident === undefined || !standsAt(release.stage, 'ramping')) return undefined;
  if (!isCorrelated(incident, context.limits)) return undefined;
  const since = new Date(incident.since).toISOString();
  const message = `${incident.message}; it began at ${since}, right after the weight was changed, and did not go away: taken back as correlated, not attributed`;
  return { kind: 'harm', reason: 'correlated-harm', message, facts: { incident } };
}

function silent({ release }: Draft, facts: Facts, { bins }: Judged): TickEvent | undefined {
  // Silence speaks only while the rule is known to stand: somebody may have set it to zero by hand.
  if (facts.rules === undefined || release.suspect !== undefined) return undefined;
  const silence = silentCanary(release, bins);
  if (silence === undefined) return undefined;
  const at = standing(release.stage);
  const from = at.phase === 'ramping' ? (at.confirmedAt ?? 0) : 0;
  const unlabelled = unlabelledItems(facts, from);
  if (!labelIsMissing(unlabelled))
    return { kind: 'harm', reason: 'canary-silent', message: silence };
  const message = `${release.version} cannot be judged: telemetry shows none of its rows, and ${unlabelled ?? 0} requests without any AppVersion. ${LABEL_HOW}`;
  return { kind: 'harm', reason: 'label-missing', message };
}

function harmByProbe(draft: Draft): TickEvent | undefined {
  const { release, context } = draft;
  const { probes, swappedAt } = release;
  if (probes.canaryFailures < BOUNDS.probeFailures || probes.otherFailures > 0) return undefined;
  // A swap's first minute answers with 503 now and then (azure.md 7).
  if (swappedAt !== undefined && context.now < swappedAt + context.limits.probeGraceMs)
    return undefined;
  const message = `the plan's requests failed ${probes.canaryFailures} times in a row on the canary's host and pass on the other: ${probes.lastAnswer ?? 'no answer'}`;
  return { kind: 'harm', reason: 'harm-by-probe', message };
}

/** Other bits in the slot: while visitors meet it, and until a swap of it was asked for. */
function overwritten(draft: Draft, facts: Facts): TickEvent | undefined {
  const { release } = draft;
  const { subject } = release;
  const at = standing(release.stage).phase;
  const matters = at === 'ramping' || (at === 'promoting' && release.intent?.kind !== 'swap');
  if (!matters || subject === undefined || facts.content === undefined || facts.site === undefined)
    return undefined;
  if (whereabouts(release, facts.site.volumes) !== 'baseline-in-production') return undefined;
  if (facts.content.slot === subject.canaryContent) return undefined;
  return {
    kind: 'slot-overwritten',
    message: `the slot held ${subject.canaryContent} at preflight and holds ${facts.content.slot} now: that was never validated`,
  };
}

/** Believed at the second read: a pass that could not read does not count as one. */
function drift(draft: Draft, facts: Facts): TickEvent | undefined {
  const { release, context } = draft;
  const { suspect } = release;
  if (suspect === undefined || facts.rules === undefined || facts.site === undefined)
    return undefined;
  if (context.now < suspect.since + context.limits.readsApartMs) return undefined;
  draft.set({ suspect: undefined });
  if (suspect.kind === 'drift') follow(draft, suspect.ownWeight);
  const wanted =
    suspect.ownWeight > release.wantedWeight ? `; lowered to ${release.wantedWeight} % first` : '';
  const message = `not as it was left, seen twice: ${suspect.seen}${wanted}. Resume with a choice: adopt keeps what is there now, reapply goes back to what the plan wants`;
  return { kind: 'drift', found: suspect, message };
}

/** Limits of phases, the plan's deadline, the longest pause. */
function timeUp(draft: Draft): TickEvent | undefined {
  const { release, context } = draft;
  const { stage } = release;
  const { now, limits, plan } = context;
  const over = (since: number, ms: number): boolean => now >= since + ms;
  if (stage.phase === 'paused' && over(stage.since, plan.maxPauseMs)) {
    return { kind: 'pause-expired', message: 'paused longer than maxPause' };
  }
  if (stage.phase === 'promoting' && over(stage.since, limits.promoteMs)) {
    return {
      kind: 'limit-passed',
      message: 'the swap was neither done nor refused within its limit',
    };
  }
  if (stage.phase === 'rolling-back' && over(stage.since, limits.rollBackMs)) {
    return {
      kind: 'limit-passed',
      message: `the baseline could not be restored within the limit (${release.message})`,
    };
  }
  const deadlineCounts =
    stage.phase === 'queued' ||
    stage.phase === 'preflight' ||
    stage.phase === 'ramping' ||
    stage.phase === 'promoting';
  if (deadlineCounts && over(release.deadlineFrom + release.pausedMs, plan.deadlineMs)) {
    return { kind: 'deadline', message: "the plan's deadline passed" };
  }
  return undefined;
}

function byPhase(draft: Draft, facts: Facts, judged: Judged): TickEvent | undefined {
  const { stage } = draft.release;
  switch (stage.phase) {
    case 'queued':
      return leaveQueue(draft, facts);
    case 'preflight':
      return preflight(draft, facts);
    case 'ramping':
      return ramp(draft, stage, judged);
    case 'watching':
      return watch(draft, stage, judged);
    case 'rolling-back':
      return goingBack(draft, facts);
    case 'promoting':
      return promoted(draft, facts);
    case 'paused':
    case 'failed':
    case 'succeeded':
    case 'rolled-back':
    case 'aborted':
    case 'rejected':
      return undefined;
  }
}

function leaveQueue(draft: Draft, facts: Facts): TickEvent | undefined {
  const { plan, now } = draft.context;
  const { pinnedUntil } = facts;
  const pinned = pinnedUntil !== undefined && now < pinnedUntil;
  if (pinned && plan.pinned === 'wait') {
    const until = new Date(pinnedUntil).toISOString();
    draft.set({
      reason: 'visitors-pinned',
      message: `visitors may be pinned to the slot by an earlier release until ${until}`,
    });
    return undefined;
  }
  const message = pinned
    ? 'visitors of an earlier release are still pinned to the slot; the plan accepts them'
    : 'checking';
  return { kind: 'app-free', message };
}

function preflight(draft: Draft, facts: Facts): TickEvent | undefined {
  const event = runPreflight(draft, facts);
  const { stage } = draft.release;
  const { now, limits } = draft.context;
  if (event !== undefined || stage.phase !== 'preflight' || now < stage.since + limits.preflightMs)
    return event;
  return preflightOverdue(draft);
}

/** Somebody, or a call of ours that was given up, did the swap already. */
function promoted(draft: Draft, facts: Facts): TickEvent | undefined {
  const { release } = draft;
  if (facts.site === undefined || release.intent !== undefined) return undefined;
  if (!ruleAbsent(release, facts.rules)) return undefined;
  if (whereabouts(release, facts.site.volumes) !== 'canary-in-production') return undefined;
  return {
    kind: 'swap-confirmed',
    direction: 'promote',
    message: 'the new version is in production, no rule is left',
    facts: { volumes: facts.site.volumes },
  };
}

/** Two clear reads, the second after the last claim has ended (ARM cannot be fenced). */
function goingBack(draft: Draft, facts: Facts): TickEvent | undefined {
  const { release, context } = draft;
  const { stage } = release;
  if (stage.phase !== 'rolling-back' || facts.rules === undefined || facts.site === undefined)
    return undefined;
  const clear =
    release.intent === undefined &&
    ownRule(release, facts.rules) === undefined &&
    whereabouts(release, facts.site.volumes) === 'baseline-in-production';
  if (!clear) {
    if (stage.clearAt !== undefined) draft.set({ stage: { ...stage, clearAt: undefined } });
    return undefined;
  }
  const second =
    stage.clearAt !== undefined && context.now > stage.clearAt && !claimOpen(release, context.now);
  return second
    ? {
        kind: 'baseline-restored',
        message: `${release.baseline ?? 'the old version'} serves all of production, no rule is left`,
      }
    : { kind: 'baseline-clear', message: 'first clear read' };
}

function ramp(draft: Draft, stage: Ramping, judged: Judged): TickEvent | undefined {
  const { release, context } = draft;
  const step = context.plan.steps[stage.step];
  if (stage.confirmedAt === undefined || stage.patienceFrom === undefined || step === undefined) {
    draft.set({
      reason: 'weight-pending',
      message: `${release.wantedWeight} % is wanted, ${release.weight} % is confirmed`,
    });
    return undefined;
  }
  const frozen = hold(draft, stage, judged);
  if (frozen !== undefined) {
    draft.set({ reason: frozen.reason, message: frozen.message });
    return frozen.kind === 'blind' ? frozen : undefined;
  }
  const traffic = stepTraffic(judged.bins, stage.confirmedAt, context.plan.analysis.intervalMs);
  const judgedOver = (release.finalTo ?? 0) >= stage.confirmedAt + step.bakeMs;
  const sentence = judged.verdict?.sentence ?? release.message;
  draft.set({ reason: 'baking', message: sentence });
  if (!judgedOver || !traffic.enough) return patience(draft, stage, judged);
  // Short steps are over before `hold` calls it silence, and probes alone must not certify them.
  if (isDeserted(release, finalOf(judged, stage.confirmedAt))) {
    draft.set({ reason: 'no-data', message: NOBODY_YET });
    return patience(draft, stage, judged);
  }
  if (judged.verdict?.outcome === 'certified') return { kind: 'step-certified', message: sentence };
  return patience(draft, stage, judged);
}

const NOBODY_YET =
  'telemetry shows no requests of either version in this step; what else was measured does not stand for the people who use this app';

function finalOf({ bins }: Judged, from: number): readonly Bin[] {
  return bins.filter((bin) => bin.final && bin.startMs >= from);
}

/** `maxBake` passes without certification: the plan says what then. Never onward on a silent canary. */
function patience(draft: Draft, stage: Ramping, judged: Judged): TickEvent | undefined {
  const { context } = draft;
  const step = context.plan.steps[stage.step];
  if (step === undefined || stage.patienceFrom === undefined || stage.confirmedAt === undefined)
    return undefined;
  // Judged time runs `settle` behind the clock, for the bake and so for its limit.
  const until = stage.patienceFrom + step.maxBakeMs + context.plan.analysis.settleMs;
  if (context.now < until || judged.verdict === undefined) return undefined;
  const traffic = stepTraffic(judged.bins, stage.confirmedAt, context.plan.analysis.intervalMs);
  const calm = judged.verdict.evidence.harm <= 0.5 * judged.verdict.evidence.harmThreshold;
  return {
    kind: 'step-undecided',
    // `no-data`: rows, if any, are of metrics that only tell.
    mayAdvance:
      traffic.canaryRows > 0 &&
      calm &&
      judged.verdict.outcome !== 'harm' &&
      judged.verdict.outcome !== 'no-data',
    message: `undecided after maxBake: ${judged.verdict.sentence}`,
  };
}

function watch(draft: Draft, stage: Watching, judged: Judged): TickEvent | undefined {
  const { release, context } = draft;
  const sentence = judged.verdict?.sentence ?? release.message;
  const seen = judged.bins.filter((bin) => bin.watch && bin.startMs >= stage.since);
  const canaryRows = seen.reduce((sum, bin) => sum + bin.canary.requests, 0);
  const baselineRows = seen.reduce((sum, bin) => sum + bin.baseline.requests, 0);
  const mislabelled = labelTrouble(release, { canaryRows, baselineRows });
  draft.set(
    mislabelled ?? {
      reason: stage.extended ? 'watch-extended' : 'watching',
      message: sentence,
    },
  );
  const { settleMs } = context.plan.analysis;
  const judgedOver = (release.finalTo ?? 0) >= stage.until;
  const givenUp = context.now >= stage.until + Math.max(context.plan.maxBlindMs, 2 * settleMs);
  if (!judgedOver && !givenUp) return undefined;
  // Probes see what they ask for, and nothing of visitors who are there and counted as nobody's.
  const deserted = canaryRows === 0 && seen.length >= silentBins(release);
  const unseen =
    mislabelled !== undefined || deserted || seen.every((bin) => canaryRowsOf(bin) === 0);
  const blind = unseen || !judgedOver || tooLate(release.late);
  const message = blind
    ? `the watch saw nothing it could judge: ${draft.release.message}`
    : sentence;
  return { kind: 'watch-over', blind, message };
}

/** In the watch all of production is the canary: rows of nobody, or of the old version, are its own. */
function labelTrouble(
  { baseline, seen }: Release,
  rows: { readonly canaryRows: number; readonly baselineRows: number },
): Pick<Release, 'reason' | 'message'> | undefined {
  if (rows.canaryRows > 0) return undefined;
  if (rows.baselineRows >= BOUNDS.silentAfterRequests) {
    const message = `production's rows are labelled ${baseline ?? ''} after the swap: the version label stays with the slot; make OTEL_* and version settings not slot-sticky`;
    return { reason: 'label-swapped', message };
  }
  if (seen.unlabelled !== true) return undefined;
  const message = `production's rows carry no AppVersion after the swap. ${LABEL_HOW}`;
  return { reason: 'label-missing', message };
}
