import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  COUNT_COLUMNS,
  countColumns,
  countQuery,
  countRowsAtMost,
} from '../../../src/adapters/log-analytics/count-query.ts';
import {
  DIFFERENCE_COLUMNS,
  differencesQuery,
} from '../../../src/adapters/log-analytics/differences.ts';
import {
  VERSION_COLUMNS,
  probesQuery,
  versionsQuery,
} from '../../../src/adapters/log-analytics/queries.ts';
import type { CountQuery } from '../../../src/controller/ports/telemetry.ts';
import type { Analysis } from '../../../src/local/log-analytics/kql/kusto-parser.ts';
import { hostileText } from './hostile-text.ts';
import { analyse } from './kusto.ts';
import { asked } from './asked.ts';
import { DEPENDENCIES, EXCEPTIONS, LATENCY, kqlMetric, metrics } from './metric-samples.ts';

// The parser takes a second or more to load and to warm up.
beforeAll(() => void analyse(countQuery(asked())));

const QUERIES = [
  { name: 'countQuery', build: countQuery, columns: COUNT_COLUMNS, statements: 4 },
  { name: 'versionsQuery', build: versionsQuery, columns: VERSION_COLUMNS, statements: 1 },
  { name: 'probesQuery', build: probesQuery, columns: VERSION_COLUMNS, statements: 1 },
  { name: 'differencesQuery', build: differencesQuery, columns: DIFFERENCE_COLUMNS, statements: 6 },
];

function resultOf({ statements }: Analysis): readonly (readonly [string, string])[] {
  const columns = statements.at(-1)?.child('Expression').columns ?? [];
  return columns.map(({ name, type }): readonly [string, string] => [name, type]);
}

/** The query with every literal taken out: what values must not be able to change. */
function skeleton(kql: string): string {
  return kql.replace(/"(?:[^"\\]|\\.)*"/g, '""');
}

describe.each(QUERIES)('$name', ({ build, columns, statements }) => {
  it("gives the columns that its answer is checked by, says Microsoft's own binder", () => {
    const analysis = analyse(build(asked()));
    expect(analysis.errors).toEqual([]);
    expect(resultOf(analysis)).toEqual(columns);
  });

  it('keeps its shape whatever the values are', () => {
    const value = fc.record({
      site: hostileText,
      slotHost: hostileText,
      canary: hostileText,
      baseline: hostileText,
      component: hostileText,
      role: hostileText,
    });
    const plain = { workspaceId: undefined, component: 'c', role: 'r' };
    const shape = skeleton(build(asked({ source: plain })));
    fc.assert(
      fc.property(value, ({ component, role, ...change }) => {
        const kql = build(asked({ ...change, source: { ...plain, component, role } }));
        const analysis = analyse(kql);
        expect(analysis.errors).toEqual([]);
        expect(analysis.statements).toHaveLength(statements);
        expect(skeleton(kql)).toBe(shape);
      }),
      { numRuns: 40 },
    );
  });

  it('looks at AppRequests in the window alone', () => {
    const kql = build(asked());
    expect(kql).toMatch(/^(let requests = )?AppRequests$/m);
    expect(kql.match(/App[A-Z][a-z]+s$/gm)?.length).toBe(kql.match(/where TimeGenerated/g)?.length);
    expect(kql).toContain(
      '| where TimeGenerated >= datetime(2026-01-01T00:00:00.000Z) and TimeGenerated < datetime(2026-01-01T00:10:00.000Z)',
    );
  });
});

