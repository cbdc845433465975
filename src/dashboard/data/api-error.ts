/** What an answer that is no success means for the page. Pure. */
import type { ErrorAnswer, ProblemView, ReleaseView } from '../../api/contract.ts';

export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  /** `unreachable`: no answer at all. */
  readonly code: string;
  readonly details: readonly ProblemView[];
  /** With a refusal: where the release stands. */
  readonly release: ReleaseView | undefined;
  /** With a 401: how to become known. */
  readonly signIn: 'key' | 'entra' | undefined;

  constructor(
    message: string,
    facts: Pick<ApiError, 'status' | 'code'> &
      Partial<Pick<ApiError, 'details' | 'release' | 'signIn'>>,
  ) {
    super(message);
    this.status = facts.status;
    this.code = facts.code;
    this.details = facts.details ?? [];
    this.release = facts.release;
    this.signIn = facts.signIn;
  }
}

export interface FailedAnswer {
  readonly status: number;
  /** Header `www-authenticate`. */
  readonly challenge: string | null;
  readonly text: string;
}

export function errorOf(answer: FailedAnswer): ApiError {
  const { status } = answer;
  const body = parsed(answer.text);
  const told = body?.error;
  return new ApiError(told?.message ?? `Slipway answered ${status}.`, {
    status,
    code: told?.code ?? `http-${status}`,
    ...(told?.details === undefined ? {} : { details: told.details }),
    ...(body?.release === undefined ? {} : { release: body.release }),
    ...(status === 401 ? { signIn: wayIn(answer, told?.code) } : {}),
  });
}

/**
 * The functions host refuses a missing key without a body. Easy Auth challenges, or lets Slipway itself say
 * that nobody is signed in.
 */
function wayIn({ challenge }: FailedAnswer, code: string | undefined): 'key' | 'entra' {
  return challenge !== null || code === 'unauthenticated' ? 'entra' : 'key';
}

/** Slipway's own error; undefined: somebody before it answered. */
function parsed(text: string): ErrorAnswer | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isErrorAnswer(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isErrorAnswer(value: unknown): value is ErrorAnswer {
  if (typeof value !== 'object' || value === null || !('error' in value)) return false;
  const { error } = value;
  return typeof error === 'object' && error !== null && 'code' in error && 'message' in error;
}
