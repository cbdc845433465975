/** What becomes of one call of a port, drawn from the story's rates. */
import { AzureCallError } from '../../../src/controller/ports/azure-errors.ts';
import {
  ConflictError,
  StoreUnavailableError,
} from '../../../src/controller/ports/store-errors.ts';
import { TelemetryError } from '../../../src/controller/ports/telemetry.ts';
import type { Prng } from './prng.ts';
import type { Outage, Rates } from './story.ts';

export type Family = 'store' | 'arm' | 'telemetry' | 'probe';

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
  readonly outages: readonly Outage[];
  /** Milliseconds since the beginning of the story. */
  readonly elapsed: () => number;
}

const SECOND = 1_000;
/** The adapters abort a call to ARM after this. */
export const ARM_TIMEOUT_MS = 30 * SECOND;
/** What is outside of what anybody could promise: a request that is under way for longer than this. */
const AT_MOST_LATE_MS: Readonly<Record<string, number>> = {
  // "Not done" is believed two minutes after the claim's end, and nothing takes a request back.
  submitSwap: 90 * SECOND,
  // A hint without its release goes after ten minutes.
  create: 400 * SECOND,
};

export function createFates(options: FatesOptions): (call: CallKind) => Fate {
  const { prng, outages, elapsed } = options;

  return (call) => {
    const rates = options.rates();
    const base = plain(prng);
    const out = outages.find(
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
    if (call.family === 'telemetry' && prng.chance(rates.telemetry)) {
      return { ...base, name: 'error', arrives: false, error: unreachable(call) };
    }
    return base;
  };
}

function plain(prng: Prng): Fate {
  return {
    name: 'ok',
    beforeMs: prng.int(1, 200),
    afterMs: prng.int(1, 100),
    error: undefined,
    arrives: true,
    crash: undefined,
    resent: false,
  };
}

/** The machine stands still for a while, before the call or with the answer in hand. */
function stalled(prng: Prng, call: CallKind, base: Fate): Fate {
  const ms = prng.pick([20, 60, 150, 400, 900]) * SECOND;
  if (prng.chance(0.5)) return { ...base, name: `stall-after-${ms / SECOND}s`, afterMs: ms };
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
  switch (prng.int(1, 7)) {
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
    default:
      return { ...base, name: 'busy', arrives: false, error: armError('busy', 429) };
  }
}

function storeFate(prng: Prng, rates: Rates, { call, base }: Drawn): Fate {
  if (!prng.chance(rates.store)) return base;
  const before = { ...base, name: 'lost-before', arrives: false, error: unreachable(call) };
  if (!call.write) return before;
  switch (prng.int(1, 4)) {
    case 1:
      return before;
    case 2:
      return { ...base, name: 'lost-after', error: unreachable(call) };
    case 3:
      return call.name === 'commit' ? { ...base, name: 'resent', resent: true } : before;
    default:
      return call.name === 'commit'
        ? { ...base, name: 'conflict', arrives: false, error: new ConflictError('by chance') }
        : before;
  }
}

function unreachable({ family, name }: CallKind): Error {
  if (family === 'store') return new StoreUnavailableError(`${name}: storage is away`);
  if (family === 'telemetry') return new TelemetryError('error', `${name}: telemetry is away`);
  return timeout({ name });
}

function timeout({ name }: Pick<CallKind, 'name'>): AzureCallError {
  const message = `${name}: no answer in ${ARM_TIMEOUT_MS / SECOND} s`;
  return new AzureCallError(message, { code: 'ETIMEDOUT', failure: 'unknown' });
}

function armError(failure: 'busy' | 'refused', status: number): AzureCallError {
  const code = failure === 'busy' ? 'TooManyRequests' : 'AuthorizationFailed';
  return new AzureCallError(`${code} by chance`, { code, failure, status, retryAfterMs: 5_000 });
}