describe('which app is asked for', () => {
  const component = '/subscriptions/s/resourceGroups/rg/providers/Microsoft.Insights/components/c';

  it.each([
    { source: {}, filters: ['AppRoleName =~ "shop"'] },
    { source: { role: 'team.shop' }, filters: ['AppRoleName =~ "team.shop"'] },
    { source: { component }, filters: [`_ResourceId =~ "${component}"`] },
    {
      source: { component, role: 'team.shop' },
      filters: [`_ResourceId =~ "${component}"`, 'AppRoleName =~ "team.shop"'],
    },
  ])('filters by $filters', ({ source, filters }) => {
    const none = { workspaceId: undefined, component: undefined, role: undefined };
    for (const { build } of QUERIES) {
      const lines = build(asked({ source: { ...none, ...source } })).split('\n');
      const found = lines.filter((line) => /^\| where (_ResourceId|AppRoleName)/.test(line));
      const tables = lines.filter((line) => /(^|= |\()App[A-Z][a-z]+s$/.test(line));
      const each = filters.map((filter) => `| where ${filter}`);
      expect(found).toEqual(tables.flatMap(() => each));
    }
  });
});

describe('what a count asks for', () => {
  it('leaves out what visitors of production did not cause', () => {
    for (const kql of [countQuery(asked()), versionsQuery(asked())]) {
      expect(kql).toContain('| where isempty(SyntheticSource)');
      expect(kql).toContain('| where OperationId !startswith "51195a17"');
      expect(kql).toContain('| where tostring(parse_url(Url).Host) !~ "shop-staging.example"');
    }
    expect(probesQuery(asked())).toContain('| where OperationId startswith "51195a17"');
    expect(probesQuery(asked())).not.toContain('parse_url');
  });

  it('names both versions, or the canary alone in a first release', () => {
    expect(countQuery(asked())).toContain('AppVersion in ("2.4.0", "2.3.9")');
    expect(countQuery(asked({ baseline: null }))).toContain('AppVersion in ("2.4.0")');
  });

  it.each<{ failures: CountQuery['failures']; kql: string }>([
    { failures: [{ from: 500, to: 599 }], kql: 'Failed = Code between (500 .. 599)' },
    {
      failures: [
        { from: 429, to: 429 },
        { from: 500, to: 503 },
      ],
      kql: 'Failed = Code between (429 .. 429) or Code between (500 .. 503)',
    },
    { failures: [], kql: 'Failed = false' },
  ])('counts failures by $kql', ({ failures, kql }) => {
    const query = countQuery(asked({ failures }));
    expect(query).toContain(kql);
    expect(analyse(query).errors).toEqual([]);
  });

  it('takes one row more than there can be, so that a cut answer is seen', () => {
    // 10 minutes that need not begin with a bin, and one row of lags, for two versions.
    expect(countRowsAtMost(asked())).toBe(24);
    expect(countQuery(asked())).toMatch(/^\| take 25$/m);
    expect(countRowsAtMost(asked({ baseline: null }))).toBe(12);
  });
});

/** Every set of the metrics there are. */
function combinations(): readonly ReturnType<typeof metrics>[] {
  const all = [EXCEPTIONS, LATENCY, DEPENDENCIES, kqlMetric()];
  return Array.from({ length: 2 ** all.length }, (_, bits) =>
    metrics(
      all.filter((_metric, index) => (bits >> index) % 2 === 1),
      { synthetic: bits % 2 === 1, ignorePaths: bits % 3 === 0 ? ['/health', '/a"/*'] : [] },
    ),
  );
}

describe.each([
  { what: 'two versions', baseline: '2.3.9' },
  { what: 'a first release', baseline: null },
])('the metrics of $what', ({ baseline }) => {
  it('bind to the real tables and give their columns, in every combination', () => {
    for (const chosen of combinations()) {
      const query = asked({ baseline, metrics: chosen });
      const analysis = analyse(countQuery(query));
      expect(analysis.errors).toEqual([]);
      expect(resultOf(analysis)).toEqual(countColumns(query));
      const differences = analyse(differencesQuery(query));
      expect(differences.errors).toEqual([]);
      expect(resultOf(differences)).toEqual(DIFFERENCE_COLUMNS);
    }
  });
});

it('asks for exceptions and dependencies only where a metric wants them', () => {
  const tables = (query: CountQuery): readonly string[] =>
    countQuery(query).match(/App[A-Z][a-z]+s\b/g) ?? [];
  expect(tables(asked())).toEqual(['AppRequests']);
  expect(tables(asked({ metrics: metrics([LATENCY, kqlMetric()]) }))).toEqual(['AppRequests']);
  expect(tables(asked({ metrics: metrics([DEPENDENCIES, EXCEPTIONS]) }))).toEqual([
    'AppRequests',
    'AppExceptions',
    'AppDependencies',
  ]);
});

it('has room for a day of minutes', () => {
  const day = asked({ baseline: null, toMs: asked().fromMs + 86_400_000 });
  expect(countRowsAtMost(day)).toBe(1_442);
  expect(countQuery(day)).toMatch(/^\| take 1443$/m);
});

it('keeps the shape of a count whatever the paths are', () => {
  const of = (path: string): string =>
    countQuery(asked({ metrics: metrics([], { ignorePaths: [`/${path}`, `/${path}/*`] }) }));
  const shape = skeleton(of('a'));
  fc.assert(
    fc.property(hostileText, (path) => {
      fc.pre(!path.endsWith('/*'));
      expect(analyse(of(path)).errors).toEqual([]);
      expect(skeleton(of(path))).toBe(shape);
    }),
    { numRuns: 40 },
  );
});
