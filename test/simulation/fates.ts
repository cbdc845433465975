/** What becomes of one call of a port, drawn from the story's rates. */
import { RestError } from '@azure/core-rest-pipeline';
import { TABLES } from '../../src/adapters/store/names.ts';
import { AzureCallError } from '../../src/controller/ports/azure-errors.ts';
import { TelemetryError } from '../../src/controller/ports/telemetry.ts';
import { failure } from './cloud/tables.ts';
import type { Prng } from '../support/prng.ts';
import type { Outage, Rates } from './story/story.ts';

export type Family = 'store' | 'arm' | 'telemetry' | 'probe' | 'notice';

export interface Fate {
  readonly name: string;
  /** Time until the call has its effect, and from there until the worker has its answer. */
  readonly beforeMs: number;
  readonly afterMs: number;
  /** What the worker is told instead of the truth. */
  readonly error: Error | undefined;
  /** False: the call never reaches the other side. */
  readonly arrives: boolean;
  /** The process dies before it calls, or before it has its answer. */
  readonly crash: 'before' | 'after' | undefined;
  /** The answer was lost and the client sends the very same request again. */
  readonly resent: boolean;
}

export interface CallKind {
  readonly family: Family;
  readonly name: string;
  readonly write: boolean;
}

export interface FatesOptions {
  readonly prng: Prng;
  readonly rates: () => Rates;
  readonly outages: () => readonly Outage[];
  /** Milliseconds since the beginning of the story. */
  readonly elapsed: () => number;
}

const SECOND = 1_000;
/** The adapters abort a call to ARM after this, and one to the store. */
export const ARM_TIMEOUT_MS = 30 * SECOND;
export const STORE_TIMEOUT_MS = 10 * SECOND;
/**
 * The one call that a process makes for all its workers, which wait for it together. A worker that stands
 * still holds up nobody else, but here it would be the whole instance, for longer than one ever freezes
 * (`host.ts`): so this call ends as the adapter ends it, whatever becomes of the request.
 */
export const MAKE_TABLES = `create ${TABLES.releases}`;
/** What is outside of what anybody could promise: a request that is under way for longer than this. */
const AT_MOST_LATE_MS: Readonly<Record<string, number>> = {
  // "Not done" is believed two minutes after the claim's end, and nothing takes a request back.
  submitSwap: 150 * SECOND,
};

export function createFates(options: FatesOptions): (call: CallKind) => Fate {
  const { prng, elapsed } = options;

  return (call) => {
    const rates = options.rates();
    const base = plain(prng);
    const out = options
      .outages()
      .find(
        ({ of, fromMs, toMs }) => of === call.family && elapsed() >= fromMs && elapsed() < toMs,
      );
    if (out !== undefined) {
      return { ...base, name: 'outage', arrives: false, error: unreachable(call) };
    }
    if (prng.chance(rates.crash)) {
      const crash = prng.pick<'before' | 'after'>(['before', 'after']);
      return { ...base, name: `crash-${crash}`, crash, arrives: crash === 'after' };
    }
    if (prng.chance(rates.stall)) return stalled(prng, call, base);
    if (call.family === 'arm') return armFate(prng, rates, { call, base });
    if (call.family === 'store') return storeFate(prng, rates, { call, base });
    if (call.family === 'telemetry' && prng.chance(rates.telemetry)) return blind(prng, call, base);
    if (call.family === 'notice' && prng.chance(rates.notice)) return untold(prng, base);
    return base;
  };
}

function plain(prng: Prng): Fate {
  return {
    name: 'ok',
    beforeMs: prng.int(1, 200),
    // Mostly the worker goes on in the same moment; else others come in between effect and answer.
    afterMs: prng.chance(0.3) ? prng.int(1, 100) : 0,
    error: undefined,
    arrives: true,
    crash: undefined,
    resent: false,
  };
}

/** The machine stands still for a while, before the call or with the answer in hand. */
function stalled(prng: Prng, call: CallKind, base: Fate): Fate {
  const ms = prng.pick([20, 60, 150, 400, 900]) * SECOND;
  const isAnswer = prng.chance(0.5);
  if (call.name === MAKE_TABLES) {
    return { ...base, name: `late-${ms / SECOND}s`, beforeMs: ms, error: unreachable(call) };
  }
  if (isAnswer) return { ...base, name: `stall-after-${ms / SECOND}s`, afterMs: ms };
  const most = AT_MOST_LATE_MS[call.name] ?? ms;
  const beforeMs = Math.min(ms, most);
  return { ...base, name: `stall-before-${beforeMs / SECOND}s`, beforeMs };
}

