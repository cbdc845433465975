/**
 * One pass over a release, pure: state and facts in, next state with its audit rows and at most one
 * call to Azure out. `tick.ts` reads before it and acts after it.
 */
import { type DataState, judge } from '../judge/judge.ts';
import type { Bin, Verdict } from '../judge/types.ts';
import type { Judged } from './assess.ts';
import { assess } from './assess.ts';
import type { AuditRow } from './audit.ts';
import { type Context, Draft } from './draft.ts';
import type { Command } from './event.ts';
import { type Difference, type Facts, NOTHING_READ } from './facts.ts';
import { noteDifferences, wantsDifferences } from './hurts.ts';
import { evidenceFacts, finiteOnly } from './evidence-facts.ts';
import { labelIsMissing, unlabelledItems } from './label.ts';
import { rowsOf } from './bin-metrics.ts';
import { sharedIncident } from './burn-rate.ts';
import type { WriteOutcome } from './azure-facts.ts';
import { judgeConfig } from './judge-config.ts';
import { observe } from './observe.ts';
import { type Effect, reconcile } from './reconcile.ts';
import type { LastReads, Release } from './release.ts';
import { type CallId, applyOutcome } from './settle.ts';
import { type Folded, foldTelemetry, tooLate } from './telemetry-fold.ts';
import { type Refused, standing, transition } from './transition.ts';
import { isUsed, lastUsed, silentBins } from './usage.ts';
import { stepOf, summarize } from './verdict-summary.ts';

export interface Decision {
  readonly release: Release;
  readonly rows: readonly AuditRow[];
  /** New final bins, when there are any. */
  readonly bins: { readonly all: readonly Bin[]; readonly firstNew: number } | undefined;
  readonly effect: Effect | undefined;
}

export interface DecideInput {
  readonly release: Release;
  /** Final bins. */
  readonly bins: readonly Bin[];
  readonly facts: Facts;
  readonly context: Context;
}

export function decide(input: DecideInput): Decision {
  const { facts, context } = input;
  const draft = new Draft(input.release, context);
  observe(draft, facts);
  const folded = takeTelemetry(draft, input);
  const judged = judgeNow(draft, input, folded);
  const event = assess(draft, facts, judged);
  if (event !== undefined) {
    const evidence = evidenceFacts(draft.release, judged, facts);
    transition(draft, { ...event, facts: { ...event.facts, ...evidence } });
  }
  const effect = reconcile(draft, facts);
  return finish(draft, effect, folded);
}

function finish(draft: Draft, effect: Effect | undefined, folded: Folded | undefined): Decision {
  draft.set({ updatedAt: draft.context.now });
  const grew = folded !== undefined && folded.final.length > folded.firstNew;
  return {
    release: draft.release,
    rows: draft.rows,
    bins: grew ? { all: folded.final, firstNew: folded.firstNew } : undefined,
    effect,
  };
}

export interface CommandInput {
  readonly release: Release;
  readonly command: Command;
  readonly context: Context;
}

/** An operator's command: the table's answer, and the lowering that needs no read. */
export function decideCommand(input: CommandInput): Decision | Refused {
  const draft = new Draft(input.release, input.context);
  const answer = transition(draft, input.command);
  if (answer.kind === 'refused') return answer;
  const effect = reconcile(draft, NOTHING_READ);
  return finish(draft, effect, undefined);
}

export interface OutcomeInput {
  readonly release: Release;
  readonly call: CallId;
  readonly outcome: WriteOutcome;
  readonly context: Context;
}

/** Adds what Azure answered; undefined when that intent was settled otherwise. */
export function decideOutcome(input: OutcomeInput): Decision | undefined {
  const draft = new Draft(input.release, input.context);
  if (!applyOutcome(draft, input.call, input.outcome)) return undefined;
  return finish(draft, undefined, undefined);
}

export interface DifferencesInput {
  readonly release: Release;
  /** Undefined: could not be read this time. */
  readonly differences: readonly Difference[] | undefined;
  readonly context: Context;
}

/** Adds where it hurts, in an audit row of its own; undefined when nobody wants to know any more. */
export function decideDifferences(input: DifferencesInput): Decision | undefined {
  const draft = new Draft(input.release, input.context);
  if (!wantsDifferences(input.release)) return undefined;
  noteDifferences(draft, input.differences);
  return finish(draft, undefined, undefined);
}

function takeTelemetry(draft: Draft, input: DecideInput): Folded | undefined {
  const { telemetry } = input.facts;
  if (telemetry?.kind !== 'ok' || draft.release.binsFrom === undefined) return undefined;
  const { now, plan } = input.context;
  const folded = foldTelemetry(
    { release: draft.release, plan, bins: input.bins, now },
    telemetry,
    input.facts.paired,
  );
  draft.set(folded.patch);
  return folded;
}

