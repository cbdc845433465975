import { z } from 'zod';
import type { Value } from './kql/values.ts';
import { parseDatetime, parseTimespan } from './kql/values.ts';
import type { TableName } from './schema.ts';
import {
  availabilitySchema,
  dependencySchema,
  envelopeSchema,
  exceptionSchema,
  messageSchema,
  requestSchema,
} from './telemetry-envelope.ts';
import type { Envelope } from './telemetry-envelope.ts';

/** A row to store: its columns by name, those left out hold nothing. */
export interface TelemetryRow {
  readonly table: TableName;
  readonly columns: Readonly<Record<string, Value>>;
}

/** What becomes of one telemetry item. */
export type ItemOutcome =
  | { readonly kind: 'row'; readonly row: TelemetryRow }
  /** Accepted and not kept: events, metrics, page views. */
  | { readonly kind: 'dropped' }
  | { readonly kind: 'refused'; readonly message: string };

/** What the ingestion endpoint knows about an item besides its text. */
export interface Receipt {
  readonly instrumentationKey: string;
  /** When the request arrived, milliseconds since the epoch. */
  readonly receivedMs: number;
  /** Bytes of the item, for `_BilledSize`. */
  readonly bytes: number;
}

/** TimeGenerated older than this is replaced by the time of receipt (azure.md 3.3). */
const MAX_AGE_MS = 2 * 86_400_000;

const BUCKETS: readonly (readonly [number, string])[] = [
  [250, '<250ms'],
  [500, '250ms-500ms'],
  [1000, '500ms-1sec'],
  [3000, '1sec-3sec'],
  [7000, '3sec-7sec'],
  [15_000, '7sec-15sec'],
  [30_000, '15sec-30sec'],
  [60_000, '30sec-1min'],
  [120_000, '1min-2min'],
  [300_000, '2min-5min'],
];

function bucketOf(durationMs: number): string {
  return BUCKETS.find(([limitMs]) => durationMs < limitMs)?.[1] ?? '>=5min';
}

function durationColumns(duration: string): Record<string, Value> {
  const durationMs = parseTimespan(duration);
  if (durationMs === null) {
    throw new RangeError(`duration '${duration}' is not of the form d.hh:mm:ss.fffffff`);
  }
  return { DurationMs: durationMs, PerformanceBucket: bucketOf(durationMs) };
}

const SEVERITIES = ['verbose', 'information', 'warning', 'error', 'critical'];

function severityOf(level: string | number | null | undefined): Value {
  if (typeof level !== 'string') {
    return level ?? null;
  }
  const index = SEVERITIES.indexOf(level.toLowerCase());
  return index === -1 ? null : index;
}

interface Bags {
  readonly properties?: Record<string, Value> | null | undefined;
  readonly measurements?: Record<string, Value> | null | undefined;
}

function bagColumns(item: Bags): Record<string, Value> {
  return { Properties: item.properties ?? {}, Measurements: item.measurements ?? null };
}

type Mapper = (baseData: unknown) => TelemetryRow;

function requestRow(baseData: unknown): TelemetryRow {
  const item = requestSchema.parse(baseData);
  return {
    table: 'AppRequests',
    columns: {
      Id: item.id,
      Name: item.name,
      Url: item.url,
      Source: item.source,
      Success: item.success ?? true,
      ResultCode: String(item.responseCode),
      ...durationColumns(item.duration),
      ...bagColumns(item),
    },
  };
}

function dependencyRow(baseData: unknown): TelemetryRow {
  const item = dependencySchema.parse(baseData);
  return {
    table: 'AppDependencies',
    columns: {
      Id: item.id,
      Name: item.name,
      Target: item.target,
      Data: item.data,
      DependencyType: item.type,
      ResultCode: String(item.resultCode ?? ''),
      Success: item.success ?? true,
      ...durationColumns(item.duration ?? '00:00:00'),
      ...bagColumns(item),
    },
  };
}

function exceptionRow(baseData: unknown): TelemetryRow {
  const item = exceptionSchema.parse(baseData);
  const [outer] = item.exceptions;
  const innermost = item.exceptions.at(-1);
  const outerFrame = outer?.parsedStack?.[0];
  const innerFrame = innermost?.parsedStack?.[0];
  const method = outerFrame?.method ?? '';
  return {
    table: 'AppExceptions',
    columns: {
      ProblemId: item.problemId || `${outer?.typeName ?? ''} at ${method}`,
      ExceptionType: outer?.typeName ?? '',
      Message: outer?.message ?? '',
      Method: method,
      Assembly: outerFrame?.assembly ?? '',
      HandledAt: item.handledAt,
      SeverityLevel: severityOf(item.severityLevel),
      Details: z.json().parse(item.exceptions),
      OuterType: outer?.typeName ?? '',
      OuterMessage: outer?.message ?? '',
      OuterMethod: method,
      OuterAssembly: outerFrame?.assembly ?? '',
      InnermostType: innermost?.typeName ?? '',
      InnermostMessage: innermost?.message ?? '',
      InnermostMethod: innerFrame?.method ?? '',
      InnermostAssembly: innerFrame?.assembly ?? '',
      ...bagColumns(item),
    },
  };
}

