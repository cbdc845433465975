import type { Attributes } from './tracer.ts';

/**
 * Every measurement there is. Units are UCUM's, things are counted in braces, durations are seconds
 * (OpenTelemetry's semantic conventions for metrics). docs/observability.md lists them; a test holds the two
 * together.
 */
export const METRICS = {
  'slipway.tick.duration': {
    kind: 'histogram',
    unit: 's',
    description: 'How long one pass over a release took.',
  },
  'slipway.tick.lag': {
    kind: 'histogram',
    unit: 's',
    description: 'How much later than wanted a pass began.',
  },
  'slipway.verdicts': {
    kind: 'counter',
    unit: '{verdict}',
    description: 'Verdicts of the judge, by outcome.',
  },
  'slipway.azure.calls': {
    kind: 'counter',
    unit: '{call}',
    description: 'Calls to Azure, by service and outcome.',
  },
  'slipway.azure.throttled': {
    kind: 'counter',
    unit: '{call}',
    description: 'Calls that Azure turned away because there were too many, by service.',
  },
  'slipway.notices.given_up': {
    kind: 'counter',
    unit: '{notice}',
    description: 'Deliveries of notices that were given up, one a notice and receiver.',
  },
  'slipway.releases.active': {
    kind: 'gauge',
    unit: '{release}',
    description: 'Releases that are not finished, by phase, as the clock saw them.',
  },
  'slipway.due.oldest_age': {
    kind: 'gauge',
    unit: 's',
    description: 'Age of the tick that is due for the longest, as the clock saw it.',
  },
} as const;

type Metrics = typeof METRICS;
type NamesOf<K> = { [N in keyof Metrics]: Metrics[N]['kind'] extends K ? N : never }[keyof Metrics];

export type CounterName = NamesOf<'counter'>;
export type HistogramName = NamesOf<'histogram'>;
export type GaugeName = NamesOf<'gauge'>;

export interface Measured {
  readonly value: number;
  readonly attributes?: Attributes | undefined;
}

/** Counts and measures. Never throws, and never waits. */
export interface Meter {
  count(name: CounterName, attributes?: Attributes): void;
  record(name: HistogramName, seconds: number): void;
  /** `read` is asked at each export. A gauge keeps its last value: what has ended is told as 0. */
  observe(name: GaugeName, read: () => readonly Measured[]): void;
}

/** Nobody listens: costs nothing. */
export const NO_METER: Meter = {
  count: () => undefined,
  record: () => undefined,
  observe: () => undefined,
};
