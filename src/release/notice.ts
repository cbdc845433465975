/** What people and machines are told of a release: one notice an audit row, and which rows are told. */
import type { Actor, AuditAction, AuditBody, AuditRow } from './audit.ts';
import { reasonWords, titleOf, weightWords, whoOf } from './notice-words.ts';
import type { Reason } from './reason.ts';
import type { Phase, Release } from './release.ts';
import { siteIdOf } from './start-message.ts';

/** From the least to the most. */
export const SEVERITIES = ['info', 'warning', 'critical'] as const;

export type Severity = (typeof SEVERITIES)[number];

/** `test` is nobody's transition: somebody asked for a sample. */
export type NoticeAction = AuditAction | 'test';

/** Delivered at least once: a receiver tells repetitions by `id`. */
export interface Notice {
  /** `{releaseId}.{sequence}`: the same for every delivery of this row. */
  readonly id: string;
  readonly release: string;
  readonly sequence: number;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly severity: Severity;
  /** One line: app, version, what happened. */
  readonly title: string;
  /** Name in the registry; of an app that is not registered, its site's name. */
  readonly app: string;
  readonly siteId: string;
  readonly slot: string;
  readonly version: string;
  /** The version it is compared with; null: not known yet. */
  readonly baseline: string | null;
  readonly action: NoticeAction;
  readonly actor: Actor;
  /** The actor in words. */
  readonly who: string;
  /** Who started the release. */
  readonly requestedBy: string;
  readonly from: string;
  readonly to: string;
  readonly reason: Reason;
  /** The reason in words. */
  readonly why: string;
  readonly message: string;
  /** What the evidence said when this was decided; null: nobody asked it. */
  readonly verdict: string | null;
  readonly weight: AuditBody['weight'];
  /** The weight in words. */
  readonly traffic: string;
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

/** Every action that is told. */
export const TOLD_ACTIONS: readonly AuditAction[] = Object.entries(TOLD).flatMap(
  ([action, told]) => (told ? [action as AuditAction] : []),
);

/**
 * The notice of an audit row; undefined when the row is not told. Made of the row and of what a release
 * never changes (but for the baseline, which preflight finds), so that every delivery says the same.
 * @throws SyntaxError when the body is not JSON, which only damage can cause
 */
export function noticeOf(row: AuditRow, release: Release): Notice | undefined {
  const body = JSON.parse(row.body) as AuditBody;
  if (!TOLD[body.action]) return undefined;
  const { action, actor, from, to, reason, message, weight, at } = body;
  const what = { app: release.app ?? release.target.site, version: release.version };
  return {
    id: `${row.releaseId}.${row.sequence}`,
    release: row.releaseId,
    sequence: row.sequence,
    at,
    severity: severityOf(body),
    title: titleOf(what, body),
    ...what,
    siteId: siteIdOf(release.target),
    slot: release.slot,
    baseline: release.baseline ?? null,
    action,
    actor,
    who: whoOf(actor),
    requestedBy: release.requestedBy.name,
    from,
    to,
    reason,
    why: reasonWords(reason),
    message,
    verdict: verdictOf(body),
    weight,
    traffic: weightWords(body),
    head: row.hash,
  };
}

/** A stage is told as its phase, and what follows a blank. A rule that came back, or an alert, is worth a look. */
function severityOf({ action, to }: AuditBody): Severity {
  if (action === 'aftercare' || action === 'metric-alert') return 'warning';
  const phase = to.split(/[ :(]/, 1)[0] ?? '';
  return Object.entries(SEVERITY).find(([name]) => name === phase)?.[1] ?? 'info';
}

/** Facts are free: only a sentence is taken for one. */
function verdictOf({ facts }: Partial<AuditBody>): string | null {
  const verdict = facts?.verdict;
  if (typeof verdict !== 'object' || verdict === null || !('sentence' in verdict)) return null;
  return typeof verdict.sentence === 'string' ? verdict.sentence : null;
}
