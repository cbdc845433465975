/** How an intent ends: by what Azure answered to our call, or by what a later read shows. */
import { BOUNDS } from '../limits.ts';
import { cut } from './audit-size.ts';
import type { SiteFacts, WriteOutcome } from './azure-facts.ts';
import type { Draft } from './draft.ts';
import type { Facts } from './facts.ts';
import type { Refusal, SwapIntent, WeightIntent } from './intent.ts';
import { describeRules, ownRule, ruleAbsent, whereabouts } from './rules.ts';
import type { Release } from './release.ts';
import { beginBins, standing, transition } from './transition.ts';

/** Names the call that an outcome belongs to; an outcome of another claim is history. */
export interface CallId {
  readonly intentId: number;
  readonly claimId: string;
}

/**
 * Adds what Azure answered. A fact survives conflicts: it is applied to whatever row is newest, as
 * long as that intent is still unsettled under that claim. Returns false when it is not.
 */
export function applyOutcome(draft: Draft, call: CallId, outcome: WriteOutcome): boolean {
  const { intent } = draft.release;
  if (intent?.id !== call.intentId || intent.claim?.id !== call.claimId) return false;
  if (intent.kind === 'set-weight') applyToWeight(draft, intent, outcome);
  else applyToSwap(draft, intent, outcome);
  return true;
}

function applyToWeight(draft: Draft, intent: WeightIntent, outcome: WriteOutcome): void {
  switch (outcome.kind) {
    case 'rules-written': {
      const weight = ownRule(draft.release, outcome.rules)?.weight ?? 0;
      if (weight === intent.weight) confirmWeight(draft, intent, describeRules(outcome.rules));
      else {
        // The call has ended, so the next try need not wait for the end of its claim.
        retryLater(draft, intent, 0);
        answered(draft, 'read-back-differs', `read back: ${describeRules(outcome.rules)}`);
      }
      return;
    }
    case 'busy':
      retryLater(draft, intent, outcome.retryAfterMs);
      answered(draft, outcome.code, outcome.message);
      return;
    case 'refused':
      weightRefused(draft, intent, outcome);
      return;
    case 'guarded':
      draft.set({ intent: undefined });
      dropped(draft, `not written: ${outcome.message}`);
      return;
    case 'unknown':
      // The call may still land until the claim ends: the claim stays, reads will tell.
      answered(draft, outcome.code, outcome.message);
      return;
    case 'swap-accepted':
    case 'idle-asked':
      throw new TypeError(`${outcome.kind} cannot answer a weight intent`);
  }
}

/** Lowering is tried again until the limit of the phase; raising is decided afresh, by a person. */
function weightRefused(
  draft: Draft,
  intent: WeightIntent,
  outcome: { code: string; message: string },
): void {
  if (intent.weight < intent.from || intent.weight === 0) {
    retryLater(draft, intent, 0);
    answered(draft, outcome.code, outcome.message);
    return;
  }
  // Not while paused: a resume asks for the step's weight again, and then a person hears of it.
  const ramping = draft.release.stage.phase === 'ramping';
  draft.set({
    intent: undefined,
    wantedWeight: ramping ? draft.release.weight : draft.release.wantedWeight,
  });
  dropped(draft, `Azure refused: ${outcome.code} ${outcome.message}`);
  transition(draft, {
    kind: 'azure-refused',
    message: `Azure refuses ${intent.weight} %: ${outcome.code}: ${outcome.message}`,
  });
}

function retryLater(draft: Draft, intent: WeightIntent | SwapIntent, afterMs: number): void {
  const { now, limits } = draft.context;
  const retryAt = now + Math.max(afterMs, limits.retryMs);
  draft.set({ intent: { ...intent, claim: undefined, retryAt } });
}

function answered(draft: Draft, code: string, message: string): void {
  draft.note({
    action: 'azure-answered',
    reason: draft.release.reason,
    message: `${code}: ${message}`,
    facts: { code },
  });
}

function dropped(draft: Draft, message: string): void {
  draft.note({ action: 'intent-dropped', reason: draft.release.reason, message });
}

/** The weight is a fact from here: the bake counts, and with the first one the bins begin. */
export function confirmWeight(draft: Draft, intent: WeightIntent, seen: string): void {
  draft.set({ intent: undefined, weight: intent.weight });
  if (intent.weight === 0) draft.set({ ruleGoneAt: draft.context.now });
  if (intent.weight > 0 && intent.weight === draft.release.wantedWeight) beginBake(draft);
  const message = intent.weight === 0 ? 'own rule is gone' : `${intent.weight} % confirmed`;
  draft.note({
    action: 'intent-confirmed',
    reason: draft.release.reason,
    message,
    facts: { readBack: seen },
  });
}

