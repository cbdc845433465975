import { TelemetryError } from '../../controller/ports/telemetry.ts';
import type { CountQuery } from '../../controller/ports/telemetry.ts';
import type { Tally } from '../../judge/types.ts';
import type { Metric } from '../../release/plan.ts';
import { checkWidth, shown, shownColumns } from './answers.ts';
import type { Table } from './answers.ts';
import { binsAtMost } from './count-query.ts';
import { kqlLiteral } from './kql-literal.ts';
import { isBinOf } from './mapping.ts';
import { time } from './query-parts.ts';

/**
 * A metric of the user's own: any KQL that gives one row a bin and version. It runs as a request of its
 * own, so it cannot change what Slipway asks; the query endpoint runs no control commands; and whoever
 * may start a release may ask the workspace what Slipway may.
 */
export type KqlMetric = Extract<Metric, { readonly kind: 'kql' }>;

/** What must come, in any order, and nothing else. */
const COLUMNS: ReadonlyMap<string, string> = new Map([
  ['Bin', 'datetime'],
  ['Version', 'string'],
  ['Requests', 'long'],
  ['Failures', 'long'],
]);
const WANTED = [...COLUMNS].map(([name, type]) => `${name}: ${type}`).join(', ');

/** A query may count every version there is; those that are not compared are left out of its answer. */
const VERSIONS_A_BIN = 20;

export function kqlMetrics(query: CountQuery): readonly KqlMetric[] {
  return (query.metrics?.more ?? []).filter((metric) => metric.kind === 'kql');
}

/** The names that a query can use, on one line, so that the user's text begins on line 2. */
function preamble(query: CountQuery): string {
  return [
    `let canary = ${kqlLiteral(query.canary)};`,
    `let baseline = ${kqlLiteral(query.baseline ?? '')};`,
    `let windowStart = ${time(query.fromMs)};`,
    `let windowEnd = ${time(query.toMs)};`,
    `let interval = ${query.intervalMs}ms;`,
  ].join(' ');
}

/** The user's text between Slipway's names and its limit of rows, each on lines of their own. */
export function kqlMetricQuery(metric: KqlMetric, query: CountQuery): string {
  const text = metric.query.trimEnd().replace(/;$/, '');
  return `${preamble(query)}\n${text}\n| take ${rowsAtMost(query) + 1}`;
}

function rowsAtMost(query: CountQuery): number {
  return VERSIONS_A_BIN * binsAtMost(query);
}

/** What the metric counted, by bin and version. */
export type KqlTallies = ReadonlyMap<string, KqlTally>;

interface KqlTally {
  readonly startMs: number;
  readonly version: string;
  readonly tally: Tally;
}

/** The key of a bin and version in `KqlTallies`. */
export function binKey(startMs: number, version: string): string {
  return `${startMs} ${version}`;
}

/** @throws TelemetryError `error` saying what of the answer is not as asked */
export function kqlTalliesOf(table: Table, metric: KqlMetric, query: CountQuery): KqlTallies {
  const wrong = (what: string): TelemetryError =>
    new TelemetryError('error', `the query of the metric "${metric.name}" answered ${what}`);
  const came = new Map(table.columns.map(({ name, type }) => [name, type]));
  const right = [...COLUMNS].every(([name, type]) => came.get(name) === type);
  if (!right || table.columns.length !== COLUMNS.size) {
    throw wrong(
      `the columns (${shownColumns(table)}); exactly (${WANTED}) must come: end it with | project Bin, Version, Requests, Failures, and use bin(TimeGenerated, interval) and tolong() where a type is another`,
    );
  }
  checkWidth(table);
  if (table.rows.length > rowsAtMost(query)) {
    throw wrong(
      `more than the ${rowsAtMost(query)} rows that ${VERSIONS_A_BIN} versions a bin can have; summarize by Bin and Version`,
    );
  }
  const at = (name: string): number => table.columns.findIndex((column) => column.name === name);
  const places = { bin: at('Bin'), version: at('Version'), n: at('Requests'), x: at('Failures') };
  const tallies = new Map<string, KqlTally>();
  for (const row of table.rows) {
    const tally = tallyOf(row, places, query);
    if (typeof tally === 'string') throw wrong(tally);
    if (tally.version !== query.canary && tally.version !== query.baseline) continue;
    const key = binKey(tally.startMs, tally.version);
    if (tallies.has(key)) {
      throw wrong(
        `the bin ${new Date(tally.startMs).toISOString()} of version ${tally.version} twice; summarize by Bin and Version`,
      );
    }
    tallies.set(key, tally);
  }
  return tallies;
}

/** A row's counts, or what is wrong with it. */
function tallyOf(
  row: readonly unknown[],
  at: { readonly bin: number; readonly version: number; readonly n: number; readonly x: number },
  query: CountQuery,
): KqlTally | string {
  const [bin, version, n, x] = [row[at.bin], row[at.version], row[at.n], row[at.x]];
  // A null datetime comes as 1970 (azure.md 2), which is in no window.
  const startMs = bin instanceof Date ? bin.getTime() : NaN;
  if (!isBinOf(startMs, query)) {
    return `the Bin ${shown(bin)}, which is not one of ${query.intervalMs / 1_000} s, counted from 1970, between windowStart and windowEnd; use bin(TimeGenerated, interval), or bin_at(TimeGenerated, interval, datetime(1970-01-01)) for an interval that does not divide a day`;
  }
  if (typeof version !== 'string') return `the Version ${shown(version)}, no text`;
  if (!isCount(n)) return `Requests of ${shown(n)}; it must be a whole number from 0 on`;
  if (!isCount(x)) return `Failures of ${shown(x)}; it must be a whole number from 0 on`;
  if (x > n) {
    return `${x} Failures of ${n} Requests; a failure must be one of the requests`;
  }
  return { startMs, version, tally: { n, x: [x] } };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
