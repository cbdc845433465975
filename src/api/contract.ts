/**
 * What crosses HTTP: the wire shapes that the doors answer and the dashboard and the command line read.
 * Types only. Times are ISO 8601 in UTC, weights are percents. `null` stands for "there is none", so
 * that every key is always there.
 */
import type { Plan } from '../release/plan.ts';
import type { Reason } from '../release/reason.ts';
import type { AppChangeKind } from '../release/apps-change.ts';
import type { Checkup } from '../release/doctor.ts';
import type { Difference } from '../release/facts.ts';
import type { MetricSummary, Phase } from '../release/release.ts';
import type { WrittenApp } from '../release/written-app.ts';

export type { AppChangeKind, Phase, Plan, Reason, WrittenApp };
export type { HealthAnswer, ReceiverHealthView, ServiceHealthView } from './contract/health.ts';

/** The one shape of every error, whatever door it comes from. */
export interface ErrorAnswer {
  readonly error: {
    /** Stable, kebab-case. docs/api.md lists them. */
    readonly code: string;
    readonly message: string;
    /** The complete list, where there is more than one sentence can hold. */
    readonly details?: readonly ProblemView[];
  };
  /** With a 409: where the release stands that refused. */
  readonly release?: ReleaseView;
}

export interface ProblemView {
  /** `plan.steps[1].weight`; empty for the input as a whole. */
  readonly path: string;
  readonly code: string;
  readonly message: string;
}

export interface ReleaseView {
  readonly id: string;
  readonly app: AppRef;
  readonly slot: string;
  readonly version: string;
  /** Null: not looked up yet, or nothing else reports (first release). */
  readonly baseline: string | null;
  readonly key: string | null;
  readonly requestedBy: RequestedByView;
  /** Name of the preset, or `custom`. */
  readonly plan: string;
  readonly strategy: 'canary' | 'blue-green';
  /** False: once promoted it is never swapped back by Slipway itself. */
  readonly reversible: boolean;

  readonly phase: Phase;
  /** Nothing will be decided any more, and the app is free. */
  readonly finished: boolean;
  /** Since when it is in this phase. */
  readonly since: string;
  readonly reason: Reason;
  /** The one line for people. */
  readonly message: string;
  /** The step it stands at, also while paused there. */
  readonly step: StepView | null;
  readonly pause: PauseView | null;
  readonly watch: WatchView | null;

  readonly weights: {
    /** Of the plan's steps. */
    readonly steps: readonly number[];
    /** Last read back from Azure; 0 = no rule. */
    readonly confirmed: number;
    /** Percent of all production that the new version serves: 100 once the swap is proven. */
    readonly share: number;
    readonly wanted: number;
  };
  /** A change to Azure that is decided and not confirmed yet. */
  readonly intent: IntentView | null;
  /** What the evidence says now. */
  readonly verdict: VerdictView | null;
  /** How much more the baseline's counts scatter than chance alone; null: nobody has looked yet. */
  readonly dispersion: DispersionView | null;
  /** Both versions fail far more than before: held, neither good nor bad. */
  readonly incident: IncidentView | null;
  /** After harm: where the versions differ most, the largest first; null: not known. */
  readonly differences: readonly Difference[] | null;

  /** Give it back as `expectedSequence` to command what you saw and nothing newer. */
  readonly sequence: number;
  readonly chainHead: string;
  /** How telling stands where it fails; null: every row that is to be told has arrived, or nobody asked. */
  readonly untold: UntoldView | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** The confirmed swap. */
  readonly swappedAt: string | null;
  readonly links: LinksView;
}

/** Addresses. All but `page` are of the API, for machines. */
export interface LinksView {
  readonly self: string;
  readonly audit: string;
  readonly app: string;
  /** The release on the page for people, at the address by which people reach Slipway. */
  readonly page: string;
}

/** Of the receiver that has failed most often in a row. */
export interface UntoldView extends UntoldReceiverView {
  /** All that something could not be told to, that one first. */
  readonly receivers: readonly UntoldReceiverView[];
}

