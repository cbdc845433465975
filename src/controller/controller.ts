/** What the doors may ask of Slipway. One method a use case; composed in `app.ts`. */
import type { AuditRow } from '../release/audit.ts';
import type { Caller } from '../release/caller.ts';
import type { AppChange } from '../release/apps-change.ts';
import type { Command } from '../release/event.ts';
import type { ReadApp } from '../release/parse-apps.ts';
import type { Plan } from '../release/plan.ts';
import type { AppRecord, Phase, Release } from '../release/release.ts';
import type { WrittenApp } from '../release/written-app.ts';
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
  listReleases(query: ListQuery): Promise<ReleasePage>;
  /** @throws NotFoundError */
  readAudit(
    releaseId: string,
    range: { readonly from: number; readonly max: number },
  ): Promise<readonly AuditRow[]>;
  /** Free or busy, with what. An app that Slipway never saw is free. */
  getApp(appKey: string): Promise<AppState>;
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
  readonly key: string | undefined;
  /** 1-50. */
  readonly max: number;
  readonly continuation: string | undefined;
}

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
  readonly ok: boolean;
  readonly storage: { readonly ok: boolean; readonly message: string };
  readonly clock: {
    readonly ok: boolean;
    readonly skewMs: number | undefined;
    readonly message: string;
  };
}
