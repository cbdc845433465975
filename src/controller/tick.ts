/**
 * One pass over one release: load, observe, judge, decide, commit, carry out, settle (design section
 * 4). Whatever crashes in between, the next pass finds the intent and settles it.
 */
import { type Decision, decide, decideOutcome } from '../release/decide.ts';
import { SYSTEM } from '../release/draft.ts';
import { dueReads } from '../release/due-reads.ts';
import { BOUNDS } from '../limits.ts';
import type { WriteOutcome } from '../release/azure-facts.ts';
import type { Effect } from '../release/reconcile.ts';
import { createdAtOf } from '../release/release-id.ts';
import { isFinished } from '../release/release.ts';
import { carryOut, holderWithRules } from './carry-out.ts';
import { contextOf } from './context-of.ts';
import { explainHarm } from './explain-harm.ts';
import { countGivenUp, countVerdict, measureLag } from './metrics-of-tick.ts';
import { tellPending } from './notify.ts';
import { askForProbes } from './paired-probes.ts';
import type { Loaded } from './ports/release-store.ts';
import { ConflictError } from './ports/store-errors.ts';
import type { Span } from './ports/tracer.ts';
import type { Ports } from './ports.ts';
import { readFacts } from './read-facts.ts';
import { catalogue, keepHints, save } from './save.ts';
import { decisionFacts, inReleaseSpan, inSpan, linkRun, shareRelease } from './trace-release.ts';

/** @returns how many notices were given up */
export async function tick(ports: Ports, releaseId: string): Promise<number> {
  return inReleaseSpan(ports, { name: 'slipway.tick', releaseId }, async (span) => {
    const passed = await pass(ports, releaseId, span);
    return passed === undefined ? 0 : goOn(ports, passed);
  });
}

async function goOn(ports: Ports, passed: Passed): Promise<number> {
  const settled =
    passed.effect === undefined
      ? passed.saved
      : await carryOutAndSettle(ports, passed.saved, passed.effect);
  // The hint first: a receiver that is slow delays nothing but itself.
  await keepHints(ports, settled.release, contextOf(ports, settled, SYSTEM));
  await askForProbes(ports, settled);
  // Aftercare's passes write the hint again: one that was lost at the end would be wrong for ever.
  if (settled.release.stage.phase !== passed.phaseBefore || isFinished(settled.release.stage)) {
    await catalogue(ports, settled.release);
  }
  const told = await inSpan(ports, 'slipway.notify', () => tellPending(ports, settled));
  const givenUp = countGivenUp(ports, settled.release, told.release);
  if (told !== settled) await keepHints(ports, told.release, contextOf(ports, told, SYSTEM));
  await explainHarm(ports, told);
  return givenUp;
}

interface Passed {
  readonly saved: Loaded;
  readonly effect: Effect | undefined;
  readonly phaseBefore: string;
}

/** Decides until one commit holds; a conflict drops the decision, never a fact. */
async function pass(ports: Ports, releaseId: string, span: Span): Promise<Passed | undefined> {
  for (let attempt = 1; attempt <= BOUNDS.commitAttempts; attempt += 1) {
    const loaded = await ports.store.load(releaseId);
    if (loaded === undefined) {
      await forgetOrphan(ports, releaseId);
      return undefined;
    }
    shareRelease(ports, loaded.release);
    if (attempt === 1) {
      linkRun(span, loaded.release);
      measureLag(ports, loaded);
    }
    const phaseBefore = loaded.release.stage.phase;
    if (isFinished(loaded.release.stage) && (await rests(ports, loaded)))
      return { saved: loaded, effect: undefined, phaseBefore };
    const decision = await decideOn(ports, loaded);
    const saved = await saveUnlessConflict(ports, loaded, decision);
    if (saved !== undefined) {
      countVerdict(ports, loaded.release, saved.release);
      return { saved, effect: decision.effect, phaseBefore };
    }
  }
  ports.log('warning', 'another pass was always faster; the next tick goes on', {
    release: releaseId,
  });
  return undefined;
}

/** Aftercare rests while another release has rules on the app: they may look like ours. */
async function rests(ports: Ports, loaded: Loaded): Promise<boolean> {
  if (loaded.release.intent !== undefined) return false;
  return (await holderWithRules(ports, loaded.release)) !== undefined;
}

/** The hint is written before its release: without one after ten minutes there will be none. */
async function forgetOrphan(ports: Ports, releaseId: string): Promise<void> {
  const now = ports.clock.now();
  if (now <= createdAtOf(releaseId) + ports.limits.dueOrphanMs) return;
  await ports.due.remove(releaseId);
  // A start that stood still may have created it since: it wrote its hint before this took it away.
  const late = await ports.store.load(releaseId);
  if (late === undefined) return;
  await ports.due.put({ releaseId, at: now, since: late.release.createdAt });
}

async function decideOn(ports: Ports, loaded: Loaded): Promise<Decision> {
  const before = contextOf(ports, loaded, SYSTEM);
  const due = dueReads(loaded.release, before);
  const facts = await inSpan(ports, 'slipway.observe', () =>
    readFacts(ports, { release: loaded.release, context: before, due }),
  );
  // Reads take time: the decision is made, and its claim starts, after them.
  const context = contextOf(ports, loaded, SYSTEM);
  // The judge is asked in here: both are one pure function, and one span.
  return inSpan(ports, 'slipway.decide', async (span) => {
    const decision = decide({ release: loaded.release, bins: loaded.bins, facts, context });
    span.set(decisionFacts(decision));
    return decision;
  });
}

async function saveUnlessConflict(
  ports: Ports,
  loaded: Loaded,
  decision: Decision,
): Promise<Loaded | undefined> {
  try {
    const saved = await inSpan(ports, 'slipway.commit', () => save(ports, loaded, decision));
    shareRelease(ports, saved.release);
    return saved;
  } catch (error) {
    if (error instanceof ConflictError) return undefined;
    throw error;
  }
}

/** What Azure answered belongs to the intent: it is committed onto whatever row is newest. */
export async function carryOutAndSettle(
  ports: Ports,
  claimed: Loaded,
  effect: Effect,
): Promise<Loaded> {
  const outcome = await inSpan(ports, 'slipway.carry-out', async (span) => {
    span.set({ 'slipway.effect': effect.kind });
    const answered = await carryOut(ports, claimed.release, effect);
    span.set({ 'slipway.effect.outcome': answered.kind });
    return answered;
  });
  let newest = claimed;
  for (let attempt = 1; attempt <= BOUNDS.commitAttempts; attempt += 1) {
    const settled = await settleOnce(ports, newest, { effect, outcome });
    if (settled !== undefined) return settled;
    const reloaded = await ports.store.load(claimed.release.id);
    if (reloaded === undefined) return newest;
    newest = reloaded;
  }
  ports.log('error', 'what Azure answered could not be committed; reads will settle the intent', {
    release: claimed.release.id,
    outcome,
  });
  return newest;
}

/** Undefined on a conflict. */
async function settleOnce(
  ports: Ports,
  loaded: Loaded,
  done: { readonly effect: Effect; readonly outcome: WriteOutcome },
): Promise<Loaded | undefined> {
  const { intentId, claimId } = done.effect;
  const decision = decideOutcome({
    release: loaded.release,
    call: { intentId, claimId },
    outcome: done.outcome,
    context: contextOf(ports, loaded, SYSTEM),
  });
  if (decision === undefined) return loaded;
  return saveUnlessConflict(ports, loaded, decision);
}
