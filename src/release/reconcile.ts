/**
 * From what is wanted and what is confirmed to the one change of Azure that may be carried out now.
 * Level-triggered: it looks at states, never at what happened before, so that a repeated or lost tick
 * changes nothing.
 */
import type { Draft } from './draft.ts';
import type { Facts } from './facts.ts';
import type { Claim, SwapIntent, WeightIntent } from './intent.ts';
import { ownRule, whereabouts } from './rules.ts';
import { finishedAt, isFinished } from './release.ts';
import { transition } from './transition.ts';

/** A call that the controller makes after the commit, under the claim that the commit holds. */
export type Effect =
  | {
      readonly kind: 'write-weight';
      readonly intentId: number;
      readonly claimId: string;
      readonly weight: number;
    }
  | { readonly kind: 'submit-swap'; readonly intentId: number; readonly claimId: string }
  /** A PATCH of the rules as they are, without ours: a running swap answers it with 409. */
  | {
      readonly kind: 'prove-idle';
      readonly intentId: number;
      readonly claimId: string;
      /** The first of the two reads between which it is asked. */
      readonly since: number;
      /** Our rule was found and goes with it; a row that commits with this says so. */
      readonly takesAway: boolean;
      /** The swap's claim is over by then, so the proof ends by a time of its own. */
      readonly notAfter: number;
    };

export function reconcile(draft: Draft, facts: Facts): Effect | undefined {
  const { intent, stage } = draft.release;
  // However it came there: else aftercare would wait for a weight, instead of removing a rule.
  if (stage.phase === 'failed' || isFinished(stage)) draft.set({ wantedWeight: 0 });
  // A person was called: reads go on and still settle what was asked for, nothing new is done.
  if (stage.phase === 'failed' && !isFinished(stage)) return undefined;
  if (intent?.kind === 'swap') {
    if (!ruleInTheWay(draft, intent, facts)) return pursueSwap(draft, intent, facts);
    dropSwap(draft, 'a rule of ours is there, it goes first');
  }
  if (intent?.kind === 'set-weight') {
    const effect = pursueWeight(draft, intent, facts);
    if (effect !== undefined || draft.release.intent !== undefined) return effect;
  }
  return wantWeight(draft, facts) ?? wantSwap(draft, facts);
}

/** A swap waits until no rule of ours is there: were it not dropped, nothing would remove the rule. */
function ruleInTheWay(draft: Draft, intent: SwapIntent, facts: Facts): boolean {
  if (intent.claim !== undefined || facts.rules === undefined) return false;
  return ownRule(draft.release, facts.rules) !== undefined;
}

function claimNow(draft: Draft): Claim {
  const { now, limits, claimId } = draft.context;
  return { id: claimId, at: now, notAfter: now + limits.claimMs };
}

/** Decides a pending weight intent's next move; undefined with the intent gone: decide afresh. */
function pursueWeight(draft: Draft, intent: WeightIntent, facts: Facts): Effect | undefined {
  const { now } = draft.context;
  const why = reasonToDrop(draft, intent, facts);
  if (why !== undefined) {
    dropWeight(draft, intent, why);
    return undefined;
  }
  if (claimRuns(draft, intent)) return undefined;
  if (intent.retryAt !== undefined && now < intent.retryAt) return undefined;
  if (intent.weight > intent.from && !mayRaise(draft, facts)) return undefined;
  return claimWeight(
    draft,
    intent,
    intent.claim === undefined ? 'claimed again' : 'taken over from an ended claim',
  );
}

function reasonToDrop(draft: Draft, intent: WeightIntent, facts: Facts): string | undefined {
  const { wantedWeight, stage } = draft.release;
  const { now, limits } = draft.context;
  const raising = intent.weight > intent.from;
  if (wantedWeight < intent.weight) return 'less weight is wanted now';
  if (claimRuns(draft, intent)) return undefined;
  // A raise that is under way when a person pauses is waited for: it may land, and is no drift then.
  if (raising && stage.phase !== 'ramping') return 'nothing is raised now';
  if (raising && now > intent.decidedAt + limits.raiseExpiresMs)
    return 'raising on stale evidence is decided afresh';
  if (wantedWeight !== intent.weight) return 'another weight is wanted now';
  return raising || !isLower(draft, facts) ? undefined : 'there is less already';
}

