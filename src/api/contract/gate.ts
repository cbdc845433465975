import type { LinksView, Phase, Reason } from '../contract.ts';

/**
 * `GET /api/gates/{releaseId}` and `GET /api/gates?key=…`: what a pipeline asks before it goes on. Always
 * 200, so that a gate can tell "not yet" from an address that is wrong.
 */
export interface GateAnswer {
  /** `failed` is for good: this release does not pass the gate any more. */
  readonly status: 'pending' | 'successful' | 'failed';
  /** What was asked for. */
  readonly for: 'promoted' | 'certified' | 'finished';
  /** `not-started`: no release has this key yet. */
  readonly reason: Reason | 'not-started';
  /** The one line for people. */
  readonly message: string;
  /** Null: not started yet. */
  readonly release: GateRelease | null;
}

export interface GateRelease {
  readonly id: string;
  readonly version: string;
  readonly phase: Phase;
  readonly links: LinksView;
}
