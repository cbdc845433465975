/** What the doors may ask of Slipway. One method a use case; composed in `app.ts`. */
import type { AuditRow } from '../release/audit.ts';
import type { Caller } from '../release/caller.ts';
import type { AppChange } from '../release/apps-change.ts';
import type { Checkup } from '../release/doctor.ts';
import type { Command } from '../release/event.ts';
import type { ReadApp } from '../release/parse-apps.ts';
import type { EvidenceSeries } from '../release/evidence-series.ts';
import type { Gate, GateKind } from '../release/gate.ts';
import type { Plan } from '../release/plan.ts';
import type { AppRecord, Phase, Release } from '../release/release.ts';
import type { StartOutlook } from '../release/start-outlook.ts';
import type { WrittenApp } from '../release/written-app.ts';
import type { AppQuestion } from './doctor.ts';
import type { RegistryHead } from './ports/app-registry.ts';
import type { PoisonRecord } from './ports/poison-box.ts';
import type { AskedWindow } from './ports/probe-work.ts';

export interface Controller {
  /**
   * Starts a release once. The same key with the same content is the same release. A busy app, and a
   * bad queue message that names its app, give a `rejected` release.
   * @throws InvalidInputError, ForbiddenError, StoreUnavailableError, RefusedError (`key-used`: same key,
   * other content; `not-registered`; `plan-too-weak` with every difference)
   */
  start(input: StartInput): Promise<Started>;
  /** One pass over a release. Never throws for what a later pass can mend. */
  tick(releaseId: string): Promise<void>;
  /**
   * Sends one window of a release's paired probes, once, and keeps what it counted. Takes as long as the
   * window and the time-out of one request.
   * @throws StoreUnavailableError before anything is sent
   */
  probeWindow(window: AskedWindow): Promise<void>;
  /** Sends a tick for every release that is due. Returns how many. */
  clock(): Promise<number>;
  /** @throws NotFoundError, ForbiddenError, RefusedError (`refused`, `sequence-moved-on`) with the present state. */
  command(input: CommandRequest): Promise<Release>;
  /** @throws NotFoundError */
  getRelease(releaseId: string): Promise<{ readonly release: Release; readonly plan: Plan }>;
  /** The evidence over time, of the bins that are stored: final ones. @throws NotFoundError */
  readEvidence(
    releaseId: string,
  ): Promise<{ readonly release: Release; readonly series: EvidenceSeries }>;
  /**
   * Whether what comes after a release may begin; by its key `release` is undefined until it was started.
   * @throws NotFoundError, RefusedError (`key-ambiguous`: releases of several apps have this key)
   */
  readGate(query: GateQuery): Promise<GateState>;
  listReleases(query: ListQuery): Promise<ReleasePage>;
  /** @throws NotFoundError */
  readAudit(
    releaseId: string,
    range: { readonly from: number; readonly max: number },
  ): Promise<readonly AuditRow[]>;
  /** Free or busy, with what. An app that Slipway never saw is free. */
  getApp(appKey: string): Promise<AppState>;
  /**
   * Looks at a registered app as a release would, by Slipway's identity, and changes nothing. Asks the slot
   * what preflight asks, and spends some 20 reads of ARM and 4 queries: one look of an app at a time, and
   * one every `doctorEveryMs`.
   * @throws NotFoundError, ForbiddenError, InvalidInputError, RefusedError (`plan-too-weak`),
   * TooManyRequestsError
   */
  doctor(question: AppQuestion, caller: Caller): Promise<Checkup>;
  /** All entries of the registry, by name. */
  listApps(): Promise<readonly WrittenApp[]>;
  /**
   * Adds and changes entries; with `prune`, those that are registered and not among them go.
   * @throws ForbiddenError, RefusedError (`apps-refused` with every reason, `too-many-moves`), SlipwayError
   * `conflict`
   */
  applyApps(input: {
    readonly apps: readonly ReadApp[];
    readonly prune: boolean;
    readonly caller: Caller;
  }): Promise<AppsApplied>;
  /** @throws NotFoundError, and as `applyApps` */
  removeApp(name: string, caller: Caller): Promise<AppsApplied>;
  readAppsAudit(range: { readonly from: number; readonly max: number }): Promise<AppsAudit>;
  /**
   * A message that reached a poison queue, or a start that no app can be told of.
   * @throws StoreUnavailableError; the message is in the log then
   */
  recordPoison(message: PoisonMessage): Promise<void>;
  listPoison(max: number): Promise<readonly PoisonRecord[]>;
  health(): Promise<Health>;
  /** Sends every receiver of notices a sample, by one try each. */
  tryReceivers(): Promise<readonly ReceiverTrial[]>;
}