/** The step's weight was read back: the bake counts from now, also while a person has paused it. */
export function beginBake(draft: Draft): void {
  const { stage, weight } = draft.release;
  const at = standing(stage);
  if (at.phase !== 'ramping') return;
  const { now } = draft.context;
  const baking = {
    ...at,
    confirmedAt: at.confirmedAt ?? now,
    patienceFrom: at.patienceFrom ?? now,
  };
  beginBins(draft);
  if (stage.phase === 'paused') draft.set({ stage: { ...stage, from: baking } });
  else draft.set({ stage: baking, reason: 'baking', message: `${weight} % confirmed, baking` });
}

function applyToSwap(draft: Draft, intent: SwapIntent, outcome: WriteOutcome): void {
  switch (outcome.kind) {
    case 'swap-accepted':
      draft.set({ intent: { ...intent, poller: outcome.poller } });
      draft.note({
        action: 'azure-answered',
        reason: draft.release.reason,
        message: 'swap accepted, running',
      });
      return;
    case 'busy':
      retryLater(draft, intent, outcome.retryAfterMs);
      answered(draft, outcome.code, outcome.message);
      return;
    case 'refused':
      draft.set({ intent: { ...intent, refusal: refusalOf('post', outcome, draft) } });
      answered(draft, outcome.code, outcome.message);
      return;
    case 'guarded':
      draft.set({ intent: undefined });
      dropped(draft, `not swapped: ${outcome.message}`);
      return;
    case 'unknown':
      answered(draft, outcome.code, outcome.message);
      return;
    case 'idle-asked':
      idleAnswered(draft, intent, outcome);
      return;
    case 'rules-written':
      throw new TypeError('rules were written for a swap intent');
  }
}

/** Idle counts only between two equal reads; a running operation makes the reads count anew. */
function idleAnswered(
  draft: Draft,
  intent: SwapIntent,
  answer: Extract<WriteOutcome, { kind: 'idle-asked' }>,
): void {
  const { since, idle, takesAway, removed, message } = answer;
  if (takesAway) {
    draft.note({
      action: 'azure-answered',
      reason: draft.release.reason,
      message,
      facts: { idle, removed },
    });
  }
  // The reads began anew since it was asked: it proves nothing about them.
  if (intent.unchangedAt !== since) return;
  draft.set({
    intent: idle ? { ...intent, idleAt: draft.context.now } : { ...intent, unchangedAt: undefined },
  });
}

function refusalOf(
  of: Refusal['of'],
  answer: { code: string; message: string },
  draft: Draft,
): Refusal {
  const message = cut(answer.message, BOUNDS.messageChars);
  return { of, code: answer.code, message, at: draft.context.now };
}

/** Settles a pending intent by what was read in this pass. */
export function settleByReads(draft: Draft, facts: Facts): void {
  const { intent } = draft.release;
  if (intent?.kind === 'set-weight' && facts.rules !== undefined) {
    const weight = ownRule(draft.release, facts.rules)?.weight;
    const done = intent.weight === 0 ? weight === undefined : weight === intent.weight;
    if (done) {
      outliveClaim(draft, intent);
      confirmWeight(draft, intent, describeRules(facts.rules));
    }
  }
  if (intent?.kind === 'swap') settleSwap(draft, intent, facts);
}

/** Confirmed by a read, while the call itself was not answered yet: it may still reach Azure. */
function outliveClaim(draft: Draft, intent: WeightIntent | SwapIntent): void {
  const { claimsEndAt } = draft.release;
  draft.set({ claimsEndAt: Math.max(claimsEndAt, intent.claim?.notAfter ?? 0) });
}

function settleSwap(draft: Draft, found: SwapIntent, facts: Facts): void {
  const intent = notePoll(draft, found, facts);
  if (facts.site === undefined) return;
  const where = whereabouts(draft.release, facts.site.volumes);
  const wanted = intent.direction === 'promote' ? 'canary-in-production' : 'baseline-in-production';
  if (where === wanted) {
    if (intent.poller === undefined && intent.refusal === undefined) outliveClaim(draft, intent);
    confirmSwap(draft, intent, { site: facts.site, rules: facts.rules });
  } else if (where === 'other') {
    draft.set({ intent: { ...intent, unchangedAt: undefined, idleAt: undefined } });
  } else if (newerSwap(facts.site.volumes.swappedAt, intent.before.swappedAt)) {
    draft.set({ intent: undefined });
    const message = `volumes are where they were but a swap happened at ${facts.site.volumes.swappedAt}: somebody swapped twice`;
    const answer = transition(draft, { kind: 'swap-disturbed', message });
    if (answer.kind === 'refused') dropped(draft, message);
  } else {
    notDoneYet(draft, intent);
  }
}