export interface UntoldReceiverView {
  /** Its name in the settings. */
  readonly receiver: string;
  /** The last one. */
  readonly problem: string;
  /** Tries of the next row that failed. */
  readonly attempts: number;
  readonly retryAt: string;
  /** Rows that could not be told and were given up. */
  readonly givenUp: number;
}

export interface AppRef {
  readonly key: string;
  /** In the registry when the release was started; null: it was not registered then. */
  readonly name: string | null;
  /** ARM id of the site. */
  readonly siteId: string;
}

export interface RequestedByView {
  readonly name: string;
  readonly run: string | null;
  readonly commit: string | null;
  /** When the commit was made, as the start said; null: it did not. */
  readonly committedAt: string | null;
  /** True: a queue message said so, and nobody checked. */
  readonly claimed: boolean;
}

export interface StepView {
  /** From 1. */
  readonly number: number;
  readonly of: number;
  readonly weight: number;
  readonly since: string;
  /** When its weight was read back; the bake counts from here. */
  readonly confirmedAt: string | null;
}

export interface PauseView {
  /** Phase that resume returns to. */
  readonly from: Phase;
  /** After drift: what was found; resume then needs a choice. */
  readonly found: string | null;
  readonly choices: readonly ('adopt' | 'reapply')[];
}

export interface WatchView {
  readonly until: string;
  readonly extended: boolean;
}

export interface IntentView {
  readonly kind: 'set-weight' | 'swap';
  /** Of `set-weight`. */
  readonly weight: number | null;
  /** Of `swap`. */
  readonly direction: 'promote' | 'swap-back' | null;
  readonly decidedAt: string;
  readonly claimed: boolean;
  readonly attempts: number;
}

export interface VerdictView {
  readonly at: string;
  readonly outcome: string;
  readonly sentence: string;
  readonly harm: number;
  readonly harmThreshold: number;
  readonly certify: number | null;
  readonly certifyThreshold: number;
  readonly canary: CountsView;
  readonly baseline: CountsView;
  /** Interval of canary rate / baseline rate; `high` null: nothing limits it yet. */
  readonly ratio: { readonly low: number; readonly high: number | null } | null;
  /** What is missing until the step can be certified. */
  readonly outlook: OutlookView | null;
  /** The metric whose evidence weighs most: `failures`, or a name of `metrics`. */
  readonly by: string | null;
  /** By which every log increment of request failures is divided; 1 = not at all. */
  readonly phi: number;
  /** The metrics besides request failures, in the plan's order. */
  readonly metrics: readonly MetricView[];
}

export interface OutlookView {
  /** More requests of the new version; null: never at the rates seen so far, or `early`. */
  readonly requests: number | null;
  readonly bins: number | null;
  /** Too little has been seen to say. */
  readonly early: boolean;
}

/** Rows (`n`) and what was bad of them by each measure (`x`), with the log e-value of this metric alone. */
export type MetricView = Omit<MetricSummary, 'certify'> & { readonly certify: number | null };

export interface DispersionView {
  /** 1 = no more than chance. */
  readonly failures: number;
  /** Of the other metrics, in the plan's order. */
  readonly more: readonly number[];
  /** Bins of the baseline's own history that it was measured on. */
  readonly bins: number;
  /** Why it is 1 without having been measured; null: it was. */
  readonly note: string | null;
}

export interface IncidentView {
  readonly since: string;
  /** It began right after a change of the weight: if it lasts, the version is taken back. */
  readonly afterChange: boolean;
  readonly message: string;
}

export interface CountsView {
  readonly requests: number;
  readonly failures: number;
}

/** POST /api/releases */
export interface StartAnswer {
  readonly release: ReleaseView;
  /** False: this start had been made before. */
  readonly created: boolean;
  /** What the app's own traffic means for the plan, before anything is touched. */
  readonly outlook: StartOutlookView | null;
  /** Why there is no outlook; null: there is one. */
  readonly outlookProblem: string | null;
}

