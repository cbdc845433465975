import type { Rule } from './rule.ts';
import { newSums } from './sums.ts';

const LN_100 = Math.log(100);

/**
 * The mixture sequential probability ratio test of Johari, Koomen, Pekelis and Walsh (KDD 2017;
 * arXiv:1512.04922): `sqrt(V/(V+t²)) exp(t² d² / (2 V (V+t²)))` for a difference d with variance V,
 * rejected at 1/alpha; here only when the canary is the worse one. Its spread t is given the
 * baseline's true rate, which nobody knows beforehand. Right for large counts only.
 */
export const msprt: Rule = {
  id: 'msprt',
  title: 'mSPRT, spread = baseline rate',
  threshold: LN_100,
  tuned: true,
  start: ({ baselineRate }) => {
    const sums = newSums();
    const spread = baselineRate * baselineRate;
    return (minute) => {
      sums.add(minute);
      const variance = sums.pooledVariance();
      if (variance <= 0) return -Infinity;
      const difference = sums.difference();
      if (difference <= 0) return -Infinity;
      const total = variance + spread;
      return (
        0.5 * Math.log(variance / total) +
        (spread * difference * difference) / (2 * variance * total)
      );
    };
  },
};
