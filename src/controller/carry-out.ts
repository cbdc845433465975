/**
 * Makes the one call to Azure that a committed claim allows, and says how it ended. What the call
 * relies on is read again right before it; nothing here is retried.
 */
import type { Rule, SiteFacts, WriteOutcome } from '../release/azure-facts.ts';
import type { SwapIntent } from '../release/intent.ts';
import type { Effect } from '../release/reconcile.ts';
import { type Release, isFinished } from '../release/release.ts';
import { describeRescue, newRescue } from '../release/rescue-record.ts';
import { describeRules, ownRule, whereabouts, withOwnWeight } from '../release/rules.ts';
import { AzureCallError } from './ports/azure-errors.ts';
import type { Ports } from './ports.ts';

export async function carryOut(
  ports: Ports,
  release: Release,
  effect: Effect,
): Promise<WriteOutcome> {
  const stale = await staleClaim(ports, release, effect);
  switch (effect.kind) {
    case 'write-weight':
      return stale ?? writeWeight(ports, release, effect.weight);
    case 'submit-swap':
      return stale ?? submitSwap(ports, release);
    case 'prove-idle':
      // Not asked says nothing of the swap: it goes on waiting for its proof.
      return stale === undefined
        ? proveIdle(ports, release, effect)
        : notProven(effect, stale.message);
  }
}

/** The row as it is now must still hold our claim, with time left for the call to end within it. */
async function staleClaim(
  ports: Ports,
  release: Release,
  effect: Effect,
): Promise<Guarded | undefined> {
  const fresh = await ports.store.load(release.id);
  const intent = fresh?.release.intent;
  if (intent?.id !== effect.intentId || intent.claim?.id !== effect.claimId) {
    return guarded('claim-lost', 'the claim is no longer ours');
  }
  if (effect.kind !== 'prove-idle') return claimTooOld(ports, claimEnd(release));
  if (intent.kind !== 'swap' || intent.unchangedAt !== effect.since)
    return guarded('proof-lost', 'the reads that it was asked for began anew');
  // The claim of its swap has long ended when a proof begins, so it brings an end of its own.
  return claimTooOld(ports, effect.notAfter);
}

function claimEnd(release: Release): number {
  return release.intent?.claim?.notAfter ?? 0;
}

/** Asked again right before the write: the reads before it take time, and a worker may stand still. */
function claimTooOld(ports: Ports, notAfter: number): Guarded | undefined {
  return ports.clock.now() + ports.limits.armTimeoutMs > notAfter
    ? guarded('claim-too-old', 'the claim ends before the call would')
    : undefined;
}

type Guarded = Extract<WriteOutcome, { kind: 'guarded' }>;

function guarded(code: string, message: string): Guarded {
  return { kind: 'guarded', code, message };
}

function outcomeOf(error: unknown, beforeWrite: boolean): WriteOutcome {
  if (!(error instanceof AzureCallError)) throw error;
  const { code, message, retryAfterMs = 0 } = error;
  // A read that failed before the write changed nothing: try again later.
  const failure = beforeWrite ? 'busy' : error.failure;
  return failure === 'busy'
    ? { kind: 'busy', code, message, retryAfterMs }
    : { kind: failure, code, message };
}

async function writeWeight(ports: Ports, release: Release, weight: number): Promise<WriteOutcome> {
  let before: readonly Rule[];
  try {
    before = await ports.router.readRules(release.target);
    const problem =
      (await rescueProblem(ports, release, weight)) ??
      (await raiseProblem(ports, release, { weight, rules: before }));
    if (problem !== undefined) return problem;
    const problemAfterEnd = await aftercareProblem(ports, release);
    if (problemAfterEnd !== undefined) return problemAfterEnd;
  } catch (error) {
    return outcomeOf(error, true);
  }
  const late = claimTooOld(ports, claimEnd(release));
  if (late !== undefined) return late;
  try {
    await ports.router.writeRules(release.target, withOwnWeight(release, before, weight));
  } catch (error) {
    return outcomeOf(error, false);
  }
  return readBack(ports, release);
}

