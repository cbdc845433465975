/** ln(e^a + e^b) without overflow. `-Infinity` stands for a mass of zero. */
export function logAddExp(a: number, b: number): number {
  if (a === b) return a + Math.LN2;
  return a > b ? a + Math.log1p(Math.exp(b - a)) : b + Math.log1p(Math.exp(a - b));
}

/** ln of the sum of e^v over all values, without overflow; `-Infinity` for no values. */
export function logSumExp(values: readonly number[]): number {
  let max = -Infinity;
  for (const value of values) max = Math.max(max, value);
  // Also ends the case of NaN and of an infinite mass, where max - max would make NaN of it.
  if (!Number.isFinite(max)) return max;
  let sum = 0;
  for (const value of values) sum += Math.exp(value - max);
  return max + Math.log(sum);
}
