/**
 * Preflight itself, on a release that is never made: the same code decides, so that the doctor and
 * preflight cannot disagree.
 */
import { z } from 'zod';
import { BOUNDS, type Limits } from '../limits.ts';
import type { DoctorFacts } from './doctor-facts.ts';
import { Draft, SYSTEM } from './draft.ts';
import type { Problem } from './errors.ts';
import type { TickEvent } from './event.ts';
import { newRelease } from './new-release.ts';
import { runPreflight } from './preflight.ts';
import { topVersion } from './preflight-history.ts';
import type { Preflight, Release } from './release.ts';
import type { StartRequest } from './start-message.ts';

export interface Rehearsal {
  /** `rejected`, `passed`; `waiting`: preflight would ask again until its limit. */
  readonly outcome: 'rejected' | 'passed' | 'waiting';
  /** Why it is rejected; empty otherwise. */
  readonly problems: readonly Problem[];
  /** What preflight would say. */
  readonly message: string;
  /** The version that is released; undefined: nobody said, and the slot does not report yet. */
  readonly version: string | undefined;
  /** What it would be compared with; undefined: nothing reports in production, or it is not known. */
  readonly baseline: string | undefined;
}

/** Stands for a version that is not known: no app reports it, so nothing is taken for seen. */
const NOT_KNOWN = 'the version in the slot';

export function rehearse(facts: DoctorFacts, limits: Limits): Rehearsal {
  const version = versionOf(facts);
  const draft = draftOf(facts, limits, version ?? NOT_KNOWN);
  const event = runPreflight(draft, facts.preflight);
  const top = topVersion(facts.preflight.preflight?.versions ?? [])?.version;
  return {
    ...judged(draft, event),
    version,
    baseline: top === '' ? undefined : top,
  };
}

function judged(
  draft: Draft,
  event: TickEvent | undefined,
): Pick<Rehearsal, 'outcome' | 'problems' | 'message'> {
  if (event === undefined) {
    return { outcome: 'waiting', problems: [], message: draft.release.message };
  }
  if (event.kind === 'preflight-failed') {
    return { outcome: 'rejected', problems: problemsOf(event), message: event.message };
  }
  return { outcome: 'passed', problems: [], message: event.message };
}

const PROBLEMS = z
  .array(z.object({ path: z.string(), code: z.string(), message: z.string() }))
  .min(1);

type Failed = Extract<TickEvent, { kind: 'preflight-failed' }>;

function problemsOf({ message, reason, facts }: Failed): readonly Problem[] {
  return PROBLEMS.safeParse(facts?.problems).data ?? [{ path: '', code: reason, message }];
}

/** Unless somebody said it, the version under which the slot answered our own requests. */
function versionOf({ versionGiven, request, preflight }: DoctorFacts): string | undefined {
  if (versionGiven) return request.version;
  const named = preflight.preflight?.labelled?.filter(({ version }) => version !== '') ?? [];
  return topVersion(named)?.version;
}

function draftOf(facts: DoctorFacts, limits: Limits, version: string): Draft {
  const { now } = facts;
  const request: StartRequest = { ...facts.request, version };
  const { plan } = request;
  const born = newRelease({
    ...{ request, now, limits, actor: SYSTEM },
    random: '00000000',
    rejection: undefined,
  });
  const release: Release = { ...born.release, stage: stageOf(facts) };
  return new Draft(release, { now, limits, plan, actor: SYSTEM, claimId: '' });
}

/** At the pass that would be preflight's last if everything is well. */
function stageOf({ now, labelSince, request }: DoctorFacts): Preflight {
  const { validate } = request.plan;
  return {
    phase: 'preflight',
    since: now,
    passes: validate.map(({ passes }) => passes - 1),
    failures: validate.map(() => BOUNDS.probeFailures - 1),
    askedAt: validate.map(() => undefined),
    labelSince,
    content: undefined,
    // No release goes back or waits for its baseline's history: it goes on without.
    historyTries: BOUNDS.historyTries,
  };
}
