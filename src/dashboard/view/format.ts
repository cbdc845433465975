/** Numbers and times as people read them. Pure. */

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** `40 s`, `3 min`, `2 h 5 min`, `3 d 4 h`: the two largest units that matter. */
export function duration(ms: number): string {
  const whole = Math.max(0, ms);
  if (whole < MINUTE_MS) return `${Math.floor(whole / SECOND_MS)} s`;
  if (whole < HOUR_MS) return `${Math.floor(whole / MINUTE_MS)} min`;
  if (whole < DAY_MS)
    return twoUnits(whole, { unit: HOUR_MS, name: 'h', of: MINUTE_MS, small: 'min' });
  return twoUnits(whole, { unit: DAY_MS, name: 'd', of: HOUR_MS, small: 'h' });
}

function twoUnits(
  ms: number,
  { unit, name, of, small }: { unit: number; name: string; of: number; small: string },
): string {
  const rest = Math.floor((ms % unit) / of);
  return `${Math.floor(ms / unit)} ${name}${rest === 0 ? '' : ` ${rest} ${small}`}`;
}

/** A length that a plan gives: `90 s`, `15 min`, `2 h`, exactly. */
export function planDuration(ms: number): string {
  for (const [unit, name] of [
    [DAY_MS, 'd'],
    [HOUR_MS, 'h'],
    [MINUTE_MS, 'min'],
  ] as const) {
    if (ms >= unit && ms % unit === 0) return `${ms / unit} ${name}`;
  }
  return ms % SECOND_MS === 0 ? `${ms / SECOND_MS} s` : `${ms} ms`;
}

/** `just now`, `3 min ago`. */
export function ago(iso: string, nowMs: number): string {
  const ms = nowMs - Date.parse(iso);
  return ms < 2 * SECOND_MS ? 'just now' : `${duration(ms)} ago`;
}

/** `in 3 min`; `now` once it is over. */
export function until(untilMs: number, nowMs: number): string {
  const ms = untilMs - nowMs;
  return ms <= 0 ? 'any moment now' : `in ${duration(ms)}`;
}

const clockFormat = new Intl.DateTimeFormat('en-GB', {
  ...{ hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' },
});
const dayFormat = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const exactFormat = new Intl.DateTimeFormat('en-GB', {
  ...{ weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' },
  ...{ hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' },
  timeZoneName: 'short',
});

/** `14:03:22`, on another day than today with the day before it. In the reader's own time zone. */
export function clockTime(iso: string, nowMs: number): string {
  const at = new Date(iso);
  const time = clockFormat.format(at);
  const day = dayFormat.format(at);
  return day === dayFormat.format(new Date(nowMs)) ? time : `${day} ${time}`;
}

/**
 * The reader's own time zone at a moment, as `CET`, `EST`, `UTC` or `GMT+9`: English has names for the zones of
 * Europe in Britain, for those of America in America, and none for most others.
 */
export function zoneOf(iso: string, timeZone?: string): string {
  const names = ['en-GB', 'en-US'].map((locale) => {
    const format = new Intl.DateTimeFormat(locale, { timeZone, timeZoneName: 'short' });
    const parts = format.formatToParts(new Date(iso));
    return parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
  });
  return names.find((name) => !/^GMT[+-]/.test(name)) ?? names[0] ?? '';
}

/** The zone of what is shown from one moment to another: two where the clocks were changed in between. */
export function zonesOf(times: readonly string[], timeZone?: string): string {
  const [first] = times;
  const last = times.at(-1);
  if (first === undefined || last === undefined) return '';
  return [...new Set([zoneOf(first, timeZone), zoneOf(last, timeZone)])].join(', ');
}

/** Whole, with its time zone. */
export function exactTime(iso: string): string {
  return exactFormat.format(new Date(iso));
}

/** From the first to the last moment that is shown, in seconds since the epoch. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The time alone would stand for several moments. */
export function isOverADay({ from, to }: Span): boolean {
  return to - from > DAY_MS / SECOND_MS;
}

/**
 * `14:03`, or with seconds where the ticks of an axis are closer than a minute; days where they are far. With
 * its day where more than a day is shown: `3 Feb 14:03`.
 */
export function axisTime(seconds: number, stepSeconds: number, span: Span): string {
  const at = new Date(seconds * SECOND_MS);
  const day = dayFormat.format(at);
  if (stepSeconds >= DAY_MS / SECOND_MS) return day;
  const exact = clockFormat.format(at);
  const time = stepSeconds < MINUTE_MS / SECOND_MS ? exact : exact.slice(0, 5);
  return isOverADay(span) ? `${day} ${time}` : time;
}

/** One moment of those that are shown, to the second. */
export function timeWithin(span: Span, seconds: number): string {
  return axisTime(seconds, 1, span);
}

const countFormat = new Intl.NumberFormat('en-GB');

export function count(value: number): string {
  return countFormat.format(value);
}

/** A rate as a percentage with as many digits as tell something: `0.04 %`, `3.2 %`, `45 %`. */
export function percent(rate: number): string {
  const value = rate * 100;
  if (value === 0) return '0 %';
  if (value >= 99.95) return '100 %';
  if (value >= 10 && value < 99) return `${value.toFixed(0)} %`;
  if (value >= 1) return `${value.toFixed(1)} %`;
  return value < 0.005 ? '< 0.01 %' : `${value.toFixed(2)} %`;
}

/** A weight is a percent already. */
export function weightText(weight: number): string {
  return `${Number.isInteger(weight) ? weight : weight.toFixed(1)} %`;
}

export function milliseconds(ms: number): string {
  return ms >= SECOND_MS ? `${Number((ms / SECOND_MS).toFixed(2))} s` : `${Math.round(ms)} ms`;
}

/** Where a percentile lies. */
export function boundsText(bounds: { low: number; high: number | null } | null): string {
  if (bounds === null) return 'not measured';
  const { low, high } = bounds;
  if (high === null) return low === 0 ? 'unclear' : `over ${milliseconds(low)}`;
  return low === 0 ? `under ${milliseconds(high)}` : `${milliseconds(low)} – ${milliseconds(high)}`;
}

/** A log e-value as odds: `1`, `12`, `1,900`; what is below 1 speaks for the other side. */
export function odds(logE: number): string {
  const value = Math.exp(Math.min(logE, Math.log(999_999)));
  if (value < 0.01) return 'below 0.01';
  if (value < 1) return value.toFixed(2).replace(/0$/, '');
  if (value < 9.95) return Number(value.toFixed(1)).toString();
  if (logE > Math.log(999_999)) return 'over 1,000,000';
  const digits = 10 ** Math.max(0, Math.floor(Math.log10(value)) - 1);
  return count(Math.round(value / digits) * digits);
}

/** Last part of the site's id, or the name in the registry. */
export function appName(app: { readonly name: string | null; readonly siteId: string }): string {
  return app.name ?? app.siteId.split('/').at(-1) ?? app.siteId;
}
