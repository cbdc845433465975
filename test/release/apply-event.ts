/** One event of every kind, and what it makes of a release a minute later. */
import { Draft } from '../../src/release/draft.ts';
import type { Event } from '../../src/release/event.ts';
import type { Release, Suspect } from '../../src/release/release.ts';
import { transition } from '../../src/release/transition.ts';
import { NOW, SUBJECT, sampleContext, samplePlan } from '../support/release-samples.ts';

export const FOUND: Suspect = {
  kind: 'drift',
  since: NOW,
  seen: 'rules: staging=50 %',
  ownWeight: 50,
  foreignRules: [],
  volumes: 'baseline-in-production',
};

export const told = { message: 'it is told' };

export const EVENTS: Readonly<Record<Event['kind'], Event>> = {
  'app-free': { kind: 'app-free', ...told },
  'preflight-passed': { kind: 'preflight-passed', subject: SUBJECT, baseline: '1.0.0', ...told },
  'preflight-failed': { kind: 'preflight-failed', reason: 'preflight-failed', ...told },
  harm: { kind: 'harm', reason: 'harm', ...told },
  'slot-overwritten': { kind: 'slot-overwritten', ...told },
  drift: { kind: 'drift', found: FOUND, ...told },
  'azure-refused': { kind: 'azure-refused', ...told },
  'step-certified': { kind: 'step-certified', ...told },
  'step-undecided': { kind: 'step-undecided', mayAdvance: true, ...told },
  blind: { kind: 'blind', reason: 'no-data', ...told },
  'swap-confirmed': { kind: 'swap-confirmed', direction: 'promote', ...told },
  'swap-refused': { kind: 'swap-refused', ...told },
  'swap-disturbed': { kind: 'swap-disturbed', ...told },
  'old-content-gone': { kind: 'old-content-gone', ...told },
  irreversible: { kind: 'irreversible', ...told },
  rescued: {
    kind: 'rescued',
    record: { at: NOW, did: 'rule-removed', by: 'anna', weight: 5 },
    swappedAt: undefined,
    ...told,
  },
  'watch-over': { kind: 'watch-over', blind: false, ...told },
  'baseline-clear': { kind: 'baseline-clear', ...told },
  'baseline-restored': { kind: 'baseline-restored', ...told },
  'limit-passed': { kind: 'limit-passed', ...told },
  deadline: { kind: 'deadline', ...told },
  'pause-expired': { kind: 'pause-expired', ...told },
  pause: { kind: 'pause', reason: 'a reason', choice: undefined },
  resume: { kind: 'resume', reason: 'a reason', choice: undefined },
  advance: { kind: 'advance', reason: 'a reason', choice: undefined },
  promote: { kind: 'promote', reason: 'a reason', choice: undefined },
  abort: { kind: 'abort', reason: 'a reason', choice: undefined },
  rollback: { kind: 'rollback', reason: 'a reason', choice: undefined },
  acknowledge: { kind: 'acknowledge', reason: 'a reason', choice: undefined },
};

export function apply(
  release: Release,
  event: Event,
  plan = samplePlan(),
): { draft: Draft; refused: boolean } {
  const draft = new Draft(release, sampleContext(plan, NOW + 60_000));
  return { draft, refused: transition(draft, event).kind === 'refused' };
}