function judgeNow(draft: Draft, input: DecideInput, folded: Folded | undefined): Judged {
  const bins = folded === undefined ? input.bins : [...folded.final, ...folded.provisional];
  const { release } = draft;
  if (release.binsFrom === undefined || input.facts.telemetry === undefined)
    return { verdict: undefined, bins };
  const config = judgeConfig(input.context.plan, release);
  const verdict = judge({
    config,
    bins,
    step: stepOf(release),
    data: dataState(draft, input.facts),
    ...sinceMs(release),
    versions: { canary: release.version, baseline: release.baseline ?? null },
    details: true,
  });
  draft.set({
    verdict: summarize(draft, config, verdict),
    seen: { ...release.seen, ...blindness(draft, input.facts, { bins, verdict }) },
    incident: incidentNow(draft, input.facts, bins),
  });
  tellAlerts(draft, verdict);
  return { verdict, bins };
}

/** Only a query that was answered says anything new, and only while both versions have visitors. */
function incidentNow(
  { release, context }: Draft,
  { telemetry }: Facts,
  bins: readonly Bin[],
): Release['incident'] {
  const at = standing(release.stage);
  if (at.phase !== 'ramping') return undefined;
  if (telemetry?.kind !== 'ok') return release.incident;
  const { analysis } = context.plan;
  return sharedIncident({
    bins,
    ceiling: analysis.metrics?.failures.ceiling ?? analysis.ceiling,
    history: release.history,
    ongoing: release.incident,
    limits: context.limits,
    intervalMs: analysis.intervalMs,
    changedAt: at.confirmedAt,
  });
}

/** Each metric that is only told is told once a release; nothing else follows from it. */
function tellAlerts(draft: Draft, { alerts = [], evidence }: Verdict): void {
  for (const { name, sentence } of alerts) {
    const { alerted = [], reason } = draft.release;
    if (alerted.includes(name)) continue;
    const metric = evidence.more?.find((entry) => entry.name === name);
    draft.set({ alerted: [...alerted, name] });
    draft.note({
      action: 'metric-alert',
      reason,
      message: sentence,
      facts: { metric: name, evidence: finiteOnly(metric ?? evidence.own) },
    });
  }
}

function sinceMs(release: Release): { sinceMs?: number } {
  const at = standing(release.stage);
  return at.phase === 'ramping' && at.confirmedAt !== undefined ? { sinceMs: at.confirmedAt } : {};
}

function dataState(draft: Draft, { telemetry }: Facts): DataState {
  if (telemetry?.kind === 'unavailable') return { kind: 'unavailable', reason: telemetry.message };
  if (tooLate(draft.release.late)) {
    return { kind: 'unavailable', reason: 'too many rows came after their bin was final' };
  }
  const reason = telemetry?.unmeasured;
  return reason === undefined ? { kind: 'ok' } : { kind: 'incomplete', reason };
}

/** Fewer without a row are nothing yet. */
const SILENT_BINS = 5;

interface JudgedNow {
  readonly bins: readonly Bin[];
  readonly verdict: Verdict;
}

function blindness(
  draft: Draft,
  facts: Facts,
  { bins, verdict }: JudgedNow,
): Pick<LastReads, 'blindSince' | 'unavailableSince' | 'unlabelled'> {
  const { now } = draft.context;
  const { seen, binsFrom = 0 } = draft.release;
  const unavailable = verdict.outcome === 'unavailable';
  const unlabelled = unlabelledItems(facts, binsFrom);
  return {
    blindSince: blindSince(draft, bins, verdict),
    unavailableSince: unavailable ? (seen.unavailableSince ?? now) : undefined,
    unlabelled: unlabelled === undefined ? seen.unlabelled : labelIsMissing(unlabelled),
  };
}

/**
 * Since when telemetry showed nothing usable: no rows at all, errors, too many late rows; or none of the
 * people who use the app, whatever probes found.
 */
function blindSince(draft: Draft, bins: readonly Bin[], verdict: Verdict): number | undefined {
  const { now, plan } = draft.context;
  const { intervalMs } = plan.analysis;
  const before = draft.release.seen.blindSince;
  if (verdict.outcome === 'unavailable') return before ?? now;
  const { binsFrom = now, provisionalTo = 0 } = draft.release;
  const endOf = (last: Bin | undefined): number =>
    last === undefined ? binsFrom : last.startMs + intervalMs;
  const dataEnd = endOf(bins.findLast((bin) => rowsOf(bin) > 0));
  const readTo = Math.max(provisionalTo, dataEnd);
  if (readTo - dataEnd >= SILENT_BINS * intervalMs) return before ?? dataEnd;
  if (!isUsed(draft.release)) return undefined;
  const usedEnd = endOf(lastUsed(bins));
  const silentMs = Math.max(SILENT_BINS, silentBins(draft.release)) * intervalMs;
  return readTo - usedEnd >= silentMs ? (before ?? usedEnd) : undefined;
}
