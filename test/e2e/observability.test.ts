/**
 * What Slipway says of itself: the function app's bundle exports to a collector and to an ingestion endpoint of
 * Application Insights. A release is followed through both, then the collector hangs, and a release goes on.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer, request as httpRequest, type Server } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { Ingestion } from '../../src/local/log-analytics/ingestion-endpoint.ts';
import type { StoredRow } from '../../src/local/log-analytics/row-store.ts';
import { PROBE_TRACE_PREFIX } from '../../src/release/probe-mark.ts';
import { startLocalWorld, type LocalWorld } from '../support/local/local-world.ts';
import { begin } from '../support/local/story.ts';
import { eventually } from '../support/local/waiting.ts';
import {
  type OtlpCollector,
  type SpanSeen,
  startOtlpCollector,
} from '../support/otlp-collector.ts';
import { selfSigned } from '../support/self-signed.ts';

const LONG = { timeout: 240_000 } as const;
const KEY = '99999999-9999-4999-8999-999999999999';
const RUN = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };
const RUN_URL = 'https://ci.example/runs/7';
/** As https://opentelemetry.io/docs/specs/otel/protocol/ numbers them: 2 is a server's, 5 a consumer's. */
const REQUEST_KINDS = new Set([2, 5]);
const ROOTS = ['slipway.start', 'slipway.tick', 'slipway.command', 'slipway.probe-window'];

let world: LocalWorld;
let collector: OtlpCollector;
let folder: string;
let component: Server;
let forwarder: Server;
let releaseId: string;
const rows: StoredRow[] = [];
const problems: unknown[] = [];
const lines: string[] = [];
/** `traceparent` of what went to App Service's management; undefined where there was none. */
const sentToArm: unknown[] = [];

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

async function listening(server: Server): Promise<Server> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return server;
}

/** An ingestion endpoint over https: the exporter makes https of an http address (azure.md 9). */
async function startComponent(): Promise<Server> {
  const { cert, key } = selfSigned();
  folder = await mkdtemp(path.join(tmpdir(), 'slipway-telemetry-'));
  await writeFile(path.join(folder, 'cert.pem'), cert);
  const ingestion = new Ingestion({
    instrumentationKey: KEY,
    now: () => Date.now(),
    ingestionDelayMs: () => 0,
    store: (row) => rows.push(row),
  });
  const server = createServer({ cert, key }, (request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const sent = Buffer.concat(parts);
      const answer = ingestion.answer(
        request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent,
      );
      if (answer.status !== 200) problems.push(answer);
      response
        .writeHead(answer.status, { 'content-type': 'application/json' })
        .end(JSON.stringify(answer.body));
    });
  });
  return listening(server);
}

let armUrl = '';

