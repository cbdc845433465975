import { logFactorial } from '../sampler.ts';

/** Beyond so many standard deviations there is nothing that counts. */
const FAR = 9;

/** Chance that a binomial number of `n` tries is below `from`, by adding up from there outwards. */
export function chanceBelow(from: number, n: number, probability: number): number {
  if (from <= 0) return 0;
  if (from > n) return 1;
  const center = n * probability;
  const deviation = Math.sqrt(center * (1 - probability)) + 1;
  if (from > center + FAR * deviation) return 1;
  if (from < center - FAR * deviation) return 0;
  const odds = probability / (1 - probability);
  // The shorter way: the terms fall from the edge towards the nearer end.
  if (from > center) {
    let [term, sum] = [mass(from, n, probability), 0];
    for (let k = from; k <= n && term > 1e-17; k += 1) {
      sum += term;
      term *= ((n - k) / (k + 1)) * odds;
    }
    return 1 - sum;
  }
  let [term, sum] = [mass(from - 1, n, probability), 0];
  for (let k = from - 1; k >= 0 && term > 1e-17; k -= 1) {
    sum += term;
    term *= k / (n - k + 1) / odds;
  }
  return sum;
}

function mass(k: number, n: number, probability: number): number {
  const ways = logFactorial(n) - logFactorial(k) - logFactorial(n - k);
  return Math.exp(ways + k * Math.log(probability) + (n - k) * Math.log1p(-probability));
}
