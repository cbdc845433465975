/** What a command says when it fails, and with which exit code. */
import { CommanderError } from 'commander';

import { InvalidInputError, SlipwayError } from '../release/errors.ts';
import { ApiError } from './api-client.ts';
import { EXIT } from './exit-codes.ts';
import { FileError } from './file-error.ts';
import { powerless } from './look.ts';
import { plainly, usage, UsageError } from './usage.ts';
import { WITHOUT_SLIPWAY } from './what-next.ts';

/** Lines enough to see what is wrong; a file of another kind has a problem on each of its lines. */
const PROBLEMS_TOLD = 100;

/** What was sent cannot be used: input that is not valid, or too large. */
const WRONG_INPUT: readonly number[] = [400, 413, 415];

/** What answers "no" to an order: who asks may not give it, or it cannot be done as things stand. */
export const NO_TO_ORDER = [403, 409] as const;
/** What answers "no" to a question. Whoever may not ask it knows nothing: that is no answer. */
export const NO_TO_QUESTION = [409] as const;

/**
 * Nothing is refused where nobody knows who asks (401), where there is no such thing (404), or where something
 * in front of Slipway answers: then nobody can tell.
 * @param no statuses by which Slipway says no to this command
 */
export function exitCodeOf(error: unknown, no: readonly number[] = []): number {
  if (error instanceof ApiError) {
    // A stopped function app answers 403 too, and a gateway may answer anything.
    const status = error.code === 'no-slipway' ? undefined : error.status;
    if (status !== undefined && WRONG_INPUT.includes(status)) return EXIT.usage;
    return status !== undefined && no.includes(status) ? EXIT.bad : EXIT.unknown;
  }
  // Help that was asked for is no failure.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.good : EXIT.usage;
  const isUsage = [UsageError, InvalidInputError, FileError].some((kind) => error instanceof kind);
  return isUsage ? EXIT.usage : EXIT.unknown;
}

/** Ends the process as failed, when it has written what it has to write. */
export function fail(error: unknown): void {
  process.exitCode = exitCodeOf(error);
  if (!(error instanceof CommanderError)) tell(error);
  // Commander has told people what is wrong.
  else if (error.exitCode !== 0) tellMachine(usage(plainly(error.message).replace(/^error: /, '')));
}

/**
 * For commands that ask for something to be done: a refusal is an answer, and ends with 1.
 * @returns what the action gave; undefined: it was refused, and that has been told
 */
export function refusable<Args extends readonly unknown[], T>(
  action: (...args: Args) => Promise<T>,
  no: readonly number[] = NO_TO_ORDER,
): (...args: Args) => Promise<T | undefined> {
  return async (...args) => {
    try {
      return await action(...args);
    } catch (error) {
      if (exitCodeOf(error, no) !== EXIT.bad) throw error;
      tell(error);
      process.exitCode = EXIT.bad;
      return undefined;
    }
  };
}

function tell(error: unknown): void {
  tellMachine(error);
  const text = error instanceof SlipwayError ? listed(error) : messageOf(error);
  console.error(`slipway: ${powerless(text)}`);
  // Whoever wants to stop a release must not be left with a Slipway that is away.
  if (error instanceof SlipwayError && error.code === 'unreachable') {
    console.error(`slipway: ${WITHOUT_SLIPWAY}`);
  }
}

function tellMachine(error: unknown): void {
  if (process.argv.includes('--json')) console.log(JSON.stringify(asJson(error)));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** As the API tells an error. */
function asJson(error: unknown): object {
  const code = error instanceof SlipwayError ? error.code : 'internal';
  const message = messageOf(error);
  const details = error instanceof SlipwayError && error.details.length > 0 ? error.details : [];
  const release = error instanceof ApiError ? error.release : undefined;
  return {
    error: { code, message, ...(details.length === 0 ? {} : { details }) },
    ...(release === undefined ? {} : { release }),
  };
}

/** Several problems: one a line. */
function listed(error: SlipwayError): string {
  const { message, details } = error;
  if (details.length < 2) return message;
  const lines = details
    .slice(0, PROBLEMS_TOLD)
    .map((one) => (one.path === '' ? one.message : `${one.path}: ${one.message}`));
  const left = details.length - lines.length;
  const more = left === 0 ? [] : [`and ${left} more`];
  const title = error instanceof InvalidInputError ? `${error.what} is not valid` : error.code;
  return [`${title}:`, ...lines, ...more].join('\n  ');
}
