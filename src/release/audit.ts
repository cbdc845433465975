import type { Reason } from './reason.ts';

/**
 * One audit row. `body` is the exact text that is hashed: a JSON object of AuditBody. Everything else
 * in a stored row is a copy for filters, which `verifyChain` compares with the body.
 */
export interface AuditRow {
  readonly releaseId: string;
  readonly sequence: number;
  readonly at: number;
  readonly body: string;
  /** Hash of the row before; of the first row: 64 zeros. */
  readonly prevHash: string;
  /** SHA-256 (hex) of `prevHash`, a line feed and `body`. */
  readonly hash: string;
}

/** Who caused a transition. */
export interface Actor {
  /** `system`: a tick; `operator`: a person or machine over HTTP; `claimed`: what a queue message says. */
  readonly kind: 'system' | 'operator' | 'claimed';
  readonly name: string;
  readonly objectId: string | undefined;
}

export type AuditAction =
  | 'created'
  | 'phase-changed'
  | 'step-changed'
  | 'intent-decided'
  | 'intent-claimed'
  | 'intent-confirmed'
  | 'intent-dropped'
  | 'azure-answered'
  | 'command-accepted'
  | 'watch-extended'
  | 'metric-alert'
  | 'harm-explained'
  | 'aftercare'
  | 'rescue-adopted';

export interface AuditBody {
  readonly releaseId: string;
  readonly sequence: number;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly action: AuditAction;
  readonly actor: Actor;
  /** Where it stood and stands, as `describeStage` says it. */
  readonly from: string;
  readonly to: string;
  readonly reason: Reason;
  readonly message: string;
  /** Percents: of our rule, and of all production that the new version serves (100 after the swap). */
  readonly weight: { readonly confirmed: number; readonly wanted: number; readonly share: number };
  /** Free facts of the transition: evidence, query, Azure's answer, validation results. Bounded. */
  readonly facts: Readonly<Record<string, unknown>>;
}
