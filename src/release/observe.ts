/** Takes what was read into the release: stamps, confirmed weights, suspicions. Decides nothing. */
import { BOUNDS } from '../limits.ts';
import { cut } from './audit-size.ts';
import type { Draft } from './draft.ts';
import type { Facts } from './facts.ts';
import type { Release, Suspect } from './release.ts';
import { describeRules, foreignDrift, foreignRules, ownRule, whereabouts } from './rules.ts';
import { beginBake, settleByReads } from './settle.ts';
import { beginBins, standing } from './transition.ts';

export function observe(draft: Draft, facts: Facts): void {
  stampReads(draft, facts);
  noteWhere(draft, facts);
  settleByReads(draft, facts);
  followRules(draft, facts);
  confirmStanding(draft, facts);
  noteProbes(draft, facts);
  draft.set({ suspect: nextSuspect(draft, facts) });
}

function noteWhere(draft: Draft, facts: Facts): void {
  const { release } = draft;
  if (facts.site === undefined || release.subject === undefined) return;
  draft.set({ where: whereabouts(release, facts.site.volumes) });
}

function stampReads(draft: Draft, facts: Facts): void {
  const { seen } = draft.release;
  const { now } = draft.context;
  draft.set({
    seen: {
      ...seen,
      rulesAt: facts.rules === undefined ? seen.rulesAt : now,
      volumesAt: facts.site === undefined ? seen.volumesAt : now,
      contentAt: facts.content === undefined ? seen.contentAt : now,
      telemetryAt: asked(facts.telemetry) ? now : seen.telemetryAt,
      probesAt: facts.probes === undefined ? seen.probesAt : now,
    },
  });
}

/** A query that was turned away keeps its place before those that were answered (next-tick.ts). */
function asked(telemetry: Facts['telemetry']): boolean {
  return telemetry === undefined ? false : telemetry.throttled !== true;
}

/** Where nothing is expected of the rules any more, the weight simply follows what is there. */
function followRules(draft: Draft, facts: Facts): void {
  const { stage, intent } = draft.release;
  if (facts.rules === undefined || intent?.kind === 'set-weight') return;
  const follows =
    stage.phase === 'promoting' ||
    stage.phase === 'rolling-back' ||
    stage.phase === 'failed' ||
    (stage.phase === 'paused' && stage.found !== undefined);
  if (!follows) return;
  follow(draft, ownRule(draft.release, facts.rules)?.weight ?? 0);
}

/** Takes the weight that is there for the confirmed one; visitors' cookies outlive a rule that went. */
export function follow(draft: Draft, weight: number): void {
  if (weight === 0 && draft.release.weight > 0) draft.set({ ruleGoneAt: draft.context.now });
  draft.set({ weight });
  // Whoever brought visitors to the new version: from here on they are counted, also while paused.
  if (weight > 0) beginBins(draft);
}

/** After drift the weight may stand already as it is wanted: then the read alone confirms it. */
function confirmStanding(draft: Draft, facts: Facts): void {
  const { release } = draft;
  const { stage, wantedWeight } = release;
  if (stage.phase !== 'ramping' || stage.confirmedAt !== undefined) return;
  if (release.intent !== undefined || facts.rules === undefined) return;
  if ((ownRule(release, facts.rules)?.weight ?? 0) !== wantedWeight) return;
  draft.set({ weight: wantedWeight });
  beginBake(draft);
  const message = `${wantedWeight} % stands as it is wanted`;
  draft.note({ action: 'intent-confirmed', reason: release.reason, message });
}

/**
 * Request by request: one that only the new version knows fails on the other host at every look, and
 * would else make an incident of both out of everything that only the new version does wrong.
 */
function noteProbes(draft: Draft, facts: Facts): void {
  const { probes } = draft.release;
  if (facts.probes === undefined) return;
  const { canary, other } = facts.probes;
  const otherPassed = other.map(({ ok }, index) => ok || probes.otherPassed?.[index] === true);
  const failing = canary.filter(({ ok }, index) => !ok && otherPassed[index] === true);
  const shared = other.some(
    ({ ok }, index) => !ok && otherPassed[index] === true && canary[index]?.ok === false,
  );
  const problem = failing[0]?.problem;
  draft.set({
    probes: {
      canaryFailures: failing.length === 0 ? 0 : probes.canaryFailures + 1,
      otherFailures: shared ? probes.otherFailures + 1 : 0,
      otherPassed,
      lastAnswer: problem === undefined ? undefined : cut(problem, BOUNDS.messageChars),
    },
  });
}

/** What differs from what was last confirmed, with the time of the first read that differed. */
function nextSuspect(draft: Draft, facts: Facts): Suspect | undefined {
  const { release } = draft;
  const at = standing(release.stage).phase;
  if (at !== 'ramping' && at !== 'watching') return undefined;
  if (release.stage.phase === 'paused' && release.stage.found !== undefined) return undefined;
  if (facts.rules === undefined || facts.site === undefined) return release.suspect;
  const sight = look(release, facts, draft.context.now);
  if (sight === undefined) return undefined;
  // The second sight need not equal the first: a rule that ramps by itself differs at every read.
  return { ...sight, since: release.suspect?.since ?? sight.since };
}

function look(release: Release, facts: Facts, now: number): Suspect | undefined {
  if (facts.rules === undefined || facts.site === undefined) return undefined;
  const where = whereabouts(release, facts.site.volumes);
  const ownWeight = ownRule(release, facts.rules)?.weight ?? 0;
  const common = {
    since: now,
    ownWeight,
    foreignRules: foreignRules(release, facts.rules),
    volumes: where,
  };
  const expected =
    release.swappedAt === undefined ? 'baseline-in-production' : 'canary-in-production';
  if (where !== expected && release.intent?.kind !== 'swap') {
    const { production, slot } = facts.site.volumes;
    return {
      ...common,
      kind: 'swapped-elsewhere',
      seen: `volumes: production holds ${production}, slot holds ${slot}`,
    };
  }
  return rulesDiffer(release, facts)
    ? { ...common, kind: 'drift', seen: `rules: ${describeRules(facts.rules)}` }
    : undefined;
}

/** Neither the last confirmed nor the pending weight, or another slot has traffic it had not. */
function rulesDiffer(release: Release, facts: Facts): boolean {
  if (facts.rules === undefined) return false;
  const own = ownRule(release, facts.rules);
  const weight = own?.weight ?? 0;
  const pending = release.intent?.kind === 'set-weight' ? release.intent.weight : undefined;
  const expected = weight === release.weight || weight === pending;
  return !expected || own?.autoRamp === true || foreignDrift(release, facts.rules);
}
