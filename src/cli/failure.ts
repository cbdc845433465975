/** What a command says when it fails, and with which exit code. */
import { CommanderError } from 'commander';

import { InvalidInputError, SlipwayError } from '../release/errors.ts';
import { ApiError } from './api-client.ts';
import { EXIT } from './exit-codes.ts';
import { FileError } from './file-error.ts';
import { powerless } from './look.ts';

/** Lines enough to see what is wrong; a file of another kind has a problem on each of its lines. */
const PROBLEMS_TOLD = 100;

/** Ends the process as failed, when it has written what it has to write. */
export function fail(error: unknown): void {
  if (error instanceof CommanderError) {
    // Commander has said what is wrong; help that was asked for is no failure.
    process.exitCode = error.exitCode === 0 ? EXIT.good : EXIT.usage;
    return;
  }
  tell(error);
  const isUsage = error instanceof InvalidInputError || error instanceof FileError;
  process.exitCode = isUsage ? EXIT.usage : EXIT.unknown;
}

/**
 * For commands that ask for something to be done: a refusal is an answer, exit code 1, and what Slipway does
 * not understand is wrong usage, 2. What could not be asked, or failed over there, stays 3.
 */
export function refusable<Args extends readonly unknown[]>(
  action: (...args: Args) => Promise<void>,
): (...args: Args) => Promise<void> {
  return async (...args) => {
    try {
      await action(...args);
    } catch (error) {
      if (!(error instanceof ApiError) || !REFUSED(error.status)) throw error;
      tell(error);
      process.exitCode = error.status === 400 ? EXIT.usage : EXIT.bad;
    }
  };
}

/** 408 and 429 are no answer yet. */
const REFUSED = (status: number): boolean =>
  status >= 400 && status < 500 && status !== 408 && status !== 429;

function tell(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  if (process.argv.includes('--json')) console.log(JSON.stringify(asJson(error, message)));
  console.error(`slipway: ${powerless(error instanceof SlipwayError ? listed(error) : message)}`);
}

/** As the API tells an error. */
function asJson(error: unknown, message: string): object {
  const code = error instanceof SlipwayError ? error.code : 'internal';
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
