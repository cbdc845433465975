/** The inner reason of an answer, as Log Analytics nests it (azure.md section 2). */
export interface InnerError {
  readonly code: string;
  readonly message: string;
  readonly innererror?: InnerError;
  readonly line?: number;
  readonly pos?: number;
}

interface QueryErrorOptions {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly inner?: InnerError;
  readonly retryAfterSeconds?: number;
  readonly cause?: unknown;
}

/** An answer other than 200: `status` is HTTP's, `code` and `inner` go into the error envelope. */
export class QueryError extends Error {
  override readonly name = 'QueryError';
  readonly status: number;
  readonly code: string;
  readonly inner: InnerError | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(options: QueryErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.status = options.status;
    this.code = options.code;
    this.inner = options.inner;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** 400 BadArgumentError with its inner reason. */
export function badArgument(inner: InnerError, cause?: unknown): QueryError {
  return new QueryError({
    status: 400,
    code: 'BadArgumentError',
    message: 'The request had some invalid properties',
    inner,
    cause,
  });
}

/** 400 SemanticError, the shape of a query that parses and cannot be run. */
export function semanticError(code: string, message: string): QueryError {
  return badArgument({
    code: 'SemanticError',
    message: 'A semantic error occurred.',
    innererror: { code, message },
  });
}

/** 400 for KQL that Azure would run and this interpreter does not; `what` names the operator or function. */
export function unsupported(what: string, position: number): QueryError {
  return semanticError(
    'LocalUnsupported',
    `The local Log Analytics does not execute ${what} (at character ${String(position)} of the query). ` +
      'Azure would; write the query with the operators and functions that src/local/log-analytics/kql interprets, or add it there.',
  );
}
