/** How a forecast says times, shares and traffic. */
import { formatCount } from '../judge/format.ts';

const THREE_DIGITS = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 });

/** `46` → `46 min`, `150` → `2.5 h`, `4320` → `3 days`. */
export function formatMinutes(minutes: number): string {
  if (minutes < 120) return `${THREE_DIGITS.format(minutes)} min`;
  if (minutes < 48 * 60) return `${THREE_DIGITS.format(minutes / 60)} h`;
  return `${THREE_DIGITS.format(minutes / (24 * 60))} days`;
}

/** `2000` → `2,000 requests a minute`; of a few, parts of one too. */
export function formatTraffic(requestsPerMinute: number): string {
  const count =
    requestsPerMinute < 100
      ? THREE_DIGITS.format(requestsPerMinute)
      : formatCount(requestsPerMinute);
  return `${count} requests a minute`;
}

/** A simulated share: whole percents, and nothing that was seen is 0 or everything. */
export function formatChanceOf(share: number): string {
  if (share > 0 && share < 0.01) return 'below 1 %';
  if (share > 0.99 && share < 1) return 'above 99 %';
  return `${Math.round(share * 100)} %`;
}
