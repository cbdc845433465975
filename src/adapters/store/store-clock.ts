import type { PipelinePolicy } from '@azure/core-rest-pipeline';

import type { Clock } from '../../controller/ports/clock.ts';

/** This machine's two clocks, in milliseconds. */
export interface LocalClocks {
  /** Time of day; somebody may set it. */
  wallMs(): number;
  /** Never set, but its zero means nothing. */
  monotonicMs(): number;
}

/** One answer of the store, with when it was asked for and received on the monotonic clock. */
export interface DatedAnswer {
  /** The Date header: whole seconds. */
  readonly dateMs: number;
  readonly sentMs: number;
  readonly receivedMs: number;
}

export interface StoreClock extends Clock {
  /** Reads the Date header of each answer; goes into the pipeline of the table clients, per retry. */
  readonly policy: PipelinePolicy;
  observe(answer: DatedAnswer): void;
}

/** Where (store time - monotonic time) lies, known at monotonic time `at`. */
interface Bounds {
  readonly low: number;
  readonly high: number;
  readonly at: number;
}

const DATE_RESOLUTION_MS = 1_000;
/**
 * An answer that took longer than any call may (connect.ts: 10 s) says little: the process stood still.
 * With a wrong local clock it would put the time that much ahead, for as long, since it never goes back.
 */
const SLOWEST_ANSWER_MS = 10_000;
/** A monotonic clock runs wrong by less than this; the bounds widen by it as they age. */
const DRIFT = 200e-6;

const MACHINE: LocalClocks = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};

/**
 * Time by the store's clock. Each Date header says: the store's time was within one second, at some
 * moment between request and answer. All headers together bound the offset. Within the bounds the local
 * clock is believed, so a right one is used at full resolution; outside, the nearest bound counts.
 * Before the first answer it is the local clock; making the tables at the start gives that answer.
 */
export function createStoreClock(local: LocalClocks = MACHINE): StoreClock {
  let bounds: Bounds | undefined;
  let jump: Bounds | undefined;
  let newest = -Infinity;

  const offsets = (): { wall: number; store: number; monotonicMs: number } => {
    const monotonicMs = local.monotonicMs();
    const wall = local.wallMs() - monotonicMs;
    if (bounds === undefined) return { wall, store: wall, monotonicMs };
    const { low, high } = aged(bounds, monotonicMs);
    return { wall, store: Math.min(Math.max(wall, low), high), monotonicMs };
  };

  const observe = (answer: DatedAnswer): void => {
    if (answer.receivedMs - answer.sentMs > SLOWEST_ANSWER_MS) return;
    const fresh: Bounds = {
      low: answer.dateMs - answer.receivedMs,
      high: answer.dateMs + DATE_RESOLUTION_MS - answer.sentMs,
      at: answer.receivedMs,
    };
    const known = bounds && common(bounds, fresh);
    if (bounds === undefined || known !== undefined) {
      bounds = known ?? fresh;
      jump = undefined;
      return;
    }
    // A clock has jumped, or one answer was wrong: two answers that agree are believed.
    const agreed = jump && common(jump, fresh);
    if (agreed !== undefined) bounds = agreed;
    jump = agreed === undefined ? fresh : undefined;
  };

  return {
    now() {
      const { store, monotonicMs } = offsets();
      const now = Math.floor(store + monotonicMs);
      if (bounds === undefined) return now;
      newest = Math.max(newest, now);
      return newest;
    },
    skewMs() {
      if (bounds === undefined) return undefined;
      const { wall, store } = offsets();
      return Math.round(wall - store);
    },
    observe,
    policy: datePolicy(local, observe),
  };
}

function datePolicy(local: LocalClocks, observe: (answer: DatedAnswer) => void): PipelinePolicy {
  return {
    name: 'storeClockPolicy',
    async sendRequest(request, next) {
      const sentMs = local.monotonicMs();
      const response = await next(request);
      const receivedMs = local.monotonicMs();
      const dateMs = Date.parse(response.headers.get('date') ?? '');
      // Only what storage itself answered: a proxy's error page has another clock.
      const isStorage = response.headers.get('x-ms-request-id') !== undefined;
      if (isStorage && !Number.isNaN(dateMs)) observe({ dateMs, sentMs, receivedMs });
      return response;
    },
  };
}

function aged(bounds: Bounds, monotonicMs: number): Bounds {
  const slack = Math.max(0, monotonicMs - bounds.at) * DRIFT;
  return { low: bounds.low - slack, high: bounds.high + slack, at: monotonicMs };
}

/** What both allow, at the later of their times; undefined when they exclude each other. */
function common(older: Bounds, newer: Bounds): Bounds | undefined {
  const known = aged(older, newer.at);
  const low = Math.max(known.low, newer.low);
  const high = Math.min(known.high, newer.high);
  return low > high ? undefined : { low, high, at: newer.at };
}
