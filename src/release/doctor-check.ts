/** One thing that the doctor looks at, and what it says of it. */
import type { DoctorFacts } from './doctor-facts.ts';
import type { Rehearsal } from './doctor-rehearsal.ts';

/**
 * `problem`: a release would be refused. `warning`: it would be taken, and people should know. `unknown`:
 * it could not be found out, so it is neither.
 */
export type CheckStatus = 'ok' | 'warning' | 'problem' | 'unknown';

export interface Check {
  /** Stable, kebab-case. */
  readonly id: string;
  readonly title: string;
  readonly status: CheckStatus;
  readonly message: string;
  /** A command to copy where there is one, else what to do; null: nothing is to be done. */
  readonly fix: string | null;
  /** A release may be refused for it, so without an answer nobody can say that it would be taken. */
  readonly decides: boolean;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** What a check has found by itself, where preflight found nothing wrong. */
export interface Finding {
  readonly status: CheckStatus;
  readonly message: string;
  readonly fix?: string | undefined;
  readonly facts?: Readonly<Record<string, unknown>>;
}

export interface View extends DoctorFacts {
  readonly rehearsal: Rehearsal;
}

export interface CheckSpec {
  readonly id: string;
  readonly title: string;
  readonly decides: boolean | ((view: View) => boolean);
  /** False: it means nothing here. Left out: it always means something. */
  readonly applies?: (view: View) => boolean;
  /** Codes of preflight's problems that are told here. */
  readonly codes?: readonly string[];
  /** Preflight's reads that it rests on: one that failed is a problem or an unknown here. */
  readonly reads?: readonly string[];
  readonly look: (view: View) => Finding;
}

export const ok = (message: string, facts: Finding['facts'] = {}): Finding => ({
  status: 'ok',
  message,
  facts,
});

export const warning = (
  message: string,
  more: Omit<Finding, 'status' | 'message'> = {},
): Finding => ({
  status: 'warning',
  message,
  ...more,
});

export const unknown = (
  message: string,
  more: Omit<Finding, 'status' | 'message'> = {},
): Finding => ({
  status: 'unknown',
  message,
  ...more,
});
