/**
 * OpenTelemetry's SDK behind the ports `Tracer` and `Meter`. This folder is loaded only where something is to
 * be exported (`app.ts`).
 */
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import {
  detectResources,
  envDetector,
  type Resource,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { ATTR_SERVICE_NAME, ATTR_SERVICE_VERSION } from '@opentelemetry/semantic-conventions';

import type { Meter } from '../../controller/ports/meter.ts';
import { createExporters, type ExportTo } from './exporters.ts';
import { openMeter } from './open-meter.ts';
import { openTracer, type OpenTracer } from './open-tracer.ts';
import { startTraceClock } from './trace-clock.ts';
import { unmarkedIds } from './unmarked-ids.ts';

export interface OpenTelemetryOptions extends ExportTo {
  /** Of Slipway. */
  readonly version: string;
  /** How often metrics are exported. */
  readonly metricsEveryMs: number;
}

export interface OpenTelemetry {
  readonly tracer: OpenTracer;
  readonly meter: Meter;
  /**
   * Exports what has been collected. Waits at most `waitMs`, and not at all while an export that took longer
   * is still under way: a slow collector costs one invocation a moment, not each. Never throws.
   * @returns how exporting goes, when that has changed; undefined: nothing new
   */
  flush(waitMs: number): Promise<string | undefined>;
  /** Exports the rest; waits at most `waitMs`. Never throws. */
  shutdown(waitMs: number): Promise<void>;
}

const NAME = 'slipway';

export function connectOpenTelemetry(options: OpenTelemetryOptions): OpenTelemetry {
  const { version, metricsEveryMs } = options;
  const standing = createStanding();
  const exporters = createExporters(options, standing.heard);
  const resource = ownResource(version);
  const traces = new BasicTracerProvider({
    resource,
    idGenerator: unmarkedIds(),
    spanProcessors: exporters.spans.map((exporter) => new BatchSpanProcessor(exporter)),
  });
  const metrics = new MeterProvider({
    resource,
    readers: exporters.metrics.map(
      (exporter) =>
        new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: metricsEveryMs }),
    ),
  });
  const clock = startTraceClock();
  let metricsAt = clock.now();
  const flushAll = (): Promise<unknown> => {
    // Timers stand still while an instance does: the next invocation makes up for it.
    const isDue = clock.now() - metricsAt >= metricsEveryMs;
    if (isDue) metricsAt = clock.now();
    return Promise.allSettled([traces.forceFlush(), isDue ? metrics.forceFlush() : undefined]);
  };
  const flush = bounded(flushAll);
  return {
    tracer: openTracer(traces.getTracer(NAME, version)),
    meter: openMeter(metrics.getMeter(NAME, version)),
    flush: async (waitMs) => {
      await flush(waitMs);
      return standing.news();
    },
    shutdown: async (waitMs) => {
      await atMost(waitMs, Promise.allSettled([traces.shutdown(), metrics.shutdown()]));
    },
  };
}

/**
 * `slipway` whatever the environment says: telemetry under the role name or the version of an app could be
 * counted as that app's. The version says whose it is for the same reason.
 */
function ownResource(version: string): Resource {
  const own = { [ATTR_SERVICE_NAME]: NAME, [ATTR_SERVICE_VERSION]: `${NAME}-${version}` };
  const { attributes } = detectResources({ detectors: [envDetector] });
  const more = Object.fromEntries(
    Object.entries(attributes).filter(([name]) => !name.startsWith('service.')),
  );
  return resourceFromAttributes({ ...more, ...own });
}

/** How exporting goes, told when it changes. */
function createStanding(): {
  readonly heard: (to: string, problem: string | undefined) => void;
  readonly news: () => string | undefined;
} {
  const broken = new Map<string, string>();
  let news: string | undefined;
  return {
    heard: (to, problem) => {
      const was = broken.get(to);
      if (problem === undefined && was !== undefined) news = `telemetry reaches ${to} again`;
      if (problem !== undefined && was === undefined)
        news = `telemetry does not reach ${to}: ${problem}`;
      if (problem === undefined) broken.delete(to);
      else broken.set(to, problem);
    },
    news: () => {
      const told = news;
      news = undefined;
      return told;
    },
  };
}

/** One run at a time; whoever comes while one is late does not wait for it. */
function bounded(run: () => Promise<unknown>): (waitMs: number) => Promise<void> {
  let running: Promise<unknown> | undefined;
  let late = false;
  return async (waitMs) => {
    if (running !== undefined && late) return;
    if (running === undefined) {
      const mine = run().finally(() => {
        running = undefined;
        late = false;
      });
      running = mine;
    }
    // Who does not wait at all has not found out that it is late.
    if (waitMs > 0 && !(await atMost(waitMs, running))) late = true;
  };
}

/** False: it took longer, and goes on. */
async function atMost(waitMs: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, waitMs, false);
  });
  const inTime = await Promise.race([work.then(() => true), tooLong]);
  clearTimeout(timer);
  return inTime;
}
