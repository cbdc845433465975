import { JudgeInputError } from './errors.ts';
import type { Bin, Counts, JudgeConfig, Margin } from './types.ts';

/** Throws JudgeInputError unless every number of the configuration is in its range. */
export function checkConfig(config: JudgeConfig): void {
  const { alpha, beta, rho, delta, phi, horizonBins, ceiling } = config;
  if (!isChance(alpha)) refuse('alpha', alpha, 'strictly between 0 and 1');
  if (!isChance(beta)) refuse('beta', beta, 'strictly between 0 and 1');
  if (!(rho > 0 && rho < Infinity)) refuse('rho', rho, 'finite and above 0');
  if (!isFraction(delta)) refuse('delta', delta, 'a fraction from 0 to 1');
  // Below 1 it would stretch the increments, and e-values would no longer be e-values.
  if (!(phi >= 1 && phi < Infinity)) refuse('phi', phi, 'finite and at least 1');
  if (!(Number.isInteger(horizonBins) && horizonBins >= 1)) {
    refuse('horizonBins', horizonBins, 'a whole number from 1 on');
  }
  // Three times a bad baseline may be above 1: a ceiling that nothing can exceed.
  if (!(ceiling >= 0 && ceiling < Infinity)) refuse('ceiling', ceiling, 'finite and from 0 on');
  for (const [step, margin] of config.margins.entries()) checkMargin(margin, step);
}

function checkMargin({ rho, delta }: Margin, step: number): void {
  if (!(rho > 0 && rho < Infinity)) refuse(`margins[${step}].rho`, rho, 'finite and above 0');
  if (!(delta >= 0 && delta < Infinity)) refuse(`margins[${step}].delta`, delta, 'from 0 on');
}

/**
 * Throws JudgeInputError unless `step` names one of the margins. In `ceiling` mode no margin is
 * used, so any step will do.
 */
export function checkStep(config: JudgeConfig, step: number | null): void {
  if (step === null || config.mode === 'ceiling') return;
  const steps = config.margins.length;
  if (Number.isInteger(step) && step >= 0 && step < steps) return;
  refuse('step', step, `an index of the ${steps} margins, or null when nothing is to be certified`);
}

/** Throws JudgeInputError unless the bin starts after `previousStartMs` and its counts can be true. */
export function checkBin(bin: Bin, index: number, previousStartMs: number): void {
  if (!(bin.startMs > previousStartMs && bin.startMs < Infinity)) {
    throw new JudgeInputError(
      `Bin ${index}: startMs is ${bin.startMs}; it must be finite and after the ` +
        `bin before it (${previousStartMs}).`,
    );
  }
  if (!isPossible(bin.canary)) refuseCounts(bin, index, 'canary');
  if (!isPossible(bin.baseline)) refuseCounts(bin, index, 'baseline');
}

function isPossible({ requests, failures, items }: Counts): boolean {
  return (
    failures >= 0 && failures <= requests && requests < Infinity && items >= 0 && items < Infinity
  );
}

function refuseCounts(bin: Bin, index: number, arm: 'canary' | 'baseline'): never {
  const { requests, failures, items } = bin[arm];
  throw new JudgeInputError(
    `Bin ${index} (start ${bin.startMs} ms): the ${arm} has requests=${requests}, ` +
      `failures=${failures}, items=${items}; all must be finite, from 0 on, and ` +
      'failures at most requests.',
  );
}

function isChance(value: number): boolean {
  return value > 0 && value < 1;
}

function isFraction(value: number): boolean {
  return value >= 0 && value <= 1;
}

function refuse(name: string, value: number, limit: string): never {
  throw new JudgeInputError(`Judge: ${name} is ${value}; it must be ${limit}.`);
}
