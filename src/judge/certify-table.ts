import { KAPPAS, mixtureLogE } from './certify.ts';
import type { Margin, MetricTally } from './types.ts';

/**
 * The processes of certify.ts for all measures of a metric and all steps at once. Their requests are
 * the same, so each logarithm serves all measures, and what is left of a bin is one product a number.
 * Changed in place.
 */
export interface CertifyTable {
  readonly margins: readonly Margin[];
  readonly phi: number;
  readonly measures: number;
  /** n_c / n_b that `lnGains` were made of: of probes it hardly ever changes. */
  ratio: number;
  /** One a step and bet: ln(1 + kappa x rho x ratio). */
  readonly lnGains: Float64Array;
  /** Sums of baseline failures times those, one a measure, step and bet. */
  readonly gains: Float64Array;
  /** Canary requests that had something to be compared with. */
  exposure: number;
  /** Of the canary, one a measure. */
  readonly failures: number[];
}

export interface Certified {
  /** The least log e-value of all measures: a step is certified when each of them is. */
  readonly logE: number;
  readonly measure: number;
}

/** All log e-values are 0. `phi` is the overdispersion, at least 1; margins have a rho above 0. */
export function startTable(
  margins: readonly Margin[],
  { phi, measures }: Pick<CertifyTable, 'phi' | 'measures'>,
): CertifyTable {
  const row = margins.length * KAPPAS.length;
  return {
    margins,
    phi,
    measures,
    ratio: 0,
    lnGains: new Float64Array(row),
    gains: new Float64Array(row * measures),
    exposure: 0,
    failures: Array.from({ length: measures }, () => 0),
  };
}

/** Folds one final, judged bin, in place. */
export function foldTable(table: CertifyTable, { canary, baseline }: MetricTally): void {
  if (table.margins.length === 0) return;
  const { failures } = table;
  for (let i = 0; i < failures.length; i += 1)
    failures[i] = (failures[i] ?? 0) + (canary.x[i] ?? 0);
  // Requests alone must not certify a comparison that did not take place (certify.ts).
  if (baseline.n === 0) return;
  table.exposure += canary.n;
  setLnGains(table, canary.n / baseline.n);
  for (let i = 0; i < failures.length; i += 1) addGains(table, i, baseline.x[i] ?? 0);
}

function setLnGains(table: CertifyTable, ratio: number): void {
  if (ratio === table.ratio) return;
  table.ratio = ratio;
  const { margins, lnGains } = table;
  let at = 0;
  for (const { rho } of margins) {
    for (const kappa of KAPPAS) {
      lnGains[at] = Math.log1p(kappa * rho * ratio);
      at += 1;
    }
  }
}

function addGains({ lnGains, gains }: CertifyTable, measure: number, failures: number): void {
  if (failures === 0) return;
  const row = measure * lnGains.length;
  for (let j = 0; j < lnGains.length; j += 1) {
    gains[row + j] = (gains[row + j] ?? 0) + failures * (lnGains[j] ?? 0);
  }
}

/** What is certified of a step. */
export function certifiedOf(table: CertifyTable, step: number): Certified {
  let least: Certified = { logE: Infinity, measure: 0 };
  for (let measure = 0; measure < table.measures; measure += 1) {
    const logE = logEOf(table, step, measure);
    if (logE < least.logE) least = { logE, measure };
  }
  return least;
}

function logEOf(table: CertifyTable, step: number, measure: number): number {
  const { margins, phi, exposure, failures, lnGains, gains } = table;
  const margin = margins[step];
  if (margin === undefined) return -Infinity;
  const at = measure * lnGains.length + step * KAPPAS.length;
  const canaryFailures = failures[measure] ?? 0;
  return mixtureLogE({ margin, phi, exposure, canaryFailures }, [
    ...gains.subarray(at, at + KAPPAS.length),
  ]);
}
