import type { Dispersion, History } from './dispersion.ts';
import type { Hurts, SharedIncident, VerdictSummary } from './findings.ts';
import type { Intent } from './intent.ts';
import type { Reason } from './reason.ts';
import type { RescueRecord } from './rescue-record.ts';
import type { RequestedBy, Target, TelemetrySource } from './start-message.ts';

export type { Hurts, MetricSummary, SharedIncident, VerdictSummary } from './findings.ts';

export interface LateMetric {
  readonly name: string;
  /** Bad ones that came after their bin was final, of how many bad ones. */
  readonly bad: number;
  readonly of: number;
}

/** All times are milliseconds since the epoch, all weights percents. */
export interface Release {
  /** Version of this shape; a reader refuses one that it does not know. */
  readonly schema: 1;
  readonly id: string;
  readonly appKey: string;
  readonly key: string | undefined;
  readonly target: Target;
  /** Its name in the registry when it was started; undefined: it was not registered then. */
  readonly app: string | undefined;
  readonly slot: string;
  readonly telemetry: TelemetrySource;
  readonly version: string;
  /** What the starter asserted about the baseline. */
  readonly assertedBaseline: string | undefined;
  /** What telemetry said; undefined before preflight, `null` when nothing else reports (first release). */
  readonly baseline: string | null | undefined;
  readonly requestedBy: RequestedBy & { readonly claimed: boolean };
  /** False: what was promoted is never swapped back by Slipway itself; a person is called. */
  readonly reversible: boolean;
  readonly planName: string;
  readonly strategy: 'canary' | 'blue-green';
  /** Weights of the plan's steps, for people who look at the release without its plan. */
  readonly steps: readonly number[];

  readonly createdAt: number;
  /** Last stamp; `now` never goes below it (design section 4, Time). */
  readonly updatedAt: number;
  /** Number of audit rows; the next row has this sequence plus one. */
  readonly sequence: number;
  /** Hash of the newest audit row. */
  readonly chainHead: string;
  /** Audit rows up to this one are told to every receiver that there is, or given up. */
  readonly notifiedSeq: number;
  /** How far each receiver is, by its name; undefined: written before there were several. */
  readonly told?: ToldByName | undefined;
  /** Of rows from before there were several receivers, as `Told` has it now. */
  readonly untold?: Untold | undefined;

  readonly stage: Stage;
  /** Why it stands where it stands; `message` is the one line that people read. */
  readonly reason: Reason;
  readonly message: string;
  /** The deadline counts from here: creation, or the resume after a deadline's pause. */
  readonly deadlineFrom: number;
  /** Paused time since creation, not counted by the deadline. */
  readonly pausedMs: number;

  /** Weight last read back from Azure; 0 = no rule of ours. */
  readonly weight: number;
  /** Which version's volume was in production at the last read; undefined before the first. */
  readonly where: Whereabouts | undefined;
  /** Where the reconciler drives the weight; 0 = rule removed. */
  readonly wantedWeight: number;
  /** When our rule was last read back as gone: visitors' cookies outlive it by an hour. */
  readonly ruleGoneAt: number | undefined;
  readonly intent: Intent | undefined;
  /** Latest end of claims that were replaced before they were settled: their calls may still land. */
  readonly claimsEndAt: number;

  /** Facts found by preflight; undefined before. */
  readonly subject: Subject | undefined;
  /** Start of the first bin: the confirmed read-back of step 0 (blue-green: of the swap). */
  readonly binsFrom: number | undefined;
  /** Confirmed swap: from here the canary is production. */
  readonly swappedAt: number | undefined;
  /** Ceiling (fraction) fixed before the swap. */
  readonly ceiling: number | undefined;
  /** The same for the metrics besides request failures: one list a metric, one number a measure. */
  readonly ceilings?: readonly (readonly number[])[] | undefined;
  /** How much more the baseline's counts scatter than chance alone; undefined: nobody looked yet. */
  readonly dispersion?: Dispersion | undefined;
  /** What the baseline's last hours showed at preflight; undefined: could not be read. */
  readonly history?: History | undefined;
  /** End of the final bins, and of the provisional ones. */
  readonly finalTo: number | undefined;
  readonly provisionalTo: number | undefined;
  /** Rows (and failures) seen in the last query that came after their bin was final, and of how many. */
  readonly late: {
    readonly requests: number;
    readonly failures: number;
    readonly of: number;
    readonly ofFailures: number;
    /** The same of what the other metrics that can roll back found bad; left out: nothing came late. */
    readonly more?: readonly LateMetric[] | undefined;
  };
  readonly seen: LastReads;
  readonly suspect: Suspect | undefined;
  /** Failures in a row of the plan's requests, on the canary's host and on the other. */
  readonly probes: ProbeStreaks;
  /** What is said now about the evidence, for people; recomputed at every tick. */
  readonly verdict: VerdictSummary | undefined;
  /** `notify` metrics that were told; each is told once. */
  readonly alerted?: readonly string[] | undefined;
  /** Both versions fail far more than before; undefined: they do not. */
  readonly incident?: SharedIncident | undefined;
  /** After harm: where the versions differ most, as far as it could be found out. */
  readonly hurts?: Hurts | undefined;
  /** The newest record of a rescue that was adopted; an older one means nothing any more. */
  readonly rescued: RescueRecord | undefined;
}

