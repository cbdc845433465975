// The tracer and the meter of production on the SDK's exporters in memory.
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';

import { openMeter } from '../../src/adapters/open-telemetry/open-meter.ts';
import { openTracer, type OpenTracer } from '../../src/adapters/open-telemetry/open-tracer.ts';
import { unmarkedIds } from '../../src/adapters/open-telemetry/unmarked-ids.ts';
import type { Meter } from '../../src/controller/ports/meter.ts';

export interface MemorySpans {
  readonly tracer: OpenTracer;
  /** Told so far, in the order of their ends. */
  readonly spans: () => readonly ReadableSpan[];
  readonly named: (name: string) => readonly ReadableSpan[];
}

export function memorySpans(): MemorySpans {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({
    idGenerator: unmarkedIds(),
    spanProcessors: [new SimpleSpanProcessor(exporter)],
  });
  const spans = (): readonly ReadableSpan[] => exporter.getFinishedSpans();
  return {
    tracer: openTracer(provider.getTracer('test')),
    spans,
    named: (name) => spans().filter((span) => span.name === name),
  };
}

export interface MemoryMetrics {
  readonly meter: Meter;
  /** Each point as `{attributes, value}`; a histogram's value has `count` and `sum`. */
  readonly points: (
    name: string,
  ) => Promise<readonly { readonly attributes: object; readonly value: unknown }[]>;
}

export function memoryMetrics(): MemoryMetrics {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  // Never by itself: exports only when it is asked.
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const provider = new MeterProvider({ readers: [reader] });
  return {
    meter: openMeter(provider.getMeter('test')),
    points: async (name) => {
      exporter.reset();
      await reader.forceFlush();
      return exporter
        .getMetrics()
        .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
        .filter(({ descriptor }) => descriptor.name === name)
        .flatMap(({ dataPoints }) =>
          dataPoints.map(({ attributes, value }) => ({ attributes, value })),
        );
    },
  };
}
