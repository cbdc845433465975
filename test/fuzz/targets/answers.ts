/** Answers of Azure that are not what Azure answers: facts come out whole, or the port's own error. */
import fc from 'fast-check';
import { z } from 'zod';

import type { AppServicePorts } from '../../../src/adapters/app-service/connect.ts';
import { createHttpProber } from '../../../src/adapters/http-probe/http-prober.ts';
import { problemOf } from '../../../src/adapters/http-probe/probe-problem.ts';
import { connectLogAnalytics } from '../../../src/adapters/log-analytics/connect.ts';
import { countAnswerOf, versionsOf } from '../../../src/adapters/log-analytics/mapping.ts';
import { COUNT_COLUMNS, VERSION_COLUMNS } from '../../../src/adapters/log-analytics/queries.ts';
import { AzureCallError } from '../../../src/controller/ports/azure-errors.ts';
import { type Telemetry, TelemetryError } from '../../../src/controller/ports/telemetry.ts';
import {
  type ArmRecorder,
  connectTo,
  CREDENTIAL,
  type Reaction,
  startArm,
  TARGET,
} from '../../adapters/app-service/arm-recorder.ts';
import { asked, START_MS } from '../../adapters/log-analytics/asked.ts';
import { jsonText } from '../corpus.ts';
import { must, type Outcome, target, tried } from '../engine.ts';
import { hostileText, spoilt, spoiltJson, spoiltJsonText } from '../hostile.ts';

const SITE = {
  id: '/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites/myapp',
  name: 'myapp',
  tags: { 'slipway-rescue': 'none' },
  properties: {
    state: 'Running',
    defaultHostName: 'myapp-staging.azurewebsites.net',
    deploymentId: 'volume-1',
    slotSwapStatus: { timestampUtc: '2026-01-01T00:00:00Z' },
    targetSwapSlot: null,
    inProgressOperationId: null,
  },
};
const CONFIG = {
  properties: {
    linuxFxVersion: 'DOCKER|registry/shop:2',
    autoSwapSlotName: null,
    appSettingNames: ['A'],
    experiments: {
      rampUpRules: [
        {
          name: 'staging',
          actionHostName: 'myapp-staging.azurewebsites.net',
          reroutePercentage: 15,
        },
      ],
    },
  },
};
const DEPLOYMENTS = {
  value: [{ name: 'myapp/1', properties: { startTime: '2026-01-01T00:00:00Z', id: '1' } }],
  nextLink: 'https://management.azure.com/subscriptions/s/next?page=2',
};
const ERROR = { error: { code: 'Conflict', message: 'another operation' } };
const SITE_ERROR = {
  Code: 'Conflict',
  Message: 'x',
  Details: [{ ErrorEntity: { ExtendedCode: '59205' } }],
};

const text = z.string();
const name = z.string().min(1);
const slot = z.object({
  state: name,
  host: z.string().regex(/^[a-z0-9.-]+$/i),
  targetSwapSlot: name.optional(),
  operationInProgress: name.optional(),
});
/** What each call may give; the release's own code relies on it. */
const FACTS = {
  readSite: z.object({
    volumes: z.object({ production: name, slot: name, swappedAt: z.iso.datetime().optional() }),
    production: slot,
    slot,
    rescueTag: text.optional(),
  }),
  readContent: z.object({ production: name, slot: name }),
  readSwapSettings: z.object({
    autoSwapSlotName: name.optional(),
    stickyAppSettings: z.array(text),
  }),
  readRules: z.array(
    z.object({ name: text, host: text, weight: z.number(), autoRamp: z.boolean() }),
  ),
  writeRules: z.undefined(),
  submitSwap: z.object({ poller: name }),
  pollSwap: z.object({ kind: z.enum(['running', 'succeeded', 'failed']) }),
};
type Call = keyof typeof FACTS;

const RULE = {
  name: 'staging',
  host: 'myapp-staging.azurewebsites.net',
  weight: 15,
  autoRamp: false,
};