function traceRow(baseData: unknown): TelemetryRow {
  const item = messageSchema.parse(baseData);
  return {
    table: 'AppTraces',
    columns: {
      Message: item.message,
      SeverityLevel: severityOf(item.severityLevel),
      ...bagColumns(item),
    },
  };
}

function availabilityRow(baseData: unknown): TelemetryRow {
  const item = availabilitySchema.parse(baseData);
  return {
    table: 'AppAvailabilityResults',
    columns: {
      Id: item.id,
      Name: item.name,
      Location: item.runLocation,
      Success: item.success,
      Message: item.message,
      ...durationColumns(item.duration),
      ...bagColumns(item),
    },
  };
}

const MAPPERS: ReadonlyMap<string, Mapper> = new Map<string, Mapper>([
  ['RequestData', requestRow],
  ['RemoteDependencyData', dependencyRow],
  ['ExceptionData', exceptionRow],
  ['MessageData', traceRow],
  ['AvailabilityData', availabilityRow],
]);

const TAG_COLUMNS: Readonly<Record<string, string>> = {
  'ai.cloud.role': 'AppRoleName',
  'ai.cloud.roleInstance': 'AppRoleInstance',
  'ai.operation.id': 'OperationId',
  'ai.operation.name': 'OperationName',
  'ai.operation.parentId': 'ParentId',
  'ai.operation.syntheticSource': 'SyntheticSource',
  'ai.session.id': 'SessionId',
  'ai.user.id': 'UserId',
  'ai.user.authUserId': 'UserAuthenticatedId',
  'ai.user.accountId': 'UserAccountId',
  'ai.device.model': 'ClientModel',
  'ai.device.osVersion': 'ClientOS',
  'ai.device.type': 'ClientType',
  'ai.internal.sdkVersion': 'SDKVersion',
};

function tagColumns(tags: Envelope['tags']): Record<string, Value> {
  const result: Record<string, Value> = { ClientIP: '0.0.0.0' };
  for (const [tag, column] of Object.entries(TAG_COLUMNS)) {
    const value = tags?.[tag];
    if (typeof value === 'string') {
      result[column] = value;
    }
  }
  const version = tags?.['ai.application.ver'];
  // The literal "unknown" is dropped at ingestion, so AppVersion stays empty (azure.md 3.2).
  result.AppVersion = typeof version === 'string' && version !== 'unknown' ? version : '';
  return result;
}

function commonColumns(envelope: Envelope, receipt: Receipt): Record<string, Value> {
  const sentMs = parseDatetime(envelope.time) ?? receipt.receivedMs;
  return {
    ...tagColumns(envelope.tags),
    TimeGenerated: sentMs < receipt.receivedMs - MAX_AGE_MS ? receipt.receivedMs : sentMs,
    ItemCount: Math.round(100 / (envelope.sampleRate ?? 100)),
    _TimeReceived: receipt.receivedMs,
    _BilledSize: receipt.bytes,
  };
}

function reasonOf(error: unknown): string {
  if (error instanceof z.ZodError) {
    return error.issues
      .map((issue) => `field '${issue.path.join('.')}': ${issue.message}`)
      .join('; ');
  }
  return error instanceof Error ? error.message : String(error);
}

/** Turns one item, as parsed from JSON, into a row, or says why not. Never throws for bad input. */
export function outcomeOf(item: unknown, receipt: Receipt): ItemOutcome {
  const parsed = envelopeSchema.safeParse(item);
  if (!parsed.success) {
    return { kind: 'refused', message: reasonOf(parsed.error) };
  }
  const envelope = parsed.data;
  if (envelope.iKey.toLowerCase() !== receipt.instrumentationKey.toLowerCase()) {
    return { kind: 'refused', message: 'Invalid instrumentation key' };
  }
  const mapper = MAPPERS.get(envelope.data.baseType);
  if (mapper === undefined) {
    return { kind: 'dropped' };
  }
  try {
    const { table, columns } = mapper(envelope.data.baseData);
    return {
      kind: 'row',
      row: { table, columns: { ...commonColumns(envelope, receipt), ...columns } },
    };
  } catch (error) {
    return { kind: 'refused', message: reasonOf(error) };
  }
}