/**
 * Less than is wanted stands there: somebody took the rule away, or made it smaller, after it was found
 * too large. To write what is wanted would bring visitors back, which only a raise may do.
 */
function isLower({ release }: Draft, facts: Facts): boolean {
  if (facts.rules === undefined) return false;
  return (ownRule(release, facts.rules)?.weight ?? 0) < release.wantedWeight;
}

function claimRuns(draft: Draft, intent: WeightIntent | SwapIntent): boolean {
  const { now, limits } = draft.context;
  return intent.claim !== undefined && now <= intent.claim.notAfter + limits.claimGraceMs;
}

function dropWeight(draft: Draft, intent: WeightIntent, why: string): void {
  const ends = Math.max(draft.release.claimsEndAt, intent.claim?.notAfter ?? 0);
  draft.set({ intent: undefined, claimsEndAt: ends });
  draft.note({
    action: 'intent-dropped',
    reason: draft.release.reason,
    message: `${intent.weight} % is not pursued: ${why}`,
  });
}

function claimWeight(draft: Draft, intent: WeightIntent, why: string): Effect {
  const claim = claimNow(draft);
  const ends = Math.max(draft.release.claimsEndAt, intent.claim?.notAfter ?? 0);
  const claimed: WeightIntent = {
    ...intent,
    claim,
    retryAt: undefined,
    attempts: intent.attempts + 1,
  };
  draft.set({ intent: claimed, claimsEndAt: ends });
  draft.note({
    action: 'intent-claimed',
    reason: draft.release.reason,
    message: `${intent.weight} %: ${why}`,
    facts: { attempt: claimed.attempts },
  });
  return { kind: 'write-weight', intentId: intent.id, claimId: claim.id, weight: intent.weight };
}

/** A new weight intent, decided, recorded and claimed in one commit. */
function wantWeight(draft: Draft, facts: Facts): Effect | undefined {
  const { release } = draft;
  const removes = release.wantedWeight === 0;
  const present =
    facts.rules === undefined ? release.weight > 0 : ownRule(release, facts.rules) !== undefined;
  const differs = removes
    ? present && mayRemove(draft, facts)
    : release.wantedWeight !== release.weight;
  if (!differs) return undefined;
  const raises = release.wantedWeight > release.weight;
  if (raises ? !mayRaise(draft, facts) : isLower(draft, facts)) return undefined;
  const claim = claimNow(draft);
  const intent: WeightIntent = {
    kind: 'set-weight',
    id: release.sequence + 1,
    weight: release.wantedWeight,
    from: release.weight,
    decidedAt: draft.context.now,
    claim,
    retryAt: undefined,
    attempts: 1,
  };
  draft.set({ intent });
  if (isFinished(release.stage)) {
    const message = 'a rule equal to one of ours came back after the end: remove it';
    draft.note({ action: 'aftercare', reason: 'aftercare', message, facts: { claim } });
  } else {
    const message = removes ? 'remove own rule' : `set ${intent.weight} % (from ${intent.from} %)`;
    draft.note({ action: 'intent-decided', reason: release.reason, message, facts: { claim } });
  }
  return { kind: 'write-weight', intentId: intent.id, claimId: claim.id, weight: intent.weight };
}

/**
 * Whether a rule of the slot is ours to remove. In the watch only one that we know of (from before an
 * adopted swap); another one is drift first (seen twice, then a pause lowers it). After the end only
 * rules equal to ones we wrote are removed.
 */