/** What the release is about, as preflight found it. */
export interface Subject {
  /** Host of the slot as Azure names it: `actionHostName` of the rule. Never computed. */
  readonly slotHost: string;
  readonly productionHost: string;
  /** Volume ids (`deploymentId`) before anything was done: which held which version. */
  readonly canaryVolume: string;
  readonly baselineVolume: string;
  /** Content at preflight: newest deployment id or image name. */
  readonly canaryContent: string;
  readonly baselineContent: string;
  /** Rules of other slots that were there (0 %, insiders' routes), as `name=weight`. */
  readonly foreignRules: readonly string[];
}

/** Times of the last reads; undefined: never, or overdue on purpose. */
export interface LastReads {
  readonly rulesAt: number | undefined;
  readonly volumesAt: number | undefined;
  readonly contentAt: number | undefined;
  readonly telemetryAt: number | undefined;
  readonly probesAt: number | undefined;
  /** Since when telemetry gave nothing usable. */
  readonly blindSince: number | undefined;
  /** Since when it could not be used at all (errors, throttling, late rows); left out: it can be. */
  readonly unavailableSince?: number | undefined;
  /** The last answer had rows without any AppVersion; left out: it had not. */
  readonly unlabelled?: boolean | undefined;
}

/** Something differs from what we last confirmed; believed after a second read (design section 2). */
export interface Suspect {
  readonly kind: 'drift' | 'swapped-elsewhere';
  readonly since: number;
  /** What was seen, so that two reads can be compared and people told. */
  readonly seen: string;
  readonly ownWeight: number;
  /** Other slots' rules, as `name=weight`. */
  readonly foreignRules: readonly string[];
  readonly volumes: Whereabouts;
}

/** Which version's volume is in production. `other`: neither the one nor the other arrangement. */
export type Whereabouts = 'baseline-in-production' | 'canary-in-production' | 'other';

export type ToldByName = Readonly<Record<string, Told>>;

/** How far one receiver of notices is. */
export interface Told {
  /** Audit rows up to this one are told, given up, or none of its business. */
  readonly seq: number;
  /** Undefined: nothing that was to be told has failed. */
  readonly untold?: Untold | undefined;
}

/** How telling stands when it fails: of the next row. */
export interface Untold {
  /** Tries of this row that failed; the most there are: rows get one try each until one arrives. */
  readonly attempts: number;
  /** Answers that only asked to come later; they use up no try. Left out: none. */
  readonly later?: number | undefined;
  readonly retryAt: number;
  readonly problem: string;
  /** Rows that nobody could be told of. */
  readonly givenUp: number;
}

export interface ProbeStreaks {
  readonly canaryFailures: number;
  readonly otherFailures: number;
  /** Which of the plan's requests the other version ever answered well; the others compare nothing. */
  readonly otherPassed?: readonly boolean[] | undefined;
  readonly lastAnswer: string | undefined;
}

export type Phase = Stage['phase'];

export type Stage =
  | Queued
  | Preflight
  | Ramping
  | Promoting
  | Watching
  | Paused
  | RollingBack
  | Failed
  | Succeeded
  | RolledBack
  | Aborted
  | Rejected;

export interface Queued {
  readonly phase: 'queued';
  readonly since: number;
}

