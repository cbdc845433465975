const COUNT = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const TWO_DIGITS = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 2 });
const THREE_DIGITS = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 });

/** Larger odds are said as this: still true, and nobody can picture more. */
const ODDS_MAX = 1e9;

/** `1234567` → `1,234,567`. */
export function formatCount(count: number): string {
  return COUNT.format(count);
}

/** A fraction that people wrote, up to three digits: `0.0125` → `1.25 %`. */
export function formatPercent(fraction: number): string {
  return `${THREE_DIGITS.format(fraction * 100)} %`;
}

/** A factor or a number of points, up to three digits. */
export function formatFactor(factor: number): string {
  return THREE_DIGITS.format(factor);
}

/** A measured share, two digits: `19` of `1000` → `1.9 %`. Only all of them make 100 %. */
export function formatShare(part: number, whole: number): string {
  const percent = whole === 0 ? 0 : (part / whole) * 100;
  if (percent > 99 && percent < 100) return `${Math.floor(percent * 10) / 10} %`;
  return `${TWO_DIGITS.format(percent)} %`;
}

/**
 * A log e-value as the chance it bounds: `8.05` → `1 in 3,100`. Rounded down, so that "below" stays
 * true; null when there is nothing to say (a chance of one in one).
 */
export function formatChance(logE: number): string | null {
  if (logE < Math.LN2) {
    const percent = Math.ceil(Math.exp(-logE) * 100);
    return percent < 100 ? `${percent} %` : null;
  }
  return `1 in ${formatCount(floorToTwoDigits(Math.min(Math.exp(logE), ODDS_MAX)))}`;
}

/** An e-value next to its threshold: `0.25`, `12`, `3,100`; of more than a billion the power: `10^12.3`. */
export function formatEvidence(logE: number): string {
  // Cut off, evidence and a threshold beyond it would look alike: as if enough were not.
  if (logE > Math.log(ODDS_MAX)) return `10^${THREE_DIGITS.format(logE / Math.LN10)}`;
  const value = Math.exp(logE);
  if (value < 0.01) return 'below 0.01';
  return TWO_DIGITS.format(value);
}

/** An end of an interval in two digits, rounded away from its middle: `2.17` → `2.1` below, `2.2` above. */
export function formatBound(value: number, end: 'low' | 'high'): string {
  const rounded = Number(value.toPrecision(2));
  if (value === 0 || (end === 'low' ? rounded <= value : rounded >= value)) {
    return TWO_DIGITS.format(rounded);
  }
  const unit = 10 ** (Math.floor(Math.log10(value)) - 1);
  return TWO_DIGITS.format(end === 'low' ? rounded - unit : rounded + unit);
}

/** A number of something that is only expected: `4317` → `4,400`. Rounded up, two digits. */
export function formatExpected(count: number): string {
  return count < 100 ? formatCount(Math.ceil(count)) : formatBound(count, 'high');
}

const MINUTE_MS = 60_000;

/** A time that is only expected, rounded up: `40 s`, `21 min`, `5 h`, `12 days`. */
export function formatDuration(ms: number): string {
  if (ms <= 90_000) return `${Math.ceil(ms / 1000)} s`;
  const minutes = ms / MINUTE_MS;
  if (minutes <= 120) return `${Math.ceil(minutes)} min`;
  if (minutes <= 48 * 60) return `${Math.ceil(minutes / 60)} h`;
  return `${formatCount(Math.ceil(minutes / (24 * 60)))} days`;
}

/** A text in at most `charsMax` characters. */
export function formatText(text: string, charsMax: number): string {
  return text.length <= charsMax ? text : `${text.slice(0, charsMax - 1)}…`;
}

function floorToTwoDigits(value: number): number {
  if (value < 10) return Math.floor(value);
  // The exponent from the text and not from log10, which rounds 999.99… up to 3.
  const unit = 10 ** (String(Math.floor(value)).length - 2);
  return Math.floor(value / unit) * unit;
}
