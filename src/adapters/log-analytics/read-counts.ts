import { TelemetryError } from '../../controller/ports/telemetry.ts';
import type { CountAnswer, CountQuery, CountRow } from '../../controller/ports/telemetry.ts';
import type { Tally } from '../../judge/types.ts';
import type { Problem } from '../../release/errors.ts';
import type { Table } from './answers.ts';
import { countQuery } from './count-query.ts';
import { binKey, kqlMetricQuery, kqlMetrics, kqlTalliesOf } from './kql-metric.ts';
import type { KqlMetric, KqlTallies } from './kql-metric.ts';
import { blamesQuery } from './logs-client.ts';
import { countAnswerOf } from './mapping.ts';
import { sideBySide } from './side-by-side.ts';

/** Asks one query over the window; undefined: the workspace is empty. Throws TelemetryError. */
export type Ask = (kql: string) => Promise<Table | undefined>;

type Answered = PromiseSettledResult<Table | undefined>;

/**
 * Slipway's own query and, beside it, those of the plan's `kql` metrics.
 * A `kql` metric that cannot be read is null in every bin. Where it can roll back, `unmeasured` says so:
 * nobody may take for good what was not measured, and harm by the others stays harm.
 * @throws TelemetryError when Slipway's own query fails
 */
export async function readCounts(query: CountQuery, ask: Ask): Promise<CountAnswer> {
  const metrics = kqlMetrics(query);
  const own = countQuery(query);
  const kqls = [own, ...metrics.map((metric) => kqlMetricQuery(metric, query))];
  const [counts, ...others] = await sideBySide(kqls.map((kql) => async () => await ask(kql)));
  const answer = countsOf(valueOf(counts), { query, kql: own });
  if (metrics.length === 0) return answer;
  const readings = metrics.map((metric, index) =>
    readingOf(metric, { kql: kqls[index + 1] ?? '', answered: others[index] }, query),
  );
  return {
    ...answer,
    unmeasured: unmeasuredOf(readings),
    throttled: readings.some(({ throttled }) => throttled),
    rows: withTallies(answer.rows, readings, query),
    query: [own, ...readings.map(({ metric, kql }) => `// ${metric.name}\n${kql}`)].join('\n\n'),
    answer: withReadings(answer.answer, readings),
  };
}

/**
 * Asks the plan's own queries as they would be asked later, and says what is wrong with them.
 * @throws TelemetryError when that could not be found out
 */
export async function readProblems(query: CountQuery, ask: Ask): Promise<readonly Problem[]> {
  const metrics = kqlMetrics(query);
  const answers = await sideBySide(
    metrics.map((metric) => async () => await ask(kqlMetricQuery(metric, query))),
  );
  return metrics.flatMap((metric, index) => {
    const message = problemOf(metric, answers[index], query);
    return message === undefined
      ? []
      : [{ path: `analysis.metrics.kql[${index}].query`, code: 'query', message }];
  });
}

function problemOf(
  metric: KqlMetric,
  answered: Answered | undefined,
  query: CountQuery,
): string | undefined {
  try {
    talliesOf(valueOf(answered), metric, query);
    return undefined;
  } catch (error) {
    if (!(error instanceof TelemetryError) || !blamesQuery(error)) throw error;
    return `the metric "${metric.name}" cannot be read: ${error.message} (line 1 of what is sent holds Slipway's names, the query begins on line 2)`;
  }
}

/** What one metric of the user's own said, with its KQL as it was sent. */
interface Reading {
  readonly metric: KqlMetric;
  readonly kql: string;
  readonly rows: Table['rows'];
  /** Undefined: it could not be read. */
  readonly tallies: KqlTallies | undefined;
  readonly error: string | undefined;
  /** It was turned away, and it can roll back. */
  readonly throttled: boolean;
}

function readingOf(
  metric: KqlMetric,
  { kql, answered }: { readonly kql: string; readonly answered: Answered | undefined },
  query: CountQuery,
): Reading {
  try {
    const table = valueOf(answered);
    const tallies = talliesOf(table, metric, query);
    const rows = table?.rows ?? [];
    return { metric, kql, rows, tallies, error: undefined, throttled: false };
  } catch (error) {
    if (!(error instanceof TelemetryError)) throw error;
    const throttled = metric.on !== 'notify' && error.kind === 'throttled';
    return { metric, kql, rows: [], tallies: undefined, error: error.message, throttled };
  }
}

function unmeasuredOf(readings: readonly Reading[]): string | undefined {
  const failed = readings.find(
    ({ metric, error }) => metric.on !== 'notify' && error !== undefined,
  );
  if (failed === undefined) return undefined;
  const { metric, error = '' } = failed;
  return `the metric "${metric.name}", which can roll back, could not be read: ${error}`;
}

/** The value, or the error that came instead. */
function valueOf(answered: Answered | undefined): Table | undefined {
  if (answered?.status === 'rejected') throw answered.reason;
  return answered?.value;
}

function countsOf(
  table: Table | undefined,
  asked: { readonly query: CountQuery; readonly kql: string },
): CountAnswer {
  if (table === undefined) return { rows: [], lag: undefined, query: asked.kql, answer: '[]' };
  return countAnswerOf(table, asked);
}

function talliesOf(table: Table | undefined, metric: KqlMetric, query: CountQuery): KqlTallies {
  return table === undefined ? new Map() : kqlTalliesOf(table, metric, query);
}

/** The rows with the metrics filled in; a bin that only a metric knows has no requests. */
function withTallies(
  rows: readonly CountRow[],
  readings: readonly Reading[],
  query: CountQuery,
): readonly CountRow[] {
  const byKey = new Map(rows.map((row) => [binKey(row.startMs, row.version), row]));
  for (const { tallies } of readings) {
    for (const [key, { startMs, version }] of tallies ?? []) {
      if (byKey.has(key)) continue;
      byKey.set(key, {
        startMs,
        version,
        requests: 0,
        failures: 0,
        items: 0,
        more: nothing(query),
      });
    }
  }
  const byName = new Map(readings.map(({ metric, tallies }) => [metric.name, tallies]));
  const all = [...byKey].sort(
    ([, a], [, b]) => a.startMs - b.startMs || (a.version < b.version ? -1 : 1),
  );
  return all.map(([key, row]) => ({
    ...row,
    more: (query.metrics?.more ?? []).map((metric, index) => {
      if (metric.kind !== 'kql') return row.more?.[index] ?? null;
      const tallies = byName.get(metric.name);
      return tallies === undefined ? null : (tallies.get(key)?.tally ?? NOTHING);
    }),
  }));
}

const NOTHING: Tally = { n: 0, x: [0] };

function nothing({ metrics }: CountQuery): readonly Tally[] {
  return (metrics?.more ?? []).map((metric) =>
    metric.kind === 'latency' ? { n: 0, x: metric.edgesMs.map(() => 0) } : NOTHING,
  );
}

/** The rows as they were answered, and behind them an object a metric. */
function withReadings(answer: string, readings: readonly Reading[]): string {
  const rows = answer.slice(1, -1);
  return `[${[...(rows === '' ? [] : [rows]), ...readings.map(shownReading)].join(',')}]`;
}

function shownReading({ metric, rows, error }: Reading): string {
  return JSON.stringify({ metric: metric.name, ...(error === undefined ? { rows } : { error }) });
}
