import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  COUNT_COLUMNS,
  VERSION_COLUMNS,
  countQuery,
  countRowsAtMost,
  probesQuery,
  versionsQuery,
} from '../../../src/adapters/log-analytics/queries.ts';
import type { CountQuery } from '../../../src/controller/ports/telemetry.ts';
import type { Analysis } from '../../../src/local/log-analytics/kql/kusto-parser.ts';
import { hostileText } from './hostile-text.ts';
import { analyse } from './kusto.ts';
import { asked } from './asked.ts';

// The parser takes a second or more to load and to warm up.
beforeAll(() => void analyse(countQuery(asked())));

const QUERIES = [
  { name: 'countQuery', build: countQuery, columns: COUNT_COLUMNS, statements: 2 },
  { name: 'versionsQuery', build: versionsQuery, columns: VERSION_COLUMNS, statements: 1 },
  { name: 'probesQuery', build: probesQuery, columns: VERSION_COLUMNS, statements: 1 },
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
    expect(kql).toMatch(/^(let judged = )?AppRequests$/m);
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
      expect(found).toEqual(filters.map((filter) => `| where ${filter}`));
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
    { failures: [{ from: 500, to: 599 }], kql: 'countif(Code between (500 .. 599))' },
    {
      failures: [
        { from: 429, to: 429 },
        { from: 500, to: 503 },
      ],
      kql: 'countif(Code between (429 .. 429) or Code between (500 .. 503))',
    },
    { failures: [], kql: 'countif(false)' },
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
