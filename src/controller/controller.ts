/** What the doors may ask of Slipway. One method a use case; composed in `app.ts`. */
import type { AuditRow } from '../release/audit.ts';
import type { Caller } from '../release/caller.ts';
import type { Command } from '../release/event.ts';
import type { Plan } from '../release/plan.ts';
import type { AppRecord, Phase, Release } from '../release/release.ts';
import type { PoisonRecord } from './ports/poison-box.ts';

export interface Controller {
  /**
   * Starts a release once. The same key with the same content is the same release. A busy app, and a
   * bad queue message that names its app, give a `rejected` release.
   * @throws InvalidInputError, RefusedError (`key-used`: same key, other content), StoreUnavailableError
   */
  start(input: StartInput): Promise<Started>;
  /** One pass over a release. Never throws for what a later pass can mend. */
  tick(releaseId: string): Promise<void>;
  /** Sends a tick for every release that is due. Returns how many. */
  clock(): Promise<number>;
  /** @throws NotFoundError, RefusedError (`refused`, `sequence-moved-on`) with the present state. */
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
  /** A message that reached a poison queue, or a start that no app can be told of. Never throws. */
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
