import { JudgeInputError } from './errors.ts';
import type { Bin, Counts, JudgeConfig, Margin, MetricConfig, Tally } from './types.ts';

const METRICS_MAX = 20;
const MEASURES_MAX = 30;
/** Shares are computed by division, so their sum may miss 1 by rounding. */
const SHARES_TOLERANCE = 1e-9;

/** Throws JudgeInputError unless every number of the configuration is in its range. */
export function checkConfig(config: JudgeConfig): void {
  const { alpha, beta, horizonBins, ceiling, more = [] } = config;
  if (!isChance(alpha)) refuse('alpha', alpha, 'strictly between 0 and 1');
  if (!isChance(beta)) refuse('beta', beta, 'strictly between 0 and 1');
  checkNull('', config);
  if (!(Number.isInteger(horizonBins) && horizonBins >= 1)) {
    refuse('horizonBins', horizonBins, 'a whole number from 1 on');
  }
  checkCeiling('ceiling', ceiling);
  checkMargins('', config.margins);
  if (more.length > METRICS_MAX) refuse('more.length', more.length, `at most ${METRICS_MAX}`);
  for (const [i, metric] of more.entries()) checkMetric(metric, `more[${i}].`);
  checkNames(more);
  checkShares(config, more);
  checkStepNumbers(config, more);
}

function checkMetric(metric: MetricConfig, path: string): void {
  const { measures, ceilings, edges, margins } = metric;
  checkNull(path, metric);
  if (!(Number.isInteger(measures) && measures >= 1 && measures <= MEASURES_MAX)) {
    refuse(`${path}measures`, measures, `a whole number from 1 to ${MEASURES_MAX}`);
  }
  if (ceilings.length !== 0 && ceilings.length !== measures) {
    refuse(`${path}ceilings.length`, ceilings.length, `0 or ${measures}, one a measure`);
  }
  for (const [i, ceiling] of ceilings.entries()) checkCeiling(`${path}ceilings[${i}]`, ceiling);
  checkMargins(path, margins);
  if (edges === undefined) return;
  if (edges.length !== measures) {
    refuse(`${path}edges.length`, edges.length, `${measures}, one a measure`);
  }
  for (const [i, edge] of edges.entries()) {
    const previous = edges[i - 1] ?? 0;
    if (!(edge > previous && edge < Infinity)) {
      refuse(`${path}edges[${i}]`, edge, `finite milliseconds above ${previous}`);
    }
  }
}

function checkNull(path: string, { rho, delta, phi }: Pick<JudgeConfig, 'rho' | 'delta' | 'phi'>) {
  if (!(rho > 0 && rho < Infinity)) refuse(`${path}rho`, rho, 'finite and above 0');
  if (!isFraction(delta)) refuse(`${path}delta`, delta, 'a fraction from 0 to 1');
  // Below 1 it would stretch the increments, and e-values would no longer be e-values.
  if (!(phi >= 1 && phi < Infinity)) refuse(`${path}phi`, phi, 'finite and at least 1');
}

/** Three times a bad baseline may be above 1: a ceiling that nothing can exceed. */
function checkCeiling(name: string, ceiling: number): void {
  if (!(ceiling >= 0 && ceiling < Infinity)) refuse(name, ceiling, 'finite and from 0 on');
}

function checkMargins(path: string, margins: readonly Margin[]): void {
  for (const [step, { rho, delta }] of margins.entries()) {
    const name = `${path}margins[${step}]`;
    if (!(rho > 0 && rho < Infinity)) refuse(`${name}.rho`, rho, 'finite and above 0');
    if (!(delta >= 0 && delta < Infinity)) refuse(`${name}.delta`, delta, 'from 0 on');
  }
}

/** Verdicts and alerts name metrics. */
function checkNames(more: readonly MetricConfig[]): void {
  const taken = new Set(['failures']);
  for (const [i, { name }] of more.entries()) {
    if (name === '' || taken.has(name)) {
      refuse(`more[${i}].name`, JSON.stringify(name), 'not empty and unlike those before it');
    }
    taken.add(name);
  }
}

function checkShares({ on = 'rollback', share }: JudgeConfig, more: readonly MetricConfig[]): void {
  const shares = more
    .map((metric, i) => ({ ...metric, path: `more[${i}].share` }))
    .filter((metric) => metric.on === 'rollback');
  const own = on === 'rollback' ? [{ share: share ?? 1, path: 'share' }] : [];
  const all = [...own, ...shares];
  for (const { share: one, path } of all) {
    if (!(one > 0 && one <= 1)) refuse(path, one, 'above 0 and at most 1');
  }
  const sum = all.reduce((total, one) => total + one.share, 0);
  if (all.length > 0 && !(Math.abs(sum - 1) <= SHARES_TOLERANCE)) {
    refuse('the sum of the shares of all rollback metrics', sum, '1');
  }
}

/** A step is one index into the margins of every metric that has any. */
function checkStepNumbers(config: JudgeConfig, more: readonly MetricConfig[]): void {
  const steps = stepsOf(config);
  for (const [i, { margins }] of more.entries()) {
    if (margins.length === 0 || margins.length === steps) continue;
    refuse(`more[${i}].margins.length`, margins.length, `0 or ${steps}, one a step`);
  }
}

