import { KAPPAS, mixtureLogE } from './certify.ts';
import { log1p } from './fast-math.ts';
import { Recent } from './recent.ts';
import type { Margin, MetricTally } from './types.ts';

/** ln(1 + kappa x rho x n_c / n_b) of every step and bet: metrics with the same margins share them. */
export type GainBoard = Recent<Float64Array>;

/**
 * The processes of certify.ts for all measures of a metric and all steps at once. Their requests are
 * the same, so each logarithm serves all measures, and what is left of a bin is one product a number.
 * Changed in place.
 */
export interface CertifyTable {
  readonly margins: readonly Margin[];
  readonly phi: number;
  readonly measures: number;
  readonly board: GainBoard;
  /** Sums of baseline failures times ln(1 + ...), one a measure, step and bet. */
  readonly gains: Float64Array;
  /** Canary requests that had something to be compared with. */
  exposure: number;
  /** Of the canary, one a measure. */
  readonly failures: Float64Array;
}

export interface Certified {
  /** The least log e-value of all measures: a step is certified when each of them is. */
  readonly logE: number;
  readonly measure: number;
}

export function newGainBoard(margins: readonly Margin[]): GainBoard {
  const factors = margins.flatMap(({ rho }) => KAPPAS.map((kappa) => kappa * rho));
  return new Recent<Float64Array>(
    () => new Float64Array(factors.length),
    (lnGains, canary, baseline) => {
      const ratio = canary / baseline;
      for (let i = 0; i < lnGains.length; i += 1) {
        lnGains[i] = log1p((factors[i] ?? 0) * ratio);
      }
    },
  );
}

/** All log e-values are 0. `phi` is the overdispersion, at least 1; margins have a rho above 0. */
export function startTable(
  margins: readonly Margin[],
  { phi, measures, board }: Pick<CertifyTable, 'phi' | 'measures' | 'board'>,
): CertifyTable {
  return {
    margins,
    phi,
    measures,
    board,
    gains: new Float64Array(margins.length * KAPPAS.length * measures),
    exposure: 0,
    failures: new Float64Array(measures),
  };
}

/** Folds one final, judged bin, in place. */
export function foldTable(table: CertifyTable, { canary, baseline }: MetricTally): void {
  const { margins, failures, board, gains } = table;
  if (margins.length === 0) return;
  for (let i = 0; i < failures.length; i += 1)
    failures[i] = (failures[i] ?? 0) + (canary.x[i] ?? 0);
  // Requests alone must not certify a comparison that did not take place (certify.ts).
  if (baseline.n === 0) return;
  table.exposure += canary.n;
  if (baseline.x.every(isZero)) return;
  const lnGains = board.at(canary.n, baseline.n);
  for (let i = 0; i < failures.length; i += 1) {
    const x = baseline.x[i] ?? 0;
    if (x === 0) continue;
    const row = i * lnGains.length;
    for (let j = 0; j < lnGains.length; j += 1) {
      gains[row + j] = (gains[row + j] ?? 0) + x * (lnGains[j] ?? 0);
    }
  }
}

function isZero(x: number): boolean {
  return x === 0;
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
  const { margins, phi, exposure, failures, gains } = table;
  const margin = margins[step];
  if (margin === undefined) return -Infinity;
  const at = (measure * margins.length + step) * KAPPAS.length;
  const canaryFailures = failures[measure] ?? 0;
  return mixtureLogE({ margin, phi, exposure, canaryFailures }, [
    ...gains.subarray(at, at + KAPPAS.length),
  ]);
}