function mayRemove(draft: Draft, facts: Facts): boolean {
  const { release } = draft;
  if (release.subject === undefined) return false;
  const { phase } = release.stage;
  if (phase === 'promoting' || phase === 'rolling-back') return true;
  if (phase === 'paused' || phase === 'watching') return release.weight > 0;
  const rule = facts.rules === undefined ? undefined : ownRule(release, facts.rules);
  if (rule === undefined || !inAftercare(draft)) return false;
  const sameHost = rule.host.toLowerCase() === release.subject.slotHost.toLowerCase();
  return sameHost && release.steps.includes(rule.weight);
}

/** Only then: a tick may come later too, and a rule that somebody makes by then is theirs. */
function inAftercare({ release, context }: Draft): boolean {
  const endedAt = finishedAt(release.stage);
  return endedAt !== undefined && context.now < endedAt + context.limits.aftercareMs;
}

/** More traffic only while ramping, on rules and volumes read in this pass and as they were left. */
function mayRaise(draft: Draft, facts: Facts): boolean {
  const { release } = draft;
  return (
    release.stage.phase === 'ramping' &&
    release.suspect === undefined &&
    evidenceIsFresh(draft, release.stage.since) &&
    facts.rules !== undefined &&
    facts.content !== undefined &&
    facts.site !== undefined &&
    whereabouts(release, facts.site.volumes) === 'baseline-in-production'
  );
}

/** Never raise on stale evidence: the step was entered just now, or telemetry was judged just now. */
function evidenceIsFresh(draft: Draft, decidedAt: number): boolean {
  const { release, context } = draft;
  const { now, limits, plan } = context;
  if (release.binsFrom === undefined || now <= decidedAt + limits.raiseExpiresMs) return true;
  const { verdict } = release;
  const lastsMs = Math.max(limits.raiseExpiresMs, 2 * plan.analysis.intervalMs);
  return verdict !== undefined && verdict.outcome !== 'unavailable' && now <= verdict.at + lastsMs;
}

function pursueSwap(draft: Draft, intent: SwapIntent, facts: Facts): Effect | undefined {
  const { stage } = draft.release;
  const { now, limits } = draft.context;
  if (intent.claim === undefined) {
    if (intent.direction === 'promote' && stage.phase !== 'promoting') {
      dropSwap(draft, 'the goal is the baseline now');
      return undefined;
    }
    if (intent.retryAt !== undefined && now < intent.retryAt) return undefined;
    return stands(draft, intent.direction, facts) && swapAllowed(draft, facts)
      ? claimSwap(draft, intent)
      : undefined;
  }
  const proving =
    intent.unchangedAt !== undefined &&
    (intent.idleAt === undefined || intent.idleAt < intent.unchangedAt);
  const due = now >= intent.claim.notAfter + limits.swapUnprovenMs;
  if (!proving || !due || facts.rules === undefined) return undefined;
  return askIdle(draft, { ...intent, claim: intent.claim, unchangedAt: intent.unchangedAt }, facts);
}

type Unproven = SwapIntent & { readonly claim: Claim; readonly unchangedAt: number };

/**
 * The write leaves our rule out: none may stand when the swap is asked for again, and one that was put
 * there by hand must not be brought back by a call that stalls. Then it is a change, so its row comes
 * first.
 */
function askIdle(draft: Draft, intent: Unproven, facts: Facts): Effect {
  const { release, context } = draft;
  const own = facts.rules === undefined ? undefined : ownRule(release, facts.rules);
  if (own !== undefined) {
    draft.note({
      action: 'intent-claimed',
      reason: release.reason,
      message: `a rule of ours (${own.weight} %) is there: the write that asks whether a swap runs removes it`,
      facts: { takesAway: own },
    });
  }
  return {
    kind: 'prove-idle',
    intentId: intent.id,
    claimId: intent.claim.id,
    since: intent.unchangedAt,
    takesAway: own !== undefined,
    notAfter: context.now + context.limits.claimMs,
  };
}

