/** Where spans and metrics go, each place with a note of how its last export went. */
import {
  AzureMonitorMetricExporter,
  AzureMonitorTraceExporter,
} from '@azure/monitor-opentelemetry-exporter';
import type { TokenCredential } from '@azure/identity';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import type { PushMetricExporter } from '@opentelemetry/sdk-metrics';
import type { SpanExporter } from '@opentelemetry/sdk-trace-base';

import { redact } from '../../release/redact.ts';

export interface ExportTo {
  /** Undefined: not to Azure Monitor. */
  readonly azureMonitor:
    | {
        readonly connectionString: string;
        /** Undefined: the connection string's key is enough. */
        readonly credential: TokenCredential | undefined;
      }
    | undefined;
  /** OTLP over HTTP, to where the variables OTEL_EXPORTER_OTLP_… say, which the exporter reads itself. */
  readonly otlp: boolean;
}

export interface Exporters {
  readonly spans: readonly SpanExporter[];
  readonly metrics: readonly PushMetricExporter[];
}

/** Hears of each export whether it failed. `problem` undefined: it did not. */
export type Heard = (to: string, problem: string | undefined) => void;

export function createExporters({ azureMonitor, otlp }: ExportTo, heard: Heard): Exporters {
  const spans: SpanExporter[] = [];
  const metrics: PushMetricExporter[] = [];
  if (otlp) {
    spans.push(overheard(new OTLPTraceExporter(), 'OTLP', heard));
    metrics.push(overheard(new OTLPMetricExporter(), 'OTLP', heard));
  }
  if (azureMonitor !== undefined) {
    const { connectionString, credential } = azureMonitor;
    const options = {
      connectionString,
      // Nothing is kept on disk: an instance's disk goes with it, and telemetry is no audit.
      disableOfflineStorage: true,
      ...(credential === undefined ? {} : { credential }),
    };
    spans.push(overheard(new AzureMonitorTraceExporter(options), 'Azure Monitor', heard));
    metrics.push(overheard(new AzureMonitorMetricExporter(options), 'Azure Monitor', heard));
  }
  return { spans, metrics };
}

type Result = Parameters<Parameters<SpanExporter['export']>[1]>[0];

interface Exporter<T> {
  export(items: T, done: (result: Result) => void): void;
}

/** `ExportResultCode.SUCCESS`; its enum is in a package that is not ours to import. */
const SUCCESS = 0;
const PROBLEM_CHARS = 300;

function overheard<T, E extends Exporter<T>>(
  exporter: E & Exporter<T>,
  to: string,
  heard: Heard,
): E {
  const send = exporter.export.bind(exporter);
  exporter.export = (items, done) => {
    let told = false;
    send(items, (result) => {
      // Azure Monitor's exporter answers twice, the second time always that it went well.
      if (told) return;
      told = true;
      const code: number = result.code;
      const isGood = code === SUCCESS;
      heard(to, isGood ? undefined : problemOf(result.error));
      done(result);
    });
  };
  return exporter;
}

function problemOf(error: Error | undefined): string {
  return redact(error?.message ?? 'it was not taken').slice(0, PROBLEM_CHARS);
}