interface Drawn {
  readonly call: CallKind;
  readonly base: Fate;
}

function armFate(prng: Prng, rates: Rates, { call, base }: Drawn): Fate {
  if (call.write && prng.chance(rates.armLate * 0.3)) {
    const lateMs = prng.pick([10, 45, 90, 200, 600]) * SECOND;
    const beforeMs = Math.min(lateMs, AT_MOST_LATE_MS[call.name] ?? lateMs);
    return { ...base, name: `late-${beforeMs / SECOND}s`, beforeMs, error: timeout(call) };
  }
  if (!prng.chance(rates.arm)) return base;
  switch (prng.int(1, 8)) {
    case 1:
    case 2:
      return { ...base, name: 'lost-before', arrives: false, error: timeout(call) };
    case 3:
    case 4:
      return { ...base, name: 'lost-after', error: timeout(call) };
    case 5:
      // A refused read rejects a release in preflight: too many would leave nothing to attack.
      if (call.write || prng.chance(0.1)) {
        return { ...base, name: 'refused', arrives: false, error: armError('refused', 403) };
      }
      return { ...base, name: 'busy', arrives: false, error: armError('busy', 409) };
    case 6:
      return { ...base, name: '500', arrives: prng.chance(0.5), error: armError('unknown', 500) };
    default:
      return { ...base, name: 'busy', arrives: false, error: armError('busy', 429) };
  }
}

function storeFate(prng: Prng, rates: Rates, { call, base }: Drawn): Fate {
  if (!prng.chance(rates.store)) return base;
  const before = { ...base, name: 'lost-before', arrives: false, error: unreachable(call) };
  if (!call.write)
    return prng.chance(0.5) ? before : { ...before, name: '503', error: serverBusy() };
  switch (prng.int(1, 6)) {
    case 1:
      return before;
    case 2:
      return { ...base, name: 'lost-after', error: unreachable(call) };
    case 3:
      return { ...base, name: 'resent', resent: true };
    case 4: {
      const beforeMs = prng.pick([15, 40]) * SECOND;
      return { ...base, name: `late-${beforeMs / SECOND}s`, beforeMs, error: unreachable(call) };
    }
    case 5:
      return { ...before, name: '503', error: serverBusy() };
    default:
      // Somebody else came first and went again: the same answer as for a stale etag.
      return call.name === 'transact' ? { ...before, name: '412', error: conflict() } : before;
  }
}

function blind(prng: Prng, call: CallKind, base: Fate): Fate {
  const kind = prng.pick<'error' | 'partial' | 'throttled'>(['error', 'partial', 'throttled']);
  const error = new TelemetryError(kind, `${call.name}: telemetry is ${kind}`);
  return { ...base, name: kind, arrives: false, error };
}

/** The receiver is away, or its answer is lost. */
function untold(prng: Prng, base: Fate): Fate {
  const arrives = prng.chance(0.5);
  const error = new Error('the receiver did not answer');
  return { ...base, name: arrives ? 'lost-after' : 'lost-before', arrives, error };
}

function serverBusy(): Error {
  return new RestError('The server is busy.', { statusCode: 503, code: 'ServerBusy' });
}

function conflict(): Error {
  return failure(412, 'UpdateConditionNotSatisfied', 0);
}

function unreachable({ family, name }: CallKind): Error {
  if (family === 'store') return new RestError(`${name}: read ECONNRESET`, { code: 'ECONNRESET' });
  if (family === 'telemetry') return new TelemetryError('error', `${name}: telemetry is away`);
  return timeout({ name });
}

function timeout({ name }: Pick<CallKind, 'name'>): AzureCallError {
  const message = `${name}: no answer in ${ARM_TIMEOUT_MS / SECOND} s`;
  return new AzureCallError(message, { code: 'ETIMEDOUT', failure: 'unknown' });
}

const ARM_CODES = {
  busy: 'TooManyRequests',
  refused: 'AuthorizationFailed',
  unknown: 'InternalServerError',
} as const;

function armError(of: keyof typeof ARM_CODES, status: number): AzureCallError {
  const code = ARM_CODES[of];
  const failed = { code, failure: of, status, retryAfterMs: 5_000 };
  return new AzureCallError(`${code} by chance`, failed);
}
