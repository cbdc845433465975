/** What people and machines are told of a release: one notice an audit row, and which rows are told. */
import type { Actor, AuditAction, AuditBody, AuditRow } from './audit.ts';
import type { Reason } from './reason.ts';
import type { Phase, Release } from './release.ts';
import { siteIdOf } from './start-message.ts';

export type Severity = 'info' | 'warning' | 'critical';

/** Delivered at least once: a receiver tells repetitions by `id`. */
export interface Notice {
  /** `{releaseId}.{sequence}`: the same for every delivery of this row. */
  readonly id: string;
  readonly release: string;
  readonly sequence: number;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly severity: Severity;
  readonly siteId: string;
  readonly slot: string;
  readonly version: string;
  readonly action: AuditAction;
  readonly actor: Actor;
  readonly from: string;
  readonly to: string;
  readonly reason: Reason;
  readonly message: string;
  readonly weight: AuditBody['weight'];
  /** Hash of the row: who keeps it holds an anchor of the chain outside the store. */
  readonly head: string;
}

/** Whether a row is told. What a change to Azure is made of is left to the audit. */
const TOLD: Readonly<Record<AuditAction, boolean>> = {
  created: true,
  'phase-changed': true,
  'step-changed': true,
  'command-accepted': true,
  'watch-extended': true,
  'metric-alert': true,
  'harm-explained': true,
  aftercare: true,
  'rescue-adopted': true,
  'intent-decided': false,
  'intent-claimed': false,
  'intent-confirmed': false,
  'intent-dropped': false,
  'azure-answered': false,
};

const SEVERITY: Partial<Readonly<Record<Phase, Severity>>> = {
  failed: 'critical',
  paused: 'warning',
  'rolling-back': 'warning',
  'rolled-back': 'warning',
  aborted: 'warning',
  rejected: 'warning',
};

/**
 * The notice of an audit row; undefined when the row is not told.
 * @throws SyntaxError when the body is not JSON, which only damage can cause
 */
export function noticeOf(row: AuditRow, release: Release): Notice | undefined {
  const body = JSON.parse(row.body) as AuditBody;
  if (!TOLD[body.action]) return undefined;
  const { action, actor, from, to, reason, message, weight, at } = body;
  return {
    id: `${row.releaseId}.${row.sequence}`,
    release: row.releaseId,
    sequence: row.sequence,
    at,
    severity: severityOf(body),
    siteId: siteIdOf(release.target),
    slot: release.slot,
    version: release.version,
    action,
    actor,
    from,
    to,
    reason,
    message,
    weight,
    head: row.hash,
  };
}

/** A stage is told as its phase, and what follows a blank. A rule that came back, or an alert, is worth a look. */
function severityOf({ action, to }: AuditBody): Severity {
  if (action === 'aftercare' || action === 'metric-alert') return 'warning';
  const phase = to.split(/[ :(]/, 1)[0] ?? '';
  return Object.entries(SEVERITY).find(([name]) => name === phase)?.[1] ?? 'info';
}
