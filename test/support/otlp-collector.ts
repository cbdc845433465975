// A collector that takes OTLP/HTTP as JSON (opentelemetry-proto, docs/specification.md), and can be slow or gone.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

import { z } from 'zod';

const value = z.looseObject({
  stringValue: z.string().optional(),
  intValue: z.union([z.number(), z.string()]).optional(),
  doubleValue: z.number().optional(),
  boolValue: z.boolean().optional(),
});
const attributes = z
  .array(z.object({ key: z.string(), value }))
  .default([])
  .transform((list) =>
    Object.fromEntries(
      list.map(({ key, value: one }) => [
        key,
        one.stringValue ?? one.intValue ?? one.doubleValue ?? one.boolValue,
      ]),
    ),
  );
const resource = z.object({ attributes });
const span = z.object({
  traceId: z.string().regex(/^[0-9a-f]{32}$/),
  spanId: z.string().regex(/^[0-9a-f]{16}$/),
  parentSpanId: z.string().optional(),
  name: z.string(),
  kind: z.number(),
  startTimeUnixNano: z.string(),
  endTimeUnixNano: z.string(),
  attributes,
  links: z.array(z.object({ traceId: z.string(), spanId: z.string() })).default([]),
  status: z.looseObject({ code: z.number().optional(), message: z.string().optional() }),
});
const traces = z.object({
  resourceSpans: z.array(
    z.object({ resource, scopeSpans: z.array(z.object({ spans: z.array(span) })) }),
  ),
});
const points = z.object({ dataPoints: z.array(z.looseObject({ attributes })) }).optional();
const metric = z.looseObject({
  name: z.string(),
  unit: z.string().default(''),
  sum: points,
  gauge: points,
  histogram: points,
});
const metrics = z.object({
  resourceMetrics: z.array(
    z.object({ resource, scopeMetrics: z.array(z.object({ metrics: z.array(metric) })) }),
  ),
});

export type SpanSeen = z.infer<typeof span> & { readonly resource: Record<string, unknown> };

export interface MetricSeen {
  readonly name: string;
  readonly unit: string;
  readonly resource: Record<string, unknown>;
  readonly points: readonly { readonly attributes: Record<string, unknown> }[];
}

export type Mood = 'takes' | 'hangs' | 'refuses';

export interface OtlpCollector {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly url: string;
  be(mood: Mood): void;
  readonly spans: readonly SpanSeen[];
  readonly metrics: readonly MetricSeen[];
  /** Every body as it came. */
  readonly bodies: readonly string[];
  /** Requests, also those that it did not take. */
  requests(): number;
  stop(): Promise<void>;
}

export async function startOtlpCollector(): Promise<OtlpCollector> {
  const spans: SpanSeen[] = [];
  const seen: MetricSeen[] = [];
  const bodies: string[] = [];
  let mood: Mood = 'takes';
  let requests = 0;

  function take(url: string | undefined, text: string): void {
    bodies.push(text);
    const json: unknown = JSON.parse(text);
    if (url === '/v1/traces') {
      for (const group of traces.parse(json).resourceSpans) {
        const from = group.resource.attributes;
        for (const { spans: some } of group.scopeSpans)
          spans.push(...some.map((one) => ({ ...one, resource: from })));
      }
      return;
    }
    for (const group of metrics.parse(json).resourceMetrics) {
      for (const { metrics: some } of group.scopeMetrics) {
        for (const { name, unit, sum, gauge, histogram } of some) {
          const data = (sum ?? gauge ?? histogram)?.dataPoints ?? [];
          seen.push({ name, unit, resource: group.resource.attributes, points: data });
        }
      }
    }
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    requests += 1;
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    if (mood === 'hangs') return;
    if (mood === 'refuses') {
      response.writeHead(400).end();
      return;
    }
    const body = Buffer.concat(parts);
    take(
      request.url,
      (request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString('utf8'),
    );
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.writeHead(500).end());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    be: (next) => {
      mood = next;
    },
    ...{ spans, metrics: seen, bodies },
    requests: () => requests,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