function callOf(ports: AppServicePorts, call: Call, poller: string): Promise<unknown> {
  switch (call) {
    case 'readSite':
      return ports.reader.readSite(TARGET, 'staging');
    case 'readContent':
      return ports.reader.readContent(TARGET, 'staging');
    case 'readSwapSettings':
      return ports.reader.readSwapSettings(TARGET, 'staging');
    case 'readRules':
      return ports.router.readRules(TARGET);
    case 'writeRules':
      return ports.router.writeRules(TARGET, [RULE]);
    case 'submitSwap':
      return ports.swapper.submitSwap(TARGET, 'staging');
    case 'pollSwap':
      return ports.swapper.pollSwap(poller);
  }
}

const POLLER = JSON.stringify({
  state: {
    status: 'running',
    config: {
      initialRequestUrl: `https://management.azure.com/subscriptions/${TARGET.subscriptionId}/slotsswap`,
      operationLocation: 'https://management.azure.com/subscriptions/s/operationresults/op-1',
      metadata: { mode: 'ResourceLocation' },
    },
  },
});

interface HostileAnswer {
  readonly call: Call;
  readonly reaction: Reaction;
  readonly poller: string;
}

const answerHeaders = fc.record(
  {
    location: spoilt('https://management.azure.com/subscriptions/s/operationresults/op-1').map(
      asHeader,
    ),
    'retry-after': spoilt('1', 'Wed, 01 Jan 2031 00:00:00 GMT').map(asHeader),
    'azure-asyncoperation': spoilt(
      'https://management.azure.com/subscriptions/s/operations/op-1',
    ).map(asHeader),
    'content-type': fc.constantFrom(
      'application/json',
      'text/html',
      'application/xml',
      'image/png',
    ),
    date: hostileText.map(asHeader),
  },
  { requiredKeys: [] },
);

function asHeader(value: string): string {
  return value.replace(/[^\x20-\x7e]/g, '').slice(0, 2_000);
}

const hostileAnswer: fc.Arbitrary<HostileAnswer> = fc.record({
  call: fc.constantFrom(...(Object.keys(FACTS) as Call[])),
  reaction: fc.record({
    status: fc.oneof(
      { weight: 30, arbitrary: fc.constant(200) },
      { weight: 12, arbitrary: fc.constantFrom(201, 202, 204, 206, 304, 400, 401, 404, 409, 429) },
      // Reads are tried again after these, which takes its time.
      { weight: 1, arbitrary: fc.constantFrom(500, 503) },
    ),
    headers: answerHeaders.map((all): Record<string, string> => ({ ...all })),
    body: fc.oneof(
      { weight: 6, arbitrary: spoiltJsonText(SITE, CONFIG, DEPLOYMENTS) },
      { weight: 2, arbitrary: spoiltJson(SITE, CONFIG, DEPLOYMENTS).map(jsonText) },
      { weight: 1, arbitrary: spoiltJsonText(ERROR, SITE_ERROR) },
    ),
  }),
  poller: fc.oneof(fc.constant(POLLER), spoiltJsonText(JSON.parse(POLLER))),
});

let arm: ArmRecorder | undefined;
let ports: AppServicePorts | undefined;
let telemetry: Telemetry | undefined;
let reaction: Reaction = { status: 200 };

export async function openAzure(): Promise<void> {
  arm = await startArm(() => reaction);
  ports = connectTo(arm);
  telemetry = connectLogAnalytics({
    credential: CREDENTIAL,
    localEndpoint: arm.url,
    defaultWorkspaceId: TARGET.subscriptionId,
  });
}

export async function closeAzure(): Promise<void> {
  await arm?.stop();
}

async function arrives<T>(
  call: Promise<T>,
  refusal: (error: unknown) => boolean,
): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (refusal(error)) return undefined;
    throw error;
  }
}

const isAzureError = (error: unknown): boolean => {
  if (!(error instanceof AzureCallError)) return false;
  const { retryAfterMs, message } = error;
  must(
    retryAfterMs === undefined || (Number.isFinite(retryAfterMs) && retryAfterMs >= 0),
    `retry after ${retryAfterMs} ms`,
  );
  must(!message.includes('test-token'), 'an error tells the token');
  return true;
};
const isTelemetryError = (error: unknown): boolean => error instanceof TelemetryError;

