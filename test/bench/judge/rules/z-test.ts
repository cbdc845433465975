import { newSums } from './sums.ts';
import type { Rule } from './rule.ts';

/** One-sided p < 0.01: the 99 % point of the normal distribution. */
const Z_99 = 2.3263478740408408;

/**
 * What a good textbook says for one look, done at every minute: the two-proportion z-test with
 * pooled variance on all counts so far, "canary worse" at p < 0.01. Nothing pays for the looks.
 */
export const zTest: Rule = {
  id: 'z-test',
  title: 'z-test, p < .01 every minute',
  threshold: Z_99,
  tuned: true,
  start: () => {
    const sums = newSums();
    return (minute) => {
      sums.add(minute);
      const variance = sums.pooledVariance();
      return variance > 0 ? sums.difference() / Math.sqrt(variance) : -Infinity;
    };
  },
};
