/** Standard normal quantile of 97.5 %: 95 % lie within it on both sides. */
const Z = 1.959_963_984_540_054;

export interface RateInterval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/**
 * A rate with its interval of 95 %, for charts; the judge has its own, which stay right however often
 * they are looked at. Wilson's score interval: it stays within 0 and 1, and is right also for few
 * requests and few failures (Brown, Cai, DasGupta 2001, Statistical Science 16(2)).
 * @returns null without any chance
 */
export function rateInterval(bad: number, of: number): RateInterval | null {
  if (of === 0) return null;
  const value = bad / of;
  const shrink = 1 + Z ** 2 / of;
  const centre = (value + Z ** 2 / (2 * of)) / shrink;
  const half = (Z * Math.sqrt((value * (1 - value)) / of + Z ** 2 / (4 * of ** 2))) / shrink;
  // The ends are 0 and 1 exactly where nothing, or everything, was bad; rounding may miss them.
  return {
    value,
    low: bad === 0 ? 0 : Math.max(0, centre - half),
    high: bad === of ? 1 : Math.min(1, centre + half),
  };
}
