/** The calls of App Service as they arrived, and the faults that they meet. */
import { AzureCallError } from '../../src/controller/ports/azure-errors.ts';
import type { Rule } from '../../src/release/azure-facts.ts';

export type AppServiceCall =
  | 'readSite'
  | 'readContent'
  | 'readSwapSettings'
  | 'readRules'
  | 'writeRules'
  | 'submitSwap'
  | 'pollSwap'
  | 'readTags'
  | 'mergeTags';

/** One call as it arrived, reads included. */
export interface LoggedCall {
  readonly atMs: number;
  readonly call: AppServiceCall;
  /** `ok`, or the error's code. A write that was done and whose answer was lost has `lost`. */
  readonly outcome: string;
  /** The list that was written. */
  readonly rules?: readonly Rule[];
}

export interface CallFault {
  readonly call: AppServiceCall;
  /** The connection breaks `before` or `after` the call has its effect; or Azure answers this error. */
  readonly how: 'before' | 'after' | AzureCallError;
  /** How many calls it meets, in a row. Default 1. */
  readonly times?: number;
}

export interface CallLog {
  readonly log: LoggedCall[];
  readonly faults: { readonly fault: CallFault; left: number }[];
  run<T>(name: AppServiceCall, rules: readonly Rule[] | undefined, effect: () => T): T;
}

export function createCallLog(now: () => number): CallLog {
  const calls: CallLog = {
    log: [],
    faults: [],
    run: (name, rules, effect) => {
      const how = takeFault(calls.faults, name);
      const written = rules === undefined ? {} : { rules: structuredClone(rules) };
      const log = (outcome: string): void => {
        calls.log.push({ atMs: now(), call: name, outcome, ...written });
      };
      try {
        if (how === 'before') throw connectionReset(name);
        if (how instanceof AzureCallError) throw how;
        const result = effect();
        log(how === 'after' ? 'lost' : 'ok');
        if (how !== 'after') return result;
      } catch (error) {
        log(error instanceof AzureCallError ? error.code : String(error));
        throw error;
      }
      throw connectionReset(name);
    },
  };
  return calls;
}

function takeFault(faults: CallLog['faults'], name: AppServiceCall): CallFault['how'] | undefined {
  const due = faults.find(({ fault, left }) => fault.call === name && left > 0);
  if (due === undefined) return undefined;
  due.left -= 1;
  return due.fault.how;
}

function connectionReset(name: AppServiceCall): AzureCallError {
  return new AzureCallError(`could not ${name}, Azure gave no answer: read ECONNRESET`, {
    code: 'ECONNRESET',
    failure: 'unknown',
  });
}
