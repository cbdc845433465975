/** The port `Meter` on the SDK's meter. */
import type { Counter, Histogram, Meter as SdkMeter } from '@opentelemetry/api';

import {
  type CounterName,
  type HistogramName,
  type Meter,
  METRICS,
} from '../../controller/ports/meter.ts';

/** Seconds: a pass takes 20 ms, and one that waits for Azure half a minute. */
const BUCKETS_S = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

export function openMeter(sdk: SdkMeter): Meter {
  const counters = new Map<CounterName, Counter>();
  const histograms = new Map<HistogramName, Histogram>();
  const counter = (name: CounterName): Counter => {
    const { unit, description } = METRICS[name];
    const made = counters.get(name) ?? sdk.createCounter(name, { unit, description });
    counters.set(name, made);
    return made;
  };
  const histogram = (name: HistogramName): Histogram => {
    const { unit, description } = METRICS[name];
    const advice = { explicitBucketBoundaries: BUCKETS_S };
    const made = histograms.get(name) ?? sdk.createHistogram(name, { unit, description, advice });
    histograms.set(name, made);
    return made;
  };
  return {
    count: (name, attributes = {}) => counter(name).add(1, attributes),
    record: (name, seconds) => histogram(name).record(seconds),
    observe: (name, read) => {
      const { unit, description } = METRICS[name];
      sdk.createObservableGauge(name, { unit, description }).addCallback((result) => {
        for (const { value, attributes } of read()) result.observe(value, attributes);
      });
    },
  };
}