export interface Preflight {
  readonly phase: 'preflight';
  readonly since: number;
  /** Passes in a row, one number a validation of the plan. */
  readonly passes: readonly number[];
  /** Since when the probes of the slot are sent that must come back from telemetry. */
  readonly labelSince: number | undefined;
  /** When the plan's requests were last sent, one a validation. */
  readonly askedAt: readonly (number | undefined)[];
  /** Failures in a row, one number a validation. */
  readonly failures: readonly number[];
  /** Content of the slot when preflight first looked: what is validated is what will be swapped. */
  readonly content: string | undefined;
  /** Version whose history was read; left out: none yet. */
  readonly historyOf?: string | undefined;
  /** How often it was asked for in vain; left out: never. */
  readonly historyTries?: number | undefined;
  /** The workspace's parser found nothing wrong with the plan's own queries. */
  readonly queriesChecked?: boolean | undefined;
}

export interface Ramping {
  readonly phase: 'ramping';
  readonly step: number;
  readonly since: number;
  /** Read-back of this step's weight; the bake counts from here. */
  readonly confirmedAt: number | undefined;
  /** From when `maxBake` counts: the confirmation, or the resume after a pause. */
  readonly patienceFrom: number | undefined;
}

export interface Promoting {
  readonly phase: 'promoting';
  readonly since: number;
}

export interface Watching {
  readonly phase: 'watching';
  /** The confirmed swap. */
  readonly since: number;
  readonly until: number;
  readonly extended: boolean;
}

/** What a pause can come from, and what resume returns to. */
export type Pausable = Queued | Preflight | Ramping | Watching;

export interface Paused {
  readonly phase: 'paused';
  readonly since: number;
  readonly from: Pausable;
  /** After drift, resume must say what to do with what was found. */
  readonly found: Suspect | undefined;
}

export interface RollingBack {
  readonly phase: 'rolling-back';
  readonly since: number;
  readonly goal: 'rolled-back' | 'aborted';
  /** A person decided it: an irreversible release, too, is swapped back then. */
  readonly ordered: boolean;
  /** First read without our rule and with the baseline in production. */
  readonly clearAt: number | undefined;
}

/** A person is called; the app stays reserved until `acknowledgedAt`. */
export interface Failed {
  readonly phase: 'failed';
  readonly at: number;
  readonly acknowledgedAt: number | undefined;
}

export interface Succeeded {
  readonly phase: 'succeeded';
  readonly at: number;
  readonly watched: boolean;
}

export interface RolledBack {
  readonly phase: 'rolled-back';
  readonly at: number;
}

export interface Aborted {
  readonly phase: 'aborted';
  readonly at: number;
}

/** Production was never touched. */
export interface Rejected {
  readonly phase: 'rejected';
  readonly at: number;
}

/** Finished: the app is free, nothing will be decided any more (aftercare may still clean up). */
export function isFinished(stage: Stage): boolean {
  switch (stage.phase) {
    case 'succeeded':
    case 'rolled-back':
    case 'aborted':
    case 'rejected':
      return true;
    case 'failed':
      return stage.acknowledgedAt !== undefined;
    case 'queued':
    case 'preflight':
    case 'ramping':
    case 'promoting':
    case 'watching':
    case 'paused':
    case 'rolling-back':
      return false;
  }
}

/** When it was finished; undefined before. Aftercare counts from here. */
export function finishedAt(stage: Stage): number | undefined {
  if (stage.phase === 'failed') return stage.acknowledgedAt;
  return 'at' in stage ? stage.at : undefined;
}

/** The one row per app: who holds it, and what is looked after when nobody does. */
export interface AppRecord {
  readonly appKey: string;
  /** Full ARM id; compared, because `appKey` is a shortened hash. */
  readonly siteId: string;
  readonly active: string | undefined;
  readonly lastPromoted:
    { readonly releaseId: string; readonly version: string; readonly at: number } | undefined;
  /** Rules equal to ones that Slipway wrote are removed until then (design section 4). */
  readonly aftercare: Aftercare | undefined;
  /** Since when no rule of ours sends visitors: their cookies live an hour longer. */
  readonly ruleGoneAt: number | undefined;
}

export interface Aftercare {
  readonly releaseId: string;
  readonly from: number;
  readonly until: number;
  readonly slot: string;
  readonly slotHost: string;
}