function newerSwap(seen: string | undefined, before: string | undefined): boolean {
  if (seen === undefined) return false;
  return before === undefined || Date.parse(seen) > Date.parse(before);
}

/** The poller says when to look, and why it failed; the volumes alone say whether it is done. */
function notePoll(draft: Draft, intent: SwapIntent, facts: Facts): SwapIntent {
  const { poll } = facts;
  if (poll === undefined || poll.kind === 'succeeded') return intent;
  const next: SwapIntent =
    poll.kind === 'running'
      ? { ...intent, poller: poll.poller }
      : { ...intent, poller: undefined, refusal: intent.refusal ?? refusalOf('poll', poll, draft) };
  draft.set({ intent: next });
  if (poll.kind === 'failed') answered(draft, poll.code, poll.message);
  return next;
}

interface ReadNow {
  readonly site: SiteFacts;
  readonly rules: Facts['rules'];
}

function confirmSwap(draft: Draft, intent: SwapIntent, read: ReadNow): void {
  draft.set({ intent: undefined });
  if (intent.direction === 'promote') {
    draft.set({ swappedAt: draft.release.swappedAt ?? draft.context.now });
    beginBins(draft);
  }
  const message =
    intent.direction === 'promote' ? 'swap proven by volumes' : 'swap back proven by volumes';
  draft.note({
    action: 'intent-confirmed',
    reason: draft.release.reason,
    message,
    facts: { volumes: read.site.volumes },
  });
  // The watch begins without a rule of ours; one that came back is removed first.
  if (!ruleAbsent(draft.release, read.rules)) return;
  transition(draft, { kind: 'swap-confirmed', direction: intent.direction, message });
}

/** Old volumes, old timestamp: believed only after the waits of design section 4. */
function notDoneYet(draft: Draft, intent: SwapIntent): void {
  const { claim } = intent;
  if (claim === undefined) return;
  const { now, limits } = draft.context;
  // Azure's own "no" to the POST means that nothing was started; a failed poll is not such a "no".
  if (intent.refusal?.of === 'post') {
    giveUpSwap(draft, intent);
    return;
  }
  if (now < claim.notAfter + limits.swapUnprovenMs) return;
  const unchangedAt = intent.unchangedAt ?? now;
  const proven =
    intent.idleAt !== undefined &&
    intent.idleAt >= unchangedAt &&
    now >= unchangedAt + limits.readsApartMs;
  if (!proven) {
    draft.set({ intent: { ...intent, unchangedAt } });
  } else if (intent.refusal !== undefined || intent.attempts >= BOUNDS.swapAttempts) {
    giveUpSwap(draft, intent);
  } else {
    const freed: SwapIntent = {
      ...intent,
      claim: undefined,
      poller: undefined,
      unchangedAt: undefined,
      idleAt: undefined,
    };
    draft.set({ intent: freed });
    dropped(draft, 'the swap is proven not done; it may be asked for again');
  }
}

function giveUpSwap(draft: Draft, intent: SwapIntent): void {
  const { now, limits } = draft.context;
  const why =
    intent.refusal === undefined
      ? 'no answer'
      : `${intent.refusal.code}: ${intent.refusal.message}`;
  if (intent.direction === 'promote') {
    draft.set({ intent: undefined });
    const message = `Azure refuses the swap: ${why}`;
    const facts = { refusal: intent.refusal };
    const answer = transition(draft, { kind: 'swap-refused', message, facts });
    if (answer.kind === 'refused') dropped(draft, message);
    return;
  }
  // Going back is tried again until the rollback's limit, then a person is called.
  const again: SwapIntent = {
    ...intent,
    claim: undefined,
    poller: undefined,
    refusal: undefined,
    unchangedAt: undefined,
    idleAt: undefined,
    retryAt: now + limits.retryMs,
  };
  draft.set({ intent: again });
  dropped(draft, `Azure refuses the swap back: ${why}; it is asked for again`);
}

/** True while some call that was claimed may still reach Azure. */
export function claimOpen(release: Release, now: number): boolean {
  const claim = release.intent?.claim;
  return now <= release.claimsEndAt || (claim !== undefined && now <= claim.notAfter);
}
