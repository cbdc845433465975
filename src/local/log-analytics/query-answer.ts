import type { HttpAnswer } from './http.ts';
import type { QueryError } from './kql/query-error.ts';
import type { Relation } from './kql/relation.ts';
import { renderValue } from './kql/values.ts';
import type { Value } from './kql/values.ts';

/** Rows of one answer; beyond them Log Analytics answers with a partial result. */
export const MAX_RESULT_ROWS = 500_000;

/** What an answer is made of besides its rows. */
export interface AnswerOptions {
  readonly executionSeconds: number;
  readonly includeStatistics: boolean;
  /** At most this many rows; fewer rows than there are make the answer partial. */
  readonly maxRows: number;
}

function partialError(limit: number): unknown {
  return {
    code: 'PartialError',
    message: 'There were some errors when processing your query.',
    details: [
      {
        code: 'EngineError',
        message: 'Something went wrong processing your query on the server.',
        innererror: {
          code: '-2133196797',
          message: `Query result set has exceeded the internal record count limit ${String(limit)} (E_QUERY_RESULT_SET_TOO_LARGE; see https://aka.ms/kustoquerylimits)`,
          severity: 2,
          severityName: 'Error',
        },
      },
    ],
  };
}

function renderRows(relation: Relation, maxRows: number): Value[][] {
  return relation.rows
    .slice(0, maxRows)
    .map((row) => relation.columns.map((column) => renderValue(column.read(row), column.type)));
}

/** 200 with the table, in the shape of azure.md section 2; partial when rows were left out. */
export function tableAnswer(relation: Relation, options: AnswerOptions): HttpAnswer {
  const table = {
    name: 'PrimaryResult',
    columns: relation.columns.map(({ name, type }) => ({ name, type })),
    rows: renderRows(relation, options.maxRows),
  };
  const statistics = {
    query: {
      executionTime: options.executionSeconds,
      datasetStatistics: [{ table_row_count: table.rows.length }],
    },
  };
  const isPartial = relation.rows.length > options.maxRows;
  return {
    status: 200,
    body: {
      tables: [table],
      ...(options.includeStatistics ? { statistics } : {}),
      ...(isPartial ? { error: partialError(options.maxRows) } : {}),
    },
  };
}

/** The error envelope of Log Analytics: `{error: {message, code, correlationId, innererror}}`. */
export function errorAnswer(error: QueryError, correlationId: string): HttpAnswer {
  const headers: Record<string, string> =
    error.retryAfterSeconds === undefined ? {} : { 'retry-after': String(error.retryAfterSeconds) };
  return {
    status: error.status,
    headers,
    body: {
      error: {
        message: error.message,
        code: error.code,
        correlationId,
        ...(error.inner === undefined ? {} : { innererror: error.inner }),
      },
    },
  };
}
