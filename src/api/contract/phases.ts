/** The phases of a release, in the order of its life. */
import type { Phase } from '../contract.ts';

/** It can still go somewhere, or a person is wanted: the app is held. */
export const UNFINISHED_PHASES = [
  'queued',
  'preflight',
  'ramping',
  'promoting',
  'watching',
  'paused',
  'rolling-back',
  'failed',
] as const satisfies readonly Phase[];

const FINISHED_PHASES = [
  'succeeded',
  'rolled-back',
  'aborted',
  'rejected',
] as const satisfies readonly Phase[];

export const PHASES: readonly Phase[] = [...UNFINISHED_PHASES, ...FINISHED_PHASES];