export interface StartInput {
  /** JSON text, or the value that a trigger parsed. */
  readonly body: unknown;
  /** Stands in for a missing key: the message's id, so that a repeated delivery is one release. */
  readonly fallbackKey: string;
  readonly caller: Caller;
}

export interface Started {
  readonly release: Release;
  /** False when this start had created the release before. */
  readonly created: boolean;
  /** What the app's own traffic means for the plan, or why that is not known. Left out: nobody reads it. */
  readonly outlook?: StartOutlook | { readonly unknown: string };
}

export interface CommandRequest {
  readonly releaseId: string;
  readonly command: Command;
  readonly expectedSequence: number | undefined;
  readonly caller: Caller;
}

export interface ListQuery {
  readonly appKey: string | undefined;
  readonly phase: Phase | undefined;
  /** By `isFinished`: a `failed` release is finished once it is acknowledged. */
  readonly finished: boolean | undefined;
  readonly key: string | undefined;
  /** 1-50. */
  readonly max: number;
  readonly continuation: string | undefined;
}

export interface GateQuery {
  readonly of: { readonly releaseId: string } | GateKey;
  readonly kind: GateKind;
}

/** The key that a release was started with; `appKey` where several apps use the same keys. */
export interface GateKey {
  readonly key: string;
  readonly appKey: string | undefined;
}

export type GateState =
  | { readonly release: Release; readonly gate: Gate }
  | { readonly release: undefined; readonly gate: undefined };

export interface ReleasePage {
  readonly releases: readonly Release[];
  readonly continuation: string | undefined;
}

export interface AppState {
  readonly appKey: string;
  readonly app: AppRecord | undefined;
  /** The release that holds the app. */
  readonly active: Release | undefined;
  /** What the registry says; undefined: it is not registered. */
  readonly entry: WrittenApp | undefined;
}

export interface AppsApplied {
  /** By name, the unchanged ones of the file too. */
  readonly changes: readonly AppChange[];
  readonly head: RegistryHead;
}

export interface AppsAudit {
  readonly rows: readonly AuditRow[];
  readonly head: RegistryHead;
}

export interface PoisonMessage {
  readonly queue: string;
  /** Stable for one message. */
  readonly id: string;
  readonly message: unknown;
  readonly code: string;
  readonly problem: string;
}

export interface Health {
  /** Releases can go on: storage answers, ticks run, and not every call to a service fails. */
  readonly ok: boolean;
  /** Something is wrong that releases wait out. */
  readonly degraded: boolean;
  readonly storage: ServiceHealth;
  readonly clock: {
    readonly ok: boolean;
    readonly skewMs: number | undefined;
    /** How much later than wanted a tick is; undefined: could not be read. */
    readonly oldestDueMs: number | undefined;
    /** How long ago that was looked up; undefined: not yet. */
    readonly ageMs: number | undefined;
    readonly message: string;
  };
  readonly arm: ServiceHealth;
  readonly logs: ServiceHealth;
  /** Of this process, since it started. */
  readonly notices: { readonly givenUp: number };
  /** Who is told of transitions, in the order of the settings; left out: nobody asked to be told. */
  readonly receivers?: readonly ReceiverHealth[];
}

/** By the deliveries of this process; times are milliseconds since the epoch. */
export interface ReceiverHealth {
  readonly name: string;
  readonly kind: string;
  /** The last delivery arrived, or there was none. */
  readonly ok: boolean;
  readonly toldAt: number | undefined;
  /** The last failure, also one that has passed. */
  readonly problem: { readonly at: number; readonly message: string } | undefined;
}

export interface ReceiverTrial {
  readonly name: string;
  readonly kind: string;
  /** Undefined: it took the sample. */
  readonly problem: string | undefined;
}

/** By the calls of this process; times are milliseconds since the epoch. */
export interface ServiceHealth {
  /** The last call worked, or there was none. */
  readonly ok: boolean;
  /** All calls have failed for long. */
  readonly down: boolean;
  readonly message: string;
  /** Last seen to work; undefined: never. */
  readonly okAt: number | undefined;
  readonly ageMs: number | undefined;
  /** The last error, also one that has passed. */
  readonly error:
    { readonly at: number; readonly code: string; readonly message: string } | undefined;
}
