import {
  ForbiddenError,
  type Problem,
  RefusedError,
  SlipwayError,
  TooManyRequestsError,
} from '../release/errors.ts';
import type { Release } from '../release/release.ts';
import type { ErrorAnswer } from './contract.ts';
import type { Links } from './links.ts';
import { releaseView } from './release-view.ts';

/** An HTTP answer, whatever library sends it. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Code of an error to HTTP status. Other refusals are 409; whatever else is missing here is 500. */
export const STATUS_OF_CODE = {
  'invalid-input': 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  refused: 409,
  'sequence-moved-on': 409,
  'key-used': 409,
  'app-busy': 409,
  conflict: 409,
  'too-large': 413,
  'not-json': 415,
  'too-many-requests': 429,
  settings: 500,
  internal: 500,
  'store-unavailable': 503,
  'not-built': 503,
} as const satisfies Readonly<Record<string, number>>;

const RETRY_AFTER_SECONDS = '10';

/**
 * The answer to an error. Our own mistakes say nothing of themselves, only where their log is: their
 * message may hold what a caller must not see.
 */
export function errorAnswer(
  error: unknown,
  at: { readonly links: Links; readonly invocationId: string },
): Answer {
  const known = error instanceof SlipwayError ? statusOf(error) : undefined;
  if (!(error instanceof SlipwayError) || known === undefined) {
    const message = `Slipway failed; its log says why, under invocation ${at.invocationId}`;
    return { status: 500, body: errorBody({ code: 'internal', message, details: [] }) };
  }
  const release = releaseOf(error);
  const body: ErrorAnswer = {
    ...errorBody(error),
    ...(release === undefined ? {} : { release: releaseView(release, at.links) }),
  };
  return { status: known, body, headers: retryHeaders(known, error) };
}

function retryHeaders(status: number, error: SlipwayError): Readonly<Record<string, string>> {
  if (error instanceof TooManyRequestsError) {
    return { 'retry-after': String(Math.ceil(error.retryAfterMs / 1_000)) };
  }
  return status === 503 ? { 'retry-after': RETRY_AFTER_SECONDS } : {};
}

/** A start that found the app busy: refused, and kept as a rejected release that can be looked at. */
export function appBusyAnswer(release: Release, links: Links): Answer {
  const body: ErrorAnswer = {
    ...errorBody({ code: 'app-busy', message: release.message, details: [] }),
    release: releaseView(release, links),
  };
  return { status: 409, body, headers: { location: links.release(release.id) } };
}

/** Trying again cannot help: the input itself is wrong, or it is refused for good. */
export function isFinal(error: unknown): error is SlipwayError {
  return (
    error instanceof SlipwayError &&
    (error.code === 'invalid-input' ||
      error instanceof RefusedError ||
      error instanceof ForbiddenError)
  );
}

/** It passes by itself: storage is away, or others were faster. However long that takes, a start waits. */
export function passesByItself(error: unknown): boolean {
  if (!(error instanceof SlipwayError)) return false;
  if (error.code === 'conflict') return true;
  return error.code === 'store-unavailable' && 'transient' in error && error.transient === true;
}

/** The setting problems of an app that could not be composed. */
export function settingProblems(error: unknown): readonly Problem[] | undefined {
  return error instanceof SlipwayError && error.code === 'settings' ? error.details : undefined;
}

/** Undefined: our own mistake. */
function statusOf(error: SlipwayError): number | undefined {
  if (error.code === 'internal') return undefined;
  const known = Object.entries(STATUS_OF_CODE).find(([code]) => code === error.code);
  return known?.[1] ?? (error instanceof RefusedError ? 409 : undefined);
}

function errorBody(error: {
  readonly code: string;
  readonly message: string;
  readonly details: readonly Problem[];
}): ErrorAnswer {
  const { code, message, details } = error;
  return { error: { code, message, ...(details.length === 0 ? {} : { details }) } };
}

/** Refusals of the controller carry the release that refused; its classes are not known here. */
function releaseOf(error: SlipwayError): Release | undefined {
  return carriesRelease(error) ? error.release : undefined;
}

function carriesRelease(
  error: SlipwayError,
): error is RefusedError & { readonly release: Release } {
  return (
    error instanceof RefusedError &&
    'release' in error &&
    typeof error.release === 'object' &&
    error.release !== null
  );
}
