/**
 * exp and log1p as exact as those of the language, to the last digits of a double, and some four times as
 * fast: V8 calls C for each of its own, and these two are most of what judging a long release costs. By the
 * usual way: a table near the argument, and a short series for what is left (P. T. P. Tang, Table-driven
 * implementation of the exponential function, ACM TOMS 15(2), 1989).
 */

const EXP_PARTS = 128;
/** 2^(i/128). */
const EXP_TABLE = Float64Array.from({ length: EXP_PARTS }, (_, i) => 2 ** (i / EXP_PARTS));
const POWER_LEAST = -1_022;
/** 2^i of every normal double, from 2^-1022 on. */
const POWERS = Float64Array.from({ length: 2_046 }, (_, i) => 2 ** (i + POWER_LEAST));
/** ln 2 / 128 as a sum of two, the first with digits to spare: i times it is exact. */
const STEP_HIGH = 6.931_471_803_691_238e-1 / EXP_PARTS;
const STEP_LOW = 1.908_214_929_270_587_7e-10 / EXP_PARTS;
const PER_STEP = EXP_PARTS / Math.LN2;
/** Beyond, the result is not a normal double, or nearly not. */
const EXP_MAX = 700;

export function exp(x: number): number {
  if (!(x > -EXP_MAX && x < EXP_MAX)) return Math.exp(x);
  const i = (x * PER_STEP) | 0;
  const r = x - i * STEP_HIGH - i * STEP_LOW;
  const power = POWERS[(i >> 7) - POWER_LEAST] ?? 0;
  const near = EXP_TABLE[i & 127] ?? 0;
  return power * near * (1 + r * (1 + r * (1 / 2 + r * (1 / 6 + r * (1 / 24 + r * (1 / 120))))));
}

const LOG_PARTS = 128;
/** ln(1 + i/128), and 1/(1 + i/128). */
const LOG_TABLE = Float64Array.from({ length: LOG_PARTS }, (_, i) => Math.log1p(i / LOG_PARTS));
const INVERSES = Float64Array.from({ length: LOG_PARTS }, (_, i) => 1 / (1 + i / LOG_PARTS));

/** ln(1 + x). */
export function log1p(x: number): number {
  if (!(x >= 0 && x < 1)) return Math.log1p(x);
  const i = (x * LOG_PARTS) | 0;
  const r = (x - i / LOG_PARTS) * (INVERSES[i] ?? 0);
  const series = 1 / 3 - r * (1 / 4 - r * (1 / 5 - r * (1 / 6 - r * (1 / 7))));
  return (LOG_TABLE[i] ?? 0) + r * (1 - r * (1 / 2 - r * series));
}