function dropSwap(draft: Draft, why: string): void {
  draft.set({ intent: undefined });
  draft.note({
    action: 'intent-dropped',
    reason: draft.release.reason,
    message: `no swap: ${why}`,
  });
}

function claimSwap(draft: Draft, intent: SwapIntent): Effect {
  const claim = claimNow(draft);
  // What was proven of an earlier call proves nothing of this one.
  const claimed: SwapIntent = {
    ...intent,
    claim,
    retryAt: undefined,
    attempts: intent.attempts + 1,
    poller: undefined,
    refusal: undefined,
    unchangedAt: undefined,
    idleAt: undefined,
  };
  draft.set({ intent: claimed });
  draft.note({
    action: 'intent-claimed',
    reason: draft.release.reason,
    message: `swap: attempt ${claimed.attempts}`,
    facts: { claim },
  });
  return { kind: 'submit-swap', intentId: intent.id, claimId: claim.id };
}

/** Both directions: no rule of ours, everything read in this pass, no operation on the site. */
function swapAllowed(draft: Draft, facts: Facts): boolean {
  const { release } = draft;
  if (facts.rules === undefined || facts.site === undefined || facts.content === undefined)
    return false;
  const idle =
    facts.site.production.operationInProgress === undefined &&
    facts.site.slot.operationInProgress === undefined;
  return (
    idle &&
    release.weight === 0 &&
    ownRule(release, facts.rules) === undefined &&
    draft.context.now > release.claimsEndAt
  );
}

/** Both volumes are where the swap starts from; anything else is done, or under way. */
function stands(draft: Draft, direction: SwapIntent['direction'], facts: Facts): boolean {
  const start = direction === 'promote' ? 'baseline-in-production' : 'canary-in-production';
  return facts.site !== undefined && whereabouts(draft.release, facts.site.volumes) === start;
}

function wantSwap(draft: Draft, facts: Facts): Effect | undefined {
  const { phase } = draft.release.stage;
  if (phase === 'promoting' && stands(draft, 'promote', facts))
    return newSwap(draft, facts, 'promote');
  if (phase === 'rolling-back' && stands(draft, 'swap-back', facts))
    return newSwap(draft, facts, 'swap-back');
  return undefined;
}

function newSwap(
  draft: Draft,
  facts: Facts,
  direction: SwapIntent['direction'],
): Effect | undefined {
  const { release } = draft;
  if (!swapAllowed(draft, facts) || facts.site === undefined || facts.content === undefined)
    return undefined;
  const { subject, stage } = release;
  if (subject === undefined) return undefined;
  const ordered = stage.phase === 'rolling-back' && stage.ordered;
  if (direction === 'swap-back' && !release.reversible && !ordered) {
    transition(draft, { kind: 'irreversible', message: release.message });
    return undefined;
  }
  if (direction === 'swap-back' && facts.content.slot !== subject.baselineContent) {
    transition(draft, {
      kind: 'old-content-gone',
      message: `the slot holds ${facts.content.slot}, not the old content ${subject.baselineContent}: nothing untested is swapped in`,
    });
    return undefined;
  }
  // What stands in production right before the swap is what a swap back must find in the slot.
  if (direction === 'promote')
    draft.set({ subject: { ...subject, baselineContent: facts.content.production } });
  const claim = claimNow(draft);
  const intent: SwapIntent = {
    kind: 'swap',
    id: release.sequence + 1,
    direction,
    decidedAt: draft.context.now,
    before: facts.site.volumes,
    claim,
    retryAt: undefined,
    attempts: 1,
    poller: undefined,
    refusal: undefined,
    unchangedAt: undefined,
    idleAt: undefined,
  };
  draft.set({ intent });
  const message =
    direction === 'promote' ? 'swap the slot into production' : 'swap the old version back';
  draft.note({
    action: 'intent-decided',
    reason: release.reason,
    message,
    facts: { claim, before: intent.before, content: facts.content },
  });
  return { kind: 'submit-swap', intentId: intent.id, claimId: claim.id };
}