/** In front of the management of App Service, for its headers. */
async function startForwarder(): Promise<Server> {
  return listening(
    createHttpServer((request, response) => {
      const { method, url, headers } = request;
      sentToArm.push(headers.traceparent);
      const { hostname, port } = new URL(armUrl);
      const onwards = httpRequest({ hostname, port, method, path: url, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      onwards.on('error', () => response.writeHead(502).end());
      request.pipe(onwards);
    }),
  );
}

beforeAll(async () => {
  collector = await startOtlpCollector();
  component = await startComponent();
  forwarder = await startForwarder();
  world = await startLocalWorld({
    shops: ['shop-seen', 'shop-unseen'],
    settings: {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_METRIC_EXPORT_INTERVAL: '1000',
      // Neither may make Slipway's telemetry look like an app's.
      OTEL_SERVICE_NAME: 'shop-seen',
      OTEL_RESOURCE_ATTRIBUTES: 'service.version=2.0.0,deployment.environment.name=test',
      APPLICATIONINSIGHTS_CONNECTION_STRING: `InstrumentationKey=${KEY};IngestionEndpoint=http://127.0.0.1:${portOf(component)}`,
      // The exporter's own statistics go to Microsoft.
      APPLICATION_INSIGHTS_NO_STATSBEAT: 'true',
      NODE_EXTRA_CA_CERTS: path.join(folder, 'cert.pem'),
      SLIPWAY_ARM_ENDPOINT: `http://127.0.0.1:${portOf(forwarder)}`,
    },
    listen: (line) => lines.push(line),
  });
  armUrl = world.appService.armUrl;
});

afterAll(async () => {
  await world.stop();
  await collector.stop();
  for (const server of [component, forwarder]) {
    server.closeAllConnections();
    server.close();
  }
  await rm(folder, { recursive: true, force: true });
});

const named = (name: string): readonly SpanSeen[] =>
  collector.spans.filter((span) => span.name === name);

/** With what CI says of its run. */
function fromRun(message: string): string {
  const start = JSON.parse(message) as { requestedBy?: object };
  const traceparent = `00-${RUN.traceId}-${RUN.spanId}-01`;
  return JSON.stringify({
    ...start,
    requestedBy: {
      name: 'ci',
      run: RUN_URL,
      traceparent,
      committedAt: '2026-01-05T09:00:00+01:00',
    },
  });
}

describe('a release, followed', () => {
  it('has its id on every span, from the start to the end', LONG, async () => {
    const story = await begin(world, 'shop-seen', { content: 'shop@2.0.0', encode: fromRun });
    releaseId = story.id;
    await story.until('succeeded');
    await eventually('the last spans', () =>
      named('slipway.tick').some(
        ({ attributes }) => attributes['slipway.release.phase'] === 'succeeded',
      ),
    );
    const about = {
      'slipway.release.id': story.id,
      'slipway.release.version': '2.0.0',
      'slipway.app': 'shop-seen',
    };
    for (const span of collector.spans) expect(span.attributes).toMatchObject(about);
    const phases = new Set(
      collector.spans.map(({ attributes }) => attributes['slipway.release.phase']),
    );
    expect([...phases].toSorted()).toEqual([
      'preflight',
      'promoting',
      'queued',
      'ramping',
      'succeeded',
      'watching',
    ]);
  });

  it('has a trace a pass, with a span for each of its parts and calls', () => {
    const roots = collector.spans.filter(({ parentSpanId = '' }) => parentSpanId === '');
    const known = new Set(collector.spans.map(({ spanId }) => spanId));
    const orphans = collector.spans.filter(
      ({ parentSpanId = '', name }) => !known.has(parentSpanId) && !ROOTS.includes(name),
    );
    expect(orphans).toEqual([]);
    expect(roots.filter(({ name }) => !ROOTS.includes(name))).toEqual([]);
    const names = new Set(collector.spans.map(({ name }) => name));
    expect([...names]).toEqual(
      expect.arrayContaining([
        'slipway.start',
        'slipway.tick',
        'slipway.observe',
        'slipway.decide',
        'slipway.commit',
        'slipway.carry-out',
        'slipway.storage store.load',
        'slipway.storage store.commit',
        'slipway.arm router.readRules',
        'slipway.arm router.writeRules',
        'slipway.arm swapper.submitSwap',
        'slipway.logs telemetry.countRequests',
      ]),
    );
    for (const { startTimeUnixNano, endTimeUnixNano } of collector.spans) {
      expect(BigInt(endTimeUnixNano) >= BigInt(startTimeUnixNano)).toBe(true);
    }
  });

  it('names the run that started it', () => {
    for (const span of [...named('slipway.start'), ...named('slipway.tick')]) {
      expect(span.links).toMatchObject([RUN]);
      expect(span.attributes['slipway.run.url']).toBe(RUN_URL);
    }
  });

  it('can never be taken for visitors of an app', () => {
    for (const { kind, resource, traceId } of collector.spans) {
      expect(REQUEST_KINDS.has(kind)).toBe(false);
      expect(resource).toMatchObject({
        'service.name': 'slipway',
        'service.version': expect.stringMatching(/^slipway-/) as string,
        'deployment.environment.name': 'test',
      });
      expect(traceId.startsWith(PROBE_TRACE_PREFIX)).toBe(false);
    }
    expect(sentToArm.length).toBeGreaterThan(10);
    expect(sentToArm.filter((traceparent) => traceparent !== undefined)).toEqual([]);
  });

  it('is measured', async () => {
    const seen = (): Set<string> => new Set(collector.metrics.map(({ name }) => name));
    const wanted = [
      'slipway.azure.calls',
      'slipway.due.oldest_age',
      'slipway.releases.active',
      'slipway.tick.duration',
      'slipway.tick.lag',
      'slipway.verdicts',
    ];
    await eventually('every metric', () => wanted.every((name) => seen().has(name)));
    const of = (name: string, attribute: string): Set<unknown> =>
      new Set(
        collector.metrics
          .filter((metric) => metric.name === name)
          .flatMap(({ points }) => points.map(({ attributes }) => attributes[attribute])),
      );
    expect(of('slipway.azure.calls', 'slipway.azure.service')).toEqual(
      new Set(['storage', 'arm', 'logs']),
    );
    expect(of('slipway.releases.active', 'slipway.release.phase')).toContain('ramping');
    expect(of('slipway.verdicts', 'slipway.verdict.outcome')).toContain('certified');
  });

  it('is logged with its id and its trace', () => {
    const [, json = ''] =
      lines
        .map((line) => /ramping 1\/2: .* (\{"release".*\})$/.exec(line))
        .find((found) => found !== null) ?? [];
    const facts = JSON.parse(json) as Record<string, unknown>;
    expect(Object.keys(facts).slice(0, 3)).toEqual(['release', 'sequence', 'trace']);
    expect(facts.release).toBe(releaseId);
    expect(collector.spans.map(({ traceId }) => traceId)).toContain(facts.trace);
  });

  it('reaches Application Insights as well, as dependencies of slipway', async () => {
    await eventually('rows', () => rows.length > 20);
    expect(problems).toEqual([]);
    const tables = new Set(rows.map(({ table }) => table));
    expect(tables).toContain('AppDependencies');
    expect(tables).not.toContain('AppRequests');
    expect(tables).not.toContain('AppExceptions');
    const passes = rows.filter(({ columns }) => columns.Name === 'slipway.tick');
    expect(passes.length).toBeGreaterThan(5);
    for (const { columns } of passes) {
      expect(columns.AppRoleName).toBe('slipway');
      expect(columns.AppVersion).toMatch(/^slipway-/);
    }
  });

  it('tells no secret', () => {
    const key = /AccountKey=([^;]+)/.exec(world.azurite.connectionString)?.[1] ?? '';
    const secrets = [key, world.host.keys.host, world.host.keys.master, 'Bearer ', KEY];
    const written = [...collector.bodies, ...rows.map((row) => JSON.stringify(row.columns))];
    expect(written.some((text) => text.includes(releaseId))).toBe(true);
    expect(secrets.filter((secret) => written.some((text) => text.includes(secret)))).toEqual([]);
  });

  it('is seen by health: when each service last worked', async () => {
    const answer = await fetch(`${world.host.url}/api/health`, {
      headers: { 'x-functions-key': world.host.keys.host },
    });
    expect(answer.status).toBe(200);
    const works = { ok: true, okAt: expect.any(String) as string };
    expect(await answer.json()).toMatchObject({
      ...{ ok: true, degraded: false, storage: works, arm: works, logs: works },
      clock: {
        ok: true,
        oldestDueMs: expect.any(Number) as number,
        ageMs: expect.any(Number) as number,
      },
      notices: { givenUp: 0 },
    });
  });
});

describe('a collector that does not answer', () => {
  it('fails no release, and its trouble is told once', LONG, async () => {
    collector.be('hangs');
    const before = collector.requests();
    const story = await begin(world, 'shop-unseen', { content: 'shop@2.0.0' });
    await story.atWeight(20);
    collector.be('refuses');
    await story.until('succeeded');
    expect(collector.requests()).toBeGreaterThan(before);
    const told = lines.filter((line) => line.includes('telemetry does not reach OTLP'));
    expect(told).toHaveLength(1);
  });
});