/** Minutes are judged time: `settle` comes on top. */
export interface StartOutlookView {
  /** Of the whole app, lately. */
  readonly requestsPerMinute: number;
  readonly steps: readonly {
    readonly weight: number;
    /** Typically, for a version as good as the present one; null: not within `maxBake`. */
    readonly certifiesWithin: number | null;
    readonly maxBakeMinutes: number;
  }[];
  /** The one or two sentences for people. */
  readonly message: string;
}

/** GET /api/releases/{id} */
export interface ReleaseAnswer {
  readonly release: ReleaseView;
  /** With every default written out. */
  readonly plan: Plan;
}

/** POST /api/releases/{id}/{command} */
export interface CommandAnswer {
  readonly release: ReleaseView;
}

/** GET /api/releases */
export interface ReleasesAnswer {
  /** Newest first. */
  readonly releases: readonly ReleaseView[];
  /** For the next page; null at the end. A page may be empty before the end. */
  readonly continuation: string | null;
}

/** GET /api/releases/{id}/audit */
export interface AuditAnswer {
  readonly release: string;
  readonly rows: readonly AuditRowView[];
  /** `from` of the next page; null at the end. */
  readonly next: number | null;
}

export interface AuditRowView {
  readonly sequence: number;
  readonly at: string;
  /** An AuditBody; the text itself when it is not JSON, which only damage or tampering can cause. */
  readonly body: unknown;
  readonly prevHash: string;
  readonly hash: string;
}

/** GET /api/apps/{appKey} and GET /api/apps?site=… */
export interface AppAnswer {
  readonly app: {
    readonly key: string;
    /** Null: Slipway never saw this app. */
    readonly siteId: string | null;
    /** No release holds the app: its slot may be deployed to. */
    readonly free: boolean;
    readonly active: ReleaseView | null;
    readonly lastPromoted: {
      readonly release: string;
      readonly version: string;
      readonly at: string;
    } | null;
    /** Until then rules that come back by themselves are removed again. */
    readonly aftercareUntil: string | null;
    /** As the registry has it; null: the app is not registered. */
    readonly entry: WrittenApp | null;
  };
}

/** GET /api/apps */
export interface AppsAnswer {
  /** By name; as they were written, so that they can be applied again. */
  readonly apps: readonly WrittenApp[];
}

/** POST /api/apps/{name}/doctor */
export interface DoctorAnswer {
  readonly checkup: Checkup;
}

/** PUT /api/apps, DELETE /api/apps/{name} */
export interface AppsAppliedAnswer extends AppsHead {
  /** By name: the apps of the file, and those that were removed. */
  readonly apps: readonly AppAppliedView[];
}

export interface AppAppliedView {
  readonly name: string;
  readonly change: AppChangeKind;
  /** Of a changed app, value by value. */
  readonly fields: readonly FieldView[];
}

export interface FieldView {
  /** `may.start[0]` */
  readonly path: string;
  /** Null: it was, or is, not written. */
  readonly before: unknown;
  readonly after: unknown;
}

/** Where the audit of the registry stands. */
export interface AppsHead {
  readonly sequence: number;
  readonly chainHead: string;
}

/** GET /api/apps/audit */
export interface AppsAuditAnswer extends AppsHead {
  readonly rows: readonly AuditRowView[];
  /** `from` of the next page; null at the end. */
  readonly next: number | null;
}

/** GET /api/poison */
export interface PoisonAnswer {
  /** Newest first. */
  readonly poison: readonly PoisonView[];
}

export interface PoisonView {
  readonly id: string;
  readonly queue: string;
  readonly at: string;
  readonly code: string;
  readonly problem: string;
  /** As it came, cut. */
  readonly message: string;
}

/** POST /api/notifications/test */
export interface NotificationsTestAnswer {
  /** In the order of the settings; empty: nobody asked to be told. */
  readonly receivers: readonly {
    readonly name: string;
    readonly kind: string;
    readonly ok: boolean;
    /** Null: it took the sample. */
    readonly problem: string | null;
  }[];
}
