import type { CountQuery, Difference } from '../../controller/ports/telemetry.ts';
import { redact } from '../../release/redact.ts';
import { checkColumns, countIn, textIn, unusable } from './answers.ts';
import type { Table } from './answers.ts';
import { kqlLiteral } from './kql-literal.ts';
import { judgedRequests, ofVersions } from './judged-requests.ts';
import { ofApp, project, where } from './query-parts.ts';
import type { ColumnSpec } from './query-parts.ts';

/**
 * Where two versions differ, for people: which operations, exception types, result codes and
 * dependencies. Rows are counted here, not operations as in evidence; nothing is decided by it.
 */

export const DIFFERENCE_COLUMNS: readonly ColumnSpec[] = [
  ['Kind', 'string'],
  ['Item', 'string'],
  ['CanaryN', 'long'],
  ['CanaryX', 'long'],
  ['BaselineN', 'long'],
  ['BaselineX', 'long'],
];

const KINDS = ['operation', 'exception', 'result-code', 'dependency'] as const;

/** The busiest names of a kind; what is rarer weighs too little to be the largest difference. */
const NAMES_A_KIND = 200;
const SHOWN_A_KIND = 5;
const NAME_CHARS = 200;

const FAILING = [
  `CanaryN = countif(Canary)`,
  `CanaryX = countif(Canary and Failed)`,
  `BaselineN = countif(not(Canary))`,
  `BaselineX = countif(not(Canary) and Failed)`,
].join(', ');
/** Of all requests of the version, how many were of this name. */
const SHARES = `CanaryX = countif(Canary), BaselineX = countif(not(Canary))`;
const OF_ALL = `| extend CanaryN = allCanary, BaselineN = allBaseline`;

/** The counts by name, at most 200 names of each kind. */
export function differencesQuery(query: CountQuery): string {
  return [
    ...judgedRequests(query),
    ';',
    `let allCanary = toscalar(requests | where Canary | count);`,
    `let allBaseline = toscalar(requests | where not(Canary) | count);`,
    `let dependencies = ${caused('AppDependencies', query)}`,
    `| extend Failed = Success == false;`,
    // Of one operation a type counts once.
    `let exceptions = ${caused('AppExceptions', query)}`,
    `| distinct ExceptionType, OperationId, Canary;`,
    `union`,
    `${busiest('operation', `requests | summarize ${FAILING} by Item = Name`, 'CanaryN + BaselineN')},`,
    `${busiest('exception', `exceptions | summarize ${SHARES} by Item = ExceptionType ${OF_ALL}`, 'CanaryX + BaselineX')},`,
    `${busiest('result-code', `requests | summarize ${SHARES} by Item = ResultCode ${OF_ALL}`, 'CanaryX + BaselineX')},`,
    busiest(
      'dependency',
      `dependencies | summarize ${FAILING} by Item = Target`,
      'CanaryN + BaselineN',
    ),
    project(DIFFERENCE_COLUMNS),
    `| take ${KINDS.length * NAMES_A_KIND + 1}`,
  ].join('\n');
}

/** Rows of the table whose operation has a judged request: what others caused is no difference of the two. */
function caused(table: string, query: CountQuery): string {
  return [
    table,
    ...where([...ofApp(query), ofVersions(query), `isnotempty(OperationId)`]),
    `| join kind = leftsemi hint.strategy = shuffle (requests | distinct OperationId) on OperationId`,
    `| extend Canary = AppVersion == ${kqlLiteral(query.canary)}`,
  ].join('\n');
}

function busiest(kind: (typeof KINDS)[number], counts: string, by: string): string {
  return `(${counts} | top ${NAMES_A_KIND} by ${by} desc | extend Kind = "${kind}")`;
}

/**
 * The largest differences first, at most five of a kind, only those where the canary is worse (or has
 * something that the baseline has less of).
 * @throws TelemetryError `error` when the answer is not what was asked for
 */
export function differencesOf(answer: Table): readonly Difference[] {
  checkColumns(answer, DIFFERENCE_COLUMNS);
  if (answer.rows.length > KINDS.length * NAMES_A_KIND) {
    throw unusable(`it has more than ${NAMES_A_KIND} names of a kind`);
  }
  const worse = answer.rows
    .map(differenceOf)
    .map((difference) => ({ difference, weight: weightOf(difference) }))
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight)
    .map(({ difference }) => difference);
  const shown = new Map<Difference['kind'], number>();
  return worse.filter(({ kind }) => {
    const before = shown.get(kind) ?? 0;
    shown.set(kind, before + 1);
    return before < SHOWN_A_KIND;
  });
}

function differenceOf([kind, item, ...counts]: readonly unknown[]): Difference {
  const known = KINDS.find((name) => name === kind);
  if (known === undefined) throw unusable(`Kind is none of ${KINDS.join(', ')}`);
  const [canaryN = 0, canaryX = 0, baselineN = 0, baselineX = 0] = counts.map((count, at) =>
    countIn(DIFFERENCE_COLUMNS[at + 2]?.[0] ?? '', count),
  );
  return {
    kind: known,
    // Redacted before it is cut: half a secret has not the form by which it is known.
    name: redact(textIn('Item', item)).slice(0, NAME_CHARS),
    // A type counts operations and `n` rows, so an operation of a version without requests may pass it.
    canary: { n: canaryN, x: Math.min(canaryX, canaryN) },
    baseline: { n: baselineN, x: Math.min(baselineX, baselineN) },
  };
}

/**
 * How much the rates differ, against the canary: the log-likelihood ratio of two rates over one (G), which
 * small counts do not blow up as they do a z value. 0 when the canary's rate is not the higher one.
 */
export function weightOf({ canary, baseline }: Pick<Difference, 'canary' | 'baseline'>): number {
  const rate = canary.n === 0 ? 0 : canary.x / canary.n;
  if (baseline.n > 0 && rate <= baseline.x / baseline.n) return 0;
  // Nothing to compare with (a first release): the most frequent first.
  if (baseline.n === 0) return canary.x;
  const all = (canary.x + baseline.x) / (canary.n + baseline.n);
  return likelihood(canary, all) + likelihood(baseline, all);
}

/** Log-likelihood of the counts at their own rate over that at `rate`. */
function likelihood({ n, x }: { readonly n: number; readonly x: number }, rate: number): number {
  return surplus(x, n * rate) + surplus(n - x, n * (1 - rate));
}

function surplus(seen: number, expected: number): number {
  return seen === 0 ? 0 : seen * Math.log(seen / expected);
}
