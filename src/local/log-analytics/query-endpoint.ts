import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { HttpAnswer } from './http.ts';
import { QueryError, badArgument } from './kql/query-error.ts';
import type { QueryEngine } from './kql/run-query.ts';
import type { Relation } from './kql/relation.ts';
import { MAX_RESULT_ROWS, errorAnswer, tableAnswer } from './query-answer.ts';
import type { TimeRange } from './row-store.ts';
import { isTableName } from './schema.ts';
import type { TableName } from './schema.ts';
import { parseTimespanOfRequest } from './timespan.ts';

const queryBodySchema = z.object({
  query: z.string(),
  timespan: z.string().nullish(),
  workspaces: z.array(z.string()).nullish(),
});

const batchBodySchema = z.object({
  requests: z
    .array(
      z.object({
        id: z.string(),
        workspace: z.string(),
        headers: z.record(z.string(), z.string()).nullish(),
        body: z.unknown(),
      }),
    )
    // Log Analytics' own limit of queries in a batch.
    .max(100),
});

/** A request that the query endpoint handles. */
export interface QueryRequest {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly prefer: string | undefined;
  readonly body: Buffer;
  /** A partial answer was asked for by a fault. */
  readonly partial: boolean;
}

/** One query that was asked, for looking at what clients do. */
export interface LoggedQuery {
  /** When it was asked, milliseconds since the epoch. */
  readonly atMs: number;
  readonly path: string;
  readonly query: string;
  readonly timespan: string | undefined;
  readonly status: number;
  readonly errorCode: string | undefined;
  /** Milliseconds that it took. */
  readonly tookMs: number;
}

interface QueryEndpointOptions {
  readonly workspaceId: string;
  readonly resourceId: string;
  readonly engine: QueryEngine;
  readonly now: () => number;
  readonly rows: (table: TableName, range: TimeRange, nowMs: number) => Relation;
  readonly logged: (query: LoggedQuery) => void;
}

/** `wait=30,include-statistics=true` as a map. */
export function parsePrefer(prefer: string | undefined): ReadonlyMap<string, string> {
  const parts = (prefer ?? '').split(',').map((part) => part.trim().split('='));
  return new Map(parts.map(([name = '', value = '']) => [name.toLowerCase(), value]));
}

function pathNotFound(what: string): QueryError {
  return new QueryError({
    status: 404,
    code: 'PathNotFoundError',
    message: `The requested path does not exist: ${what}`,
  });
}

function parseBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (!parsed.success) {
    const message = parsed.error.issues
      .map((issue) => `${issue.path.join('.')}: ${issue.message}`)
      .join('; ');
    throw badArgument({ code: 'InvalidBody', message }, parsed.error);
  }
  return parsed.data;
}

function parseJsonBody(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw badArgument({ code: 'InvalidBody', message: 'The body is not JSON.' }, error);
  }
}

interface OneQuery {
  readonly path: string;
  readonly body: unknown;
  readonly prefer: string | undefined;
  readonly partial: boolean;
}

/** The query endpoint without HTTP: workspace, resource and batch queries. */
export class QueryEndpoint {
  readonly #options: QueryEndpointOptions;

  constructor(options: QueryEndpointOptions) {
    this.#options = options;
  }

  /** Answers a request under `/v1/`; every error becomes its envelope. */
  answer(request: QueryRequest): HttpAnswer {
    try {
      this.#authenticate(request.authorization);
      if (request.path === '/v1/$batch') {
        return this.#batch(request);
      }
      const target = /^\/v1\/(.+)\/query$/.exec(request.path)?.[1];
      if (target === undefined) {
        throw pathNotFound(request.path);
      }
      this.#checkTarget(target);
      return this.#one({ ...request, body: parseJsonBody(request.body) });
    } catch (error) {
      return this.#failure(error);
    }
  }

  #authenticate(authorization: string | undefined): void {
    if (!/^Bearer \S+$/.test(authorization ?? '')) {
      throw new QueryError({
        status: 401,
        code: 'AuthenticationFailed',
        message:
          "Authentication failed. The 'Authorization' header with a bearer token is missing.",
      });
    }
  }

  /** A workspace by its id, or the component, or anything above the component. */
  #checkTarget(target: string): void {
    const { workspaceId, resourceId } = this.#options;
    const lower = target.toLowerCase();
    const isWorkspace = lower === `workspaces/${workspaceId.toLowerCase()}`;
    const holdsResource = `${resourceId.toLowerCase()}/`.startsWith(`/${lower}/`);
    if (!isWorkspace && !(lower.startsWith('subscriptions/') && holdsResource)) {
      throw pathNotFound(target);
    }
  }

  #one(request: OneQuery): HttpAnswer {
    const { now, engine, rows, logged } = this.#options;
    const nowMs = now();
    const startedMs = performance.now();
    const { query, timespan, workspaces } = parseBody(queryBodySchema, request.body);
    const finish = (answer: HttpAnswer, errorCode?: string): HttpAnswer => {
      logged({
        atMs: nowMs,
        path: request.path,
        query,
        timespan: timespan ?? undefined,
        status: answer.status,
        errorCode,
        tookMs: performance.now() - startedMs,
      });
      return answer;
    };
    try {
      for (const other of workspaces ?? []) {
        this.#checkTarget(`workspaces/${other}`);
      }
      const range = parseTimespanOfRequest(timespan ?? undefined, nowMs);
      const result = engine.run(query, {
        nowMs,
        table: (name) => (isTableName(name) ? rows(name, range, nowMs) : undefined),
      });
      return finish(
        tableAnswer(result, {
          executionSeconds: (performance.now() - startedMs) / 1000,
          includeStatistics: parsePrefer(request.prefer).get('include-statistics') === 'true',
          maxRows: request.partial ? Math.floor(result.rows.length / 2) : MAX_RESULT_ROWS,
        }),
        request.partial ? 'PartialError' : undefined,
      );
    } catch (error) {
      return finish(this.#failure(error), error instanceof QueryError ? error.code : 'internal');
    }
  }

  #batch(request: QueryRequest): HttpAnswer {
    const { requests } = parseBody(batchBodySchema, parseJsonBody(request.body));
    const responses = requests.map(({ id, workspace, headers, body }) => {
      const answer = this.#batchItem({
        path: `workspaces/${workspace}`,
        body,
        prefer: headers?.Prefer ?? headers?.prefer,
        partial: request.partial,
      });
      return {
        id,
        status: answer.status,
        headers: { 'Content-Type': 'application/json', ...answer.headers },
        body: answer.body,
      };
    });
    return { status: 200, body: { responses } };
  }

  #batchItem(item: OneQuery): HttpAnswer {
    try {
      this.#checkTarget(item.path);
      return this.#one(item);
    } catch (error) {
      return this.#failure(error);
    }
  }

  #failure(error: unknown): HttpAnswer {
    if (error instanceof QueryError) {
      return errorAnswer(error, randomUUID());
    }
    const internal = new QueryError({
      status: 500,
      code: 'InternalServerError',
      message: error instanceof Error ? error.message : String(error),
    });
    return errorAnswer(internal, randomUUID());
  }
}