function stepsOf({ margins, more = [] }: JudgeConfig): number {
  if (margins.length > 0) return margins.length;
  return Math.max(0, ...more.map((metric) => metric.margins.length));
}

/**
 * Throws JudgeInputError unless `step` names one of the margins. In `ceiling` mode no margin is
 * needed, so any step will do.
 */
export function checkStep(config: JudgeConfig, step: number | null): void {
  if (step === null || config.mode === 'ceiling') return;
  const steps = stepsOf(config);
  if (Number.isInteger(step) && step >= 0 && step < steps) return;
  refuse('step', step, `an index of the ${steps} margins, or null when nothing is to be certified`);
}

/** Where a bin stands among those of the release. */
export interface BinContext {
  readonly config: JudgeConfig;
  readonly index: number;
  readonly previousStartMs: number;
}

/** Throws JudgeInputError unless the bin starts after the one before it and its counts can be true. */
export function checkBin(bin: Bin, context: BinContext): void {
  const { index, previousStartMs } = context;
  if (!(bin.startMs > previousStartMs && bin.startMs < Infinity)) {
    throw new JudgeInputError(
      `Bin ${index}: startMs is ${bin.startMs}; it must be finite and after the ` +
        `bin before it (${previousStartMs}).`,
    );
  }
  if (!isPossible(bin.canary)) refuseCounts(bin, index, 'canary');
  if (!isPossible(bin.baseline)) refuseCounts(bin, index, 'baseline');
  const metrics = context.config.more ?? NO_METRICS;
  if (bin.more !== undefined) checkTallies(bin, bin.more, { index, metrics });
}

const NO_METRICS: readonly MetricConfig[] = [];

function isPossible({ requests, failures, items }: Counts): boolean {
  return isCount(requests) && isCount(failures) && failures <= requests && isCount(items);
}

/** Beyond 2^53 - 1 counts are no longer exact. */
function isCount(value: number): boolean {
  // Nearly all counts fit into 32 bits, and that is cheaper to tell.
  return value >>> 0 === value || (Number.isSafeInteger(value) && value >= 0);
}

function refuseCounts(bin: Bin, index: number, arm: 'canary' | 'baseline'): never {
  const { requests, failures, items } = bin[arm];
  const fields = { requests, failures, items };
  const wrong = Object.entries(fields).find(([, count]) => !isCount(count));
  throw new JudgeInputError(
    `Bin ${index} (start ${bin.startMs} ms): the ${arm} has requests=${requests}, ` +
      `failures=${failures}, items=${items}; ` +
      (wrong === undefined
        ? 'failures must be at most requests.'
        : `${wrong[0]} must be ${A_COUNT}.`),
  );
}

const A_COUNT = `a whole number from 0 to ${Number.MAX_SAFE_INTEGER}`;

interface TallyContext {
  readonly index: number;
  readonly metrics: readonly MetricConfig[];
}

function checkTallies(
  { startMs }: Bin,
  more: NonNullable<Bin['more']>,
  { index, metrics }: TallyContext,
): void {
  // Many bins are checked, and nearly all are good: no text is made before it is needed.
  const where = (): string => `Bin ${index} (start ${startMs} ms)`;
  if (more.length !== metrics.length) {
    throw new JudgeInputError(
      `${where()}: more has ${more.length} entries; it must have ${metrics.length}, one for each ` +
        'metric of the configuration besides request failures.',
    );
  }
  for (let i = 0; i < more.length; i += 1) {
    const tally = more[i] ?? null;
    const metric = metrics[i];
    if (tally === null || metric === undefined) continue;
    const { canary, baseline } = tally;
    if (!isPossibleTally(canary, metric.measures)) {
      refuseTally(canary, metric, `${where()}: more[${i}].canary of ${metric.name}`);
    }
    if (!isPossibleTally(baseline, metric.measures)) {
      refuseTally(baseline, metric, `${where()}: more[${i}].baseline of ${metric.name}`);
    }
  }
}

function isPossibleTally({ n, x }: Tally, measures: number): boolean {
  if (!isCount(n) || x.length !== measures) return false;
  for (const bad of x) if (!(isCount(bad) && bad <= n)) return false;
  return true;
}

function refuseTally({ n, x }: Tally, { measures }: MetricConfig, where: string): never {
  const has = `${where} has n=${n}, x=[${x.join(', ')}]`;
  if (!isCount(n)) throw new JudgeInputError(`${has}; n must be ${A_COUNT}.`);
  if (x.length !== measures) {
    throw new JudgeInputError(`${has}; x must have ${measures} numbers, one a measure.`);
  }
  const wrong = x.findIndex((bad) => !(isCount(bad) && bad <= n));
  throw new JudgeInputError(`${has}; x[${wrong}] must be a whole number from 0 to n.`);
}

function isChance(value: number): boolean {
  return value > 0 && value < 1;
}

function isFraction(value: number): boolean {
  return value >= 0 && value <= 1;
}

function refuse(name: string, value: number | string, limit: string): never {
  throw new JudgeInputError(`Judge: ${name} is ${value}; it must be ${limit}.`);
}