const COUNT_TABLE = {
  columns: COUNT_COLUMNS.map(([column, type]) => ({ name: column, type })),
  rows: [
    [START_MS, '2.4.0', 10, 1, 10, null, null],
    [null, '2.4.0', null, null, null, 1_000, 2_000],
  ],
};
const VERSION_TABLE = {
  columns: VERSION_COLUMNS.map(([column, type]) => ({ name: column, type })),
  rows: [['2.4.0', 10, 10]],
};
const count = z.int().min(0);
const COUNTS = z.object({
  rows: z.array(
    z.object({ startMs: count, version: text, requests: count, failures: count, items: count }),
  ),
  lag: z.object({ p95Ms: z.number().min(0), p999Ms: z.number().min(0) }).optional(),
});
const VERSIONS = z.array(z.object({ version: text, requests: count, items: count }));

const TABLES = { tables: [{ name: 'PrimaryResult', ...COUNT_TABLE }] };

export const azureTargets = [
  target<HostileAnswer>({
    name: 'azure-answers',
    share: 4,
    inputs: hostileAnswer,
    attempt: async (input) => {
      if (ports === undefined) throw new Error('nobody answers for Azure');
      ({ reaction } = input);
      const { call } = input;
      const facts = callOf(ports, call, input.poller).then((value) => ({ value }));
      const arrived = await arrives(facts, isAzureError);
      if (arrived === undefined) return 'refused';
      FACTS[call].parse(arrived.value);
      return 'accepted';
    },
  }),
  target<string>({
    name: 'logs-answers',
    share: 2,
    inputs: spoiltJsonText(
      TABLES,
      { tables: [{ name: 'PrimaryResult', ...VERSION_TABLE }] },
      ERROR,
    ),
    attempt: async (body) => {
      if (telemetry === undefined) throw new Error('nobody answers for Log Analytics');
      reaction = { status: 200, body };
      const counts = await arrives(telemetry.countRequests(asked()), isTelemetryError);
      if (counts !== undefined) COUNTS.parse(counts);
      const versions = await arrives(telemetry.versionsSeen(asked()), isTelemetryError);
      if (versions !== undefined) VERSIONS.parse(versions);
      return counts === undefined && versions === undefined ? 'refused' : 'accepted';
    },
  }),
  target({
    name: 'logs-tables',
    share: 4,
    inputs: spoiltJson(COUNT_TABLE, VERSION_TABLE),
    attempt: (value) => {
      const table = z
        .object({
          columns: z.array(z.object({ name: text, type: text })),
          rows: z.array(z.array(z.unknown())),
        })
        .safeParse(value);
      if (!table.success) return 'refused';
      const outcomes = [
        tried(() => countAnswerOf(table.data, { query: asked(), kql: '' }), {
          refusal: isTelemetryError,
          check: (answer) => void COUNTS.parse(answer),
        }),
        tried(() => versionsOf(table.data), {
          refusal: isTelemetryError,
          check: (answer) => void VERSIONS.parse(answer),
        }),
      ];
      return outcomes.includes('accepted') ? 'accepted' : 'refused';
    },
  }),
  target({
    name: 'probe-answers',
    share: 2,
    inputs: fc.record({
      status: fc.integer({ min: 100, max: 999 }),
      location: fc.oneof(fc.constant(undefined), hostileText),
      body: fc.oneof(fc.constant(undefined), hostileText),
      host: spoilt('myapp-staging.azurewebsites.net').map((host) => host.slice(0, 253)),
    }),
    attempt: ({ host, ...reply }) => {
      const problem = problemOf(host, VALIDATION, reply);
      must(
        problem === undefined || problem.length < 25_000,
        'a problem that is too long to be told',
      );
      return problem === undefined ? 'accepted' : 'refused';
    },
  }),
  target<string>({
    name: 'probe-hosts',
    share: 1,
    inputs: spoilt('no-such-host.invalid', '127.0.0.1', 'localhost').filter((host) =>
      /[^\w.-]/.test(host),
    ),
    attempt: async (host): Promise<Outcome> => {
      // None of these is a host: nothing may be sent, and nothing may be thrown.
      const answer = await prober.probe(host, { ...VALIDATION, timeoutMs: 500 });
      must(!answer.ok && answer.status === undefined, 'something answered');
      return 'refused';
    },
  }),
];

const prober = createHttpProber({ now: () => 0 });

const VALIDATION = {
  path: '/health',
  method: 'GET' as const,
  headers: {},
  status: [{ from: 200, to: 299 }],
  bodyContains: 'ok',
  passes: 1,
  everyMs: 1_000,
  timeoutMs: 1_000,
};