/** Written; what counts is what Azure says now. A failed read-back is settled by the next pass. */
async function readBack(ports: Ports, release: Release): Promise<WriteOutcome> {
  try {
    return { kind: 'rules-written', rules: await ports.router.readRules(release.target) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return {
      kind: 'unknown',
      code: 'read-back-failed',
      message: `written, the read-back failed: ${message}`,
    };
  }
}

/** Nothing but a removal after somebody broke the glass: this may be a claim from before it. */
async function rescueProblem(
  ports: Ports,
  release: Release,
  weight: number,
): Promise<WriteOutcome | undefined> {
  if (weight === 0) return undefined;
  const why = rescuedMeanwhile(
    ports,
    release,
    await ports.site.readSite(release.target, release.slot),
  );
  return why === undefined ? undefined : guarded('rescued', why);
}

function rescuedMeanwhile(ports: Ports, release: Release, site: SiteFacts): string | undefined {
  const record = newRescue(release, site, ports.clock.now());
  return record === undefined ? undefined : `${describeRescue(record)} comes first`;
}

/** More traffic only on rules and content that are as they were decided on, and never by a lowering. */
async function raiseProblem(
  ports: Ports,
  release: Release,
  call: { readonly weight: number; readonly rules: readonly Rule[] },
): Promise<WriteOutcome | undefined> {
  const own = ownRule(release, call.rules)?.weight ?? 0;
  const lowers = call.weight <= release.weight;
  // Somebody took the rule away, or made it smaller, since it was found too large.
  if (lowers && own < call.weight)
    return guarded('rules-changed', `found ${describeRules(call.rules)}: that is less already`);
  if (lowers) return undefined;
  if (own !== release.weight && own !== call.weight) {
    return guarded(
      'rules-changed',
      `found ${describeRules(call.rules)}, expected ${release.weight} %`,
    );
  }
  const content = await ports.site.readContent(release.target, release.slot);
  if (content.slot !== release.subject?.canaryContent) {
    return guarded(
      'slot-overwritten',
      `the slot holds ${content.slot}, validated was ${release.subject?.canaryContent ?? 'nothing'}`,
    );
  }
  return undefined;
}

/**
 * After the end only while no other release may have a rule, which may look like ours. One that waits
 * for its turn or checks has none: who else would take ours away meanwhile?
 */
async function aftercareProblem(ports: Ports, release: Release): Promise<WriteOutcome | undefined> {
  if (!isFinished(release.stage)) return undefined;
  const holder = await holderWithRules(ports, release);
  return holder === undefined ? undefined : guarded('app-taken', `release ${holder} holds the app`);
}

/** Another release of the app that may have a rule by now: it is past its preflight. */
export async function holderWithRules(ports: Ports, release: Release): Promise<string | undefined> {
  const app = await ports.store.loadApp(release.appKey);
  const holder = app?.app.active;
  if (holder === undefined || holder === release.id) return undefined;
  const next = await ports.store.load(holder);
  return next?.release.subject === undefined ? undefined : holder;
}

/** Volumes and swap timestamp as decided on, content as validated, no rule of ours: then one POST. */
async function submitSwap(ports: Ports, release: Release): Promise<WriteOutcome> {
  const { intent, target, slot } = release;
  if (intent?.kind !== 'swap') return guarded('no-intent', 'there is no swap to submit');
  try {
    const problem = await swapProblem(ports, release, intent);
    if (problem !== undefined) return guarded('not-as-decided', problem);
  } catch (error) {
    return outcomeOf(error, true);
  }
  const late = claimTooOld(ports, claimEnd(release));
  if (late !== undefined) return late;
  try {
    const { poller } = await ports.swapper.submitSwap(target, slot);
    return { kind: 'swap-accepted', poller };
  } catch (error) {
    return outcomeOf(error, false);
  }
}

async function swapProblem(
  ports: Ports,
  release: Release,
  intent: SwapIntent,
): Promise<string | undefined> {
  const { target, slot, subject } = release;
  const [site, content, rules] = await Promise.all([
    ports.site.readSite(target, slot),
    ports.site.readContent(target, slot),
    ports.router.readRules(target),
  ]);
  const expected =
    intent.direction === 'promote' ? subject?.canaryContent : subject?.baselineContent;
  const wanted = intent.direction === 'promote' ? 'baseline-in-production' : 'canary-in-production';
  const rescued = rescuedMeanwhile(ports, release, site);
  if (rescued !== undefined) return rescued;
  const running = site.production.operationInProgress ?? site.slot.operationInProgress;
  // It may be this very swap, by somebody else: ours would undo it.
  if (running !== undefined) return `an operation runs on the site (${running})`;
  if (whereabouts(release, site.volumes) !== wanted) return 'the volumes moved';
  if (site.volumes.swappedAt !== intent.before.swappedAt)
    return `somebody swapped at ${site.volumes.swappedAt ?? 'an unknown time'}`;
  if (content.slot !== expected)
    return `the slot holds ${content.slot}, expected ${expected ?? 'nothing'}`;
  if (ownRule(release, rules) !== undefined) return `a rule is there: ${describeRules(rules)}`;
  return undefined;
}

type ProveIdle = Extract<Effect, { kind: 'prove-idle' }>;

/**
 * Writes the rules as they are, but never ours: a running operation answers 409, an idle site 200. Ours
 * goes with it only when the row of that is written already.
 */
async function proveIdle(ports: Ports, release: Release, effect: ProveIdle): Promise<WriteOutcome> {
  try {
    const askedAt = ports.clock.now();
    const rules = await ports.router.readRules(release.target);
    const own = ownRule(release, rules);
    if (own !== undefined && !effect.takesAway)
      return notProven(effect, 'a rule of ours came meanwhile, which is recorded before it goes');
    // Rules that were read long ago are not written: they may be others by now.
    if (ports.clock.now() > askedAt + ports.limits.armTimeoutMs)
      return notProven(effect, 'the read took too long');
    const late = claimTooOld(ports, effect.notAfter);
    if (late !== undefined) return notProven(effect, late.message);
    await ports.router.writeRules(release.target, withOwnWeight(release, rules, 0));
    const gone = own === undefined ? '' : `; our rule (${own.weight} %) is removed`;
    const message = `no operation runs on the site${gone}`;
    return { ...notProven(effect, message), idle: true, removed: own };
  } catch (error) {
    if (!(error instanceof AzureCallError)) throw error;
    return notProven(effect, `${error.code}: ${error.message}`);
  }
}

function notProven(
  { since, takesAway }: ProveIdle,
  message: string,
): Extract<WriteOutcome, { kind: 'idle-asked' }> {
  return { kind: 'idle-asked', since, idle: false, takesAway, removed: undefined, message };
}
