/** The phases of a release, in the order of its life; the last four are finished. */
import type { Phase } from '../contract.ts';

export const PHASES: readonly Phase[] = [
  'queued',
  'preflight',
  'ramping',
  'promoting',
  'watching',
  'paused',
  'rolling-back',
  'failed',
  'succeeded',
  'rolled-back',
  'aborted',
  'rejected',
];
