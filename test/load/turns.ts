/** What one span of ticking amounts to: rates, durations, lag behind the clock, requests per tick. */
import { percentile, ticksOf, type Span } from './meter.ts';

export interface TickFigures {
  readonly active: number;
  readonly seconds: number;
  /** Turns of the clock in the span. */
  readonly turns: number;
  readonly ticks: number;
  readonly failedTicks: number;
  /** Ticks that the releases were due for: one each turn. */
  readonly askedPerSecond: number;
  readonly ticksPerSecond: number;
  /** While a turn was being worked off: what the machine can do. */
  readonly busyTicksPerSecond: number;
  readonly tickMs: Percentiles;
  /** From the clock's turn to the start of a tick. */
  readonly lagMs: Percentiles;
  /** From the clock's turn to the end of its last tick. */
  readonly turnSeconds: { readonly median: number; readonly most: number };
  /** What the clock itself takes: reading `due`, sending ticks. */
  readonly clockSeconds: number;
  readonly tableRequestsPerTick: number;
  readonly queueRequestsPerTick: number;
  readonly hostCores: number;
  readonly loopDelayMs: number;
}

export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
}

export function percentiles(values: readonly number[]): Percentiles {
  return { p50: percentile(values, 0.5), p99: percentile(values, 0.99) };
}

export function tickFigures(span: Span, active: number): TickFigures {
  const ticks = ticksOf(span);
  const clocks = span.invocations
    .filter(({ name }) => name === 'clock')
    .sort((one, other) => one.atMs - other.atMs);
  const turns = clocks.map(({ atMs }, index) => {
    const nextMs = clocks[index + 1]?.atMs ?? Infinity;
    const own = ticks.filter((tick) => tick.atMs >= atMs && tick.atMs < nextMs);
    const endMs = Math.max(atMs, ...own.map((tick) => tick.atMs + tick.tookMs));
    return { ticks: own.length, ms: endMs - atMs, lags: own.map((tick) => tick.atMs - atMs) };
  });
  const busyMs = turns.reduce((sum, { ms }) => sum + ms, 0);
  const inTurns = turns.reduce((sum, turn) => sum + turn.ticks, 0);
  const each = Math.max(1, ticks.length);
  return {
    active,
    seconds: span.seconds,
    turns: turns.length,
    ticks: ticks.length,
    failedTicks: ticks.filter(({ failed }) => failed === true).length,
    askedPerSecond: (active * turns.length) / Math.max(1, span.seconds),
    ticksPerSecond: ticks.length / Math.max(1, span.seconds),
    busyTicksPerSecond: busyMs === 0 ? 0 : inTurns / (busyMs / 1_000),
    tickMs: percentiles(ticks.map(({ tookMs }) => tookMs)),
    lagMs: percentiles(turns.flatMap(({ lags }) => lags)),
    turnSeconds: {
      median: percentile(
        turns.map(({ ms }) => ms / 1_000),
        0.5,
      ),
      most: Math.max(0, ...turns.map(({ ms }) => ms / 1_000)),
    },
    clockSeconds: percentile(
      clocks.map(({ tookMs }) => tookMs / 1_000),
      0.5,
    ),
    tableRequestsPerTick: span.requests.table / each,
    queueRequestsPerTick: span.requests.queue / each,
    hostCores: span.hostCores,
    loopDelayMs: span.loopDelayMs,
  };
}
