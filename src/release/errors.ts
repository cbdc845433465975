import { redact } from './redact.ts';

/**
 * Base of every error of Slipway's own: a stable code for machines, a sentence for people. Sentences go to
 * logs, audit rows and callers, and repeat what others said: secrets are taken out here, once for all.
 */
export class SlipwayError extends Error {
  /** Stable, kebab-case; the API maps it to an HTTP status. */
  readonly code: string;
  /** Complete list of problems, where one sentence cannot hold them all. */
  readonly details: readonly Problem[];

  constructor(
    code: string,
    message: string,
    options: ErrorOptions & { details?: readonly Problem[] } = {},
  ) {
    super(redact(message), options);
    this.name = new.target.name;
    this.code = code;
    this.details = (options.details ?? []).map((problem) => ({
      ...problem,
      message: redact(problem.message),
    }));
  }
}

/** One thing that is wrong with an input, a setting or a target. */
export interface Problem {
  /** Where, as a path: `plan.steps[1].weight`. Empty for the input as a whole. */
  readonly path: string;
  readonly code: string;
  /** What is wrong, what the limit is, what to do. */
  readonly message: string;
}

/** The input cannot be accepted as it is; nothing was changed. */
export class InvalidInputError extends SlipwayError {
  /** What is not valid: a message, a file's name. */
  readonly what: string;

  constructor(what: string, details: readonly Problem[], options: ErrorOptions = {}) {
    const list = details.map(({ path, message }) =>
      path === '' ? message : `${path}: ${message}`,
    );
    super('invalid-input', `${what} is not valid: ${list.join('; ')}`, { ...options, details });
    this.what = redact(what);
  }
}

export class NotFoundError extends SlipwayError {
  constructor(message: string) {
    super('not-found', message);
  }
}

/** The command or start is understood and refused in the present state. HTTP 409. */
export class RefusedError extends SlipwayError {}

/** Who asks cannot be told: no proof of it came along, or one that is not right. HTTP 401. */
export class UnauthenticatedError extends SlipwayError {
  constructor(message: string, options: ErrorOptions = {}) {
    super('unauthenticated', message, options);
  }
}

/** Who asks is known and may not do this; asking again cannot help. HTTP 403. */
export class ForbiddenError extends SlipwayError {
  constructor(message: string, options: ErrorOptions = {}) {
    super('forbidden', message, options);
  }
}

/** Asked too often: nothing was done, and the same may be asked later. HTTP 429. */
export class TooManyRequestsError extends SlipwayError {
  readonly retryAfterMs: number;

  constructor(message: string, retryAfterMs: number) {
    super('too-many-requests', message);
    this.retryAfterMs = retryAfterMs;
  }
}

/** Our own mistake: a state that must never be. */
export class InternalError extends SlipwayError {
  constructor(message: string, options: ErrorOptions = {}) {
    super('internal', message, options);
  }
}
