/** A release as a gate of a pipeline sees it: may what comes after it begin? */
import type { AuditRow } from './audit.ts';
import type { Reason } from './reason.ts';
import type { Release } from './release.ts';
import { standing } from './transition.ts';

/**
 * `promoted`: the new version is production, by a proven swap. `certified`: the same, and no step was left
 * without its certificate. `finished`: it stayed there until its watch was over.
 */
export const GATES = ['promoted', 'certified', 'finished'] as const;
export type GateKind = (typeof GATES)[number];

export interface Gate {
  /** `failed` is for good: whatever comes, this release does not pass the gate any more. */
  readonly status: 'pending' | 'successful' | 'failed';
  readonly reason: Reason;
  readonly message: string;
}

/** How the steps were left so far. */
export interface LeftSteps {
  readonly certified: number;
}

/**
 * @param left needed for `certified` alone
 */
export function gateOf(release: Release, kind: GateKind, left: LeftSteps | undefined): Gate {
  const { reason, message } = release;
  if (isOver(release))
    return { status: 'failed', reason, message: `${phaseOf(release)}: ${message}` };
  const uncertified = kind === 'certified' ? leftUncertified(release, left) : undefined;
  if (uncertified !== undefined) {
    return { status: 'failed', reason: 'not-certified', message: uncertified };
  }
  const passed = kind === 'finished' ? release.stage.phase === 'succeeded' : isPromoted(release);
  return {
    status: passed ? 'successful' : 'pending',
    reason,
    message: `${phaseOf(release)}: ${message}`,
  };
}

/** The new version is not production, or does not stay it. */
function isOver({ stage }: Release): boolean {
  switch (stage.phase) {
    case 'rolling-back':
    case 'rolled-back':
    case 'aborted':
    case 'rejected':
    case 'failed':
      return true;
    case 'queued':
    case 'preflight':
    case 'ramping':
    case 'promoting':
    case 'watching':
    case 'paused':
    case 'succeeded':
      return false;
  }
}

/** In the watch, paused there included, or past it; not while somebody else's change waits for a person. */
function isPromoted({ stage }: Release): boolean {
  if (stage.phase === 'paused' && stage.found !== undefined) return false;
  const { phase } = standing(stage);
  return phase === 'watching' || phase === 'succeeded';
}

function phaseOf({ stage }: Release): string {
  return stage.phase === 'paused' ? 'paused, a person has to resume it' : stage.phase;
}

function leftUncertified(release: Release, left: LeftSteps | undefined): string | undefined {
  const steps = release.steps.length;
  if (steps === 0) return 'a plan without steps certifies nothing: ask for promoted';
  const at = standing(release.stage);
  const behind = at.phase === 'ramping' ? at.step : isPastRamp(at.phase) ? steps : 0;
  const certified = left?.certified ?? 0;
  if (certified >= behind) return undefined;
  return `${behind - certified} of ${behind} steps were left without a certificate`;
}

function isPastRamp(phase: Release['stage']['phase']): boolean {
  return phase === 'promoting' || phase === 'watching' || phase === 'succeeded';
}

/** Steps that were left because the evidence certified them. A row that is damaged counts for nothing. */
export function certifiedSteps(rows: readonly Pick<AuditRow, 'body'>[]): LeftSteps {
  const certified = rows.filter(({ body }) => {
    const { action, reason } = read(body);
    return reason === 'certified' && (action === 'step-changed' || action === 'phase-changed');
  });
  return { certified: certified.length };
}

function read(body: string): { readonly action?: unknown; readonly reason?: unknown } {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
