/**
 * The test vectors of statistics.md section 6, on which the JavaScript and the Python reference
 * agree to ten digits. Each row is one bin and the log e-values after it.
 */
export interface VectorRow {
  /** Requests of canary and baseline, failures of canary and baseline. */
  readonly counts: readonly [number, number, number, number];
  readonly harmDefaults: number;
  readonly harmAffine: number;
  readonly certify: number;
}

/** Horizon of the harm columns. The reference does not write it down; only 60 gives its numbers. */
export const VECTOR_HORIZON_BINS = 60;

/** Null of the column `harmDefaults`. */
export const HARM_DEFAULTS = { rho: 1, delta: 0, phi: 1, horizonBins: VECTOR_HORIZON_BINS };

/** Null of the column `harmAffine`. */
export const HARM_AFFINE = { rho: 1.1, delta: 2e-4, phi: 2, horizonBins: VECTOR_HORIZON_BINS };

/** Margin of the column `certify`, with phi = 1. */
export const CERTIFY_MARGIN = { rho: 1.5, delta: 1e-3 };

type Row = [VectorRow['counts'], number, number, number];

const ROWS: readonly Row[] = [
  [[20, 380, 0, 1], -0.1681211803, -0.1120933572, 0.0547654221],
  [[22, 401, 1, 0], 0.7824294028, 0.3203067344, -0.7804348396],
  [[105, 1905, 1, 2], 1.4842718658, 0.5423022579, -1.1677510897],
  [[98, 1890, 3, 1], 6.6997992135, 2.4533138411, -2.0735429716],
  [[201, 1799, 4, 2], 11.9648723943, 4.6304044159, -2.8803186358],
  [[0, 2000, 0, 5], 11.9648723943, 4.6304044159, -2.8803186358],
  [[210, 1811, 6, 3], 19.7401150702, 8.0776386304, -3.8851178704],
];

export const VECTORS: readonly VectorRow[] = ROWS.map(
  ([counts, harmDefaults, harmAffine, certify]) => ({ counts, harmDefaults, harmAffine, certify }),
);
