import { beforeAll, describe, expect, it } from 'vitest';
import { NOW_MS, ask, refusalOf, request, warmUp } from './support.ts';

beforeAll(warmUp);

const FRUIT = 'datatable(fruit: string, size: long)["a", 1, "b", 2, "a", 3, "a", long(null)]';

describe('rows and columns', () => {
  it('where drops rows whose condition is null', () => {
    expect(ask(`${FRUIT} | where size > 1`).rows).toEqual([
      ['b', 2],
      ['a', 3],
    ]);
    expect(ask(`${FRUIT} | where not(size > 1)`).rows).toEqual([['a', 1]]);
    expect(ask(`${FRUIT} | where size > 0 and (fruit == "a" or fruit == "c")`).rows).toHaveLength(
      2,
    );
  });

  it('extend replaces a column of the same name and reads the old one', () => {
    const { names, rows } = ask(`${FRUIT} | extend size = size * 10, twice = size * 2 | take 1`);
    expect(names).toEqual(['fruit', 'size', 'twice']);
    expect(rows).toEqual([['a', 10, 2]]);
  });

  it('unnamed columns get the names that Azure invents', () => {
    const query =
      'print a = dynamic({"b": 1}) | extend a.b, strcat("x", "y") | extend tostring(a.c)';
    expect(ask(query).names).toEqual(['a', 'a_b', 'Column1', 'a_c']);
  });

  it('project picks, orders, renames and computes', () => {
    const { names, rows } = ask(`${FRUIT} | project twice = size * 2, fruit | take 1`);
    expect(names).toEqual(['twice', 'fruit']);
    expect(rows).toEqual([[2, 'a']]);
    expect(ask(`${FRUIT} | project-away si*`).names).toEqual(['fruit']);
    expect(ask(`${FRUIT} | project-keep size`).names).toEqual(['size']);
    expect(ask(`${FRUIT} | project-rename name = fruit`).names).toEqual(['name', 'size']);
    expect(ask(`${FRUIT} | project-reorder size`).names).toEqual(['size', 'fruit']);
  });

  it('order by is descending unless told otherwise; nulls come last down and first up', () => {
    expect(ask(`${FRUIT} | order by size`).rows.map(([, size]) => size)).toEqual([3, 2, 1, null]);
    expect(ask(`${FRUIT} | sort by size asc`).rows.map(([, size]) => size)).toEqual([
      null,
      1,
      2,
      3,
    ]);
    expect(
      ask(`${FRUIT} | order by fruit asc, size desc nulls first`).rows.map(([, size]) => size),
    ).toEqual([null, 3, 1, 2]);
    expect(ask(`${FRUIT} | top 2 by size asc nulls last`).rows).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
  });

  it('take, limit, count, distinct, range and union', () => {
    expect(ask(`${FRUIT} | limit 3 | count`)).toMatchObject({ names: ['Count'], rows: [[4 - 1]] });
    expect(ask(`${FRUIT} | distinct fruit`).rows).toEqual([['a'], ['b']]);
    expect(ask(`union (${FRUIT}), (print fruit = "a", size = 1) | distinct *`).rows).toHaveLength(
      4,
    );
    expect(ask('range x from 1 to 7 step 3').rows).toEqual([[1], [4], [7]]);
    const { names, rows } = ask('let A = print x = 1; union withsource = From A, (print y = "t")');
    expect(names).toEqual(['From', 'x', 'y']);
    expect(rows[0]).toEqual(['A', 1, '']);
    expect(rows[1]?.slice(1)).toEqual([null, 't']);
  });
});

describe('summarize', () => {
  it('groups by several keys in order of appearance', () => {
    const { names, rows } = ask(
      `${FRUIT} | summarize n = count(), sum(size) by fruit, big = size >= 2`,
    );
    expect(names).toEqual(['fruit', 'big', 'n', 'sum_size']);
    expect(rows).toEqual([
      ['a', false, 1, 1],
      ['b', true, 1, 2],
      ['a', true, 1, 3],
      ['a', null, 1, 0],
    ]);
  });

  it('of a summarize counts groups, and reads a materialized table more than once', () => {
    const query = `let groups = materialize(${FRUIT} | summarize hint.strategy = shuffle n = count(), s = sum(size), most = max(size) by fruit, size);
      groups | summarize groups = count(), rows = sum(n), all = sum(s), most = max(most) by fruit
      | union (groups | summarize rows = countif(n > 1) by fruit = "several") | order by fruit asc`;
    expect(ask(query).rows).toEqual([
      ['a', 3, 3, 4, 3],
      ['b', 1, 1, 2, 2],
      ['several', null, 0, null, null],
    ]);
  });

  const aggregates: readonly (readonly [string, unknown])[] = [
    ['count()', 4],
    ['countif(size > 1)', 2],
    ['sum(size)', 6],
    ['sumif(size, fruit == "a")', 4],
    ['avg(size)', 2],
    ['avgif(size, size > 1)', 2.5],
    ['min(size)', 1],
    ['max(size)', 3],
    ['min(fruit)', 'a'],
    ['maxif(size, fruit == "b")', 2],
    ['dcount(fruit)', 2],
    ['dcount(size)', 3],
    ['dcountif(fruit, size > 2)', 1],
    ['percentile(size, 50)', 2],
    ['percentile(size, 100)', 3],
    ['make_set(fruit)', '["a","b"]'],
    ['make_list(size, 2)', '[1,2]'],
    ['take_any(fruit)', 'a'],
    ['1.0 * countif(size > 1) / count()', 0.5],
    ['max(size) - min(size)', 2],
    ['round(avg(size), 1)', 2],
    ['tostring(count())', '4'],
  ];
  it.each(aggregates)('%s is %j', (aggregate, expected) => {
    expect(ask(`${FRUIT} | summarize x = ${aggregate}`).rows).toEqual([[expected]]);
  });

  it('of nothing counts 0 without keys and gives no rows with keys', () => {
    const nothing = 'datatable(k: string, x: long)[]';
    expect(
      ask(
        `${nothing} | summarize count(), sum(x), avg(x), max(x), percentile(x, 50), dcount(x), make_set(x)`,
      ).rows,
    ).toEqual([[0, 0, 'NaN', null, null, 0, '[]']]);
    expect(ask(`${nothing} | summarize count() by k`).rows).toEqual([]);
  });

  it('percentiles and arg_max give several columns', () => {
    const { names, rows } = ask(
      `${FRUIT} | summarize percentiles(size, 50, 100), arg_max(size, fruit), (low, high) = percentiles(size, 1, 99)`,
    );
    expect(names).toEqual([
      'percentile_size_50',
      'percentile_size_100',
      'size',
      'fruit',
      'low',
      'high',
    ]);
    expect(rows).toEqual([[2, 3, 3, 'a', 1, 3]]);
    expect(ask(`${FRUIT} | summarize arg_max(size, *) by fruit | order by fruit asc`).rows).toEqual(
      [
        ['a', 3],
        ['b', 2],
      ],
    );
  });

  it('percentile is the nearest rank of what is there', () => {
    const query =
      'range x from 1 to 1000 step 1 | summarize percentile(x, 99.9), percentile(x, 0), percentile(x, 50)';
    expect(ask(query).rows).toEqual([[999, 1, 500]]);
  });

  it('bins times by the epoch of Kusto', () => {
    const rows = [request(1500), request(1000), request(0, { ResultCode: '500' })];
    const late = rows.map((row) => ({ ...row, ingestedMs: NOW_MS }));
    expect(
      ask(
        'AppRequests | summarize n = count() by bin(TimeGenerated, 1s) | order by TimeGenerated asc',
        late,
      ).rows,
    ).toEqual([
      ['2026-11-23T01:09:58Z', 1],
      ['2026-11-23T01:09:59Z', 1],
      ['2026-11-23T01:10:00Z', 1],
    ]);
  });
});

it('hash() spreads texts that differ in their last characters evenly', () => {
  const { rows } = ask(
    'range x from 1 to 10000 step 1 | summarize n = count() by part = hash(strcat("operation-", tostring(x))) % 10',
  );
  expect(rows).toHaveLength(10);
  // 1,000 are expected, with a standard deviation of 30.
  for (const [, n] of rows) expect(Math.abs(Number(n) - 1_000)).toBeLessThan(150);
});

describe('join and lookup', () => {
  const LEFT =
    'let L = datatable(k: string, v: string, x: long)["a", "1", 1, "b", "1", 2, "", "1", 3];';
  const RIGHT =
    'let R = datatable(k: string, v: string, y: long)["a", "1", 10, "a", "2", 11, "", "1", 12, "c", "1", 13];';
  const over = (query: string): ReturnType<typeof ask> => ask(`${LEFT} ${RIGHT} ${query}`);

  it('leftouter keeps every left row, once for each match, and fills with nothing', () => {
    const { names, rows } = over('L | join kind=leftouter R on k');
    expect(names).toEqual(['k', 'v', 'x', 'k1', 'v1', 'y']);
    expect(rows).toEqual([
      ['a', '1', 1, 'a', '1', 10],
      ['a', '1', 1, 'a', '2', 11],
      ['b', '1', 2, '', '', null],
      ['', '1', 3, '', '1', 12],
    ]);
  });

  it('goes by several keys, in one match or many', () => {
    const once = 'L | join kind=leftouter hint.strategy=shuffle R on v, k | project x, y';
    expect(over(once).rows).toEqual([
      [1, 10],
      [2, null],
      [3, 12],
    ]);
    expect(over('L | join kind=inner R on k, v | project x, y').rows).toEqual([
      [1, 10],
      [3, 12],
    ]);
    const many = 'L | join kind=inner R on $left.v == $right.v | where x == 2 | project y';
    expect(over(many).rows).toEqual([[10], [12], [13]]);
  });

  it('leftsemi and leftanti keep left rows alone', () => {
    const { names, rows } = over('L | join kind=leftsemi R on k');
    expect(names).toEqual(['k', 'v', 'x']);
    expect(rows.map(([, , x]) => x)).toEqual([1, 3]);
    expect(over('L | join kind=leftanti R on k').rows).toEqual([['b', '1', 2]]);
  });

  it('a null equals nothing, another null neither', () => {
    const table = 'datatable(k: long, x: long)[long(null), 1, 2, 2]';
    expect(ask(`${table} | join kind=inner (${table}) on k | project x, x1`).rows).toEqual([
      [2, 2],
    ]);
    expect(ask(`${table} | join kind=leftanti (${table}) on k | project x`).rows).toEqual([[1]]);
  });

  it('lookup leaves the right keys out', () => {
    const { names, rows } = over('L | lookup (R | where v == "1" | project k, y) on k');
    expect(names).toEqual(['k', 'v', 'x', 'y']);
    expect(rows).toEqual([
      ['a', '1', 1, 10],
      ['b', '1', 2, null],
      ['', '1', 3, 12],
    ]);
    const inner =
      'L | lookup kind=inner (R | where v == "1" | project q = k, y) on $left.k == $right.q';
    expect(over(inner).rows).toEqual([
      ['a', '1', 1, 10],
      ['', '1', 3, 12],
    ]);
  });
});

describe('let', () => {
  it('names scalars, tables and subqueries', () => {
    const query = `
      let least = 2; // a comment
      let T = ${FRUIT};
      let most = toscalar(T | summarize max(size));
      let kinds = T | where size >= least | distinct fruit;
      T | where fruit in (kinds) and size < most | count`;
    expect(ask(query).rows).toEqual([[2]]);
  });
});

describe('tables', () => {
  it('ingestion_time() survives row-wise operators and is null after summarize', () => {
    const rows = [request(5000, { AppVersion: '1' })];
    const lag = '(ingestion_time() - TimeGenerated) / 1ms';
    expect(
      ask(
        `AppRequests | where AppVersion == "1" | project TimeGenerated | extend lag = ${lag}`,
        rows,
      ).rows[0]?.[1],
    ).toBe(1000);
    expect(
      ask('AppRequests | summarize max(TimeGenerated) | extend i = ingestion_time()', rows)
        .rows[0]?.[1],
    ).toBeNull();
  });

  it('rows are not visible before their ingestion', () => {
    const rows = [request(5000), { ...request(5000), ingestedMs: NOW_MS + 1 }];
    expect(ask('AppRequests | count', rows).rows).toEqual([[1]]);
  });

  it('Properties and constants of the workspace can be asked for', () => {
    const rows = [request(5000, { Properties: { tier: 'gold', deep: { n: 2 } } })];
    const { rows: found } = ask(
      'AppRequests | where Properties.tier == "gold" and Properties["deep"].n > 1 | project Type, TenantId, Properties, ClientCity, Measurements',
      rows,
    );
    expect(found).toEqual([['AppRequests', 'tenant', '{"tier":"gold","deep":{"n":2}}', '', null]]);
  });

  it("runs Slipway's own query of counts per version and bin", () => {
    const shop = {
      AppRoleName: 'Shop',
      Url: 'http://shop.azurewebsites.net/cart',
      OperationId: 'aa',
    };
    const rows = [
      request(5200, { ...shop, AppVersion: '1.0.0', ItemCount: 4 }),
      request(5100, { ...shop, AppVersion: '1.0.0', ResultCode: '503' }),
      request(5100, { ...shop, AppVersion: '2.0.0', ResultCode: '404' }),
      request(3000, { ...shop, AppVersion: '2.0.0', ResultCode: '' }),
      // Left out: another version, the slot's own host, synthetic traffic, our probes, another role.
      request(5000, { ...shop, AppVersion: '0.9.0' }),
      request(5000, {
        ...shop,
        AppVersion: '2.0.0',
        Url: 'http://SHOP-staging.azurewebsites.net/',
      }),
      request(5000, { ...shop, AppVersion: '2.0.0', SyntheticSource: 'Bot' }),
      request(5000, { ...shop, AppVersion: '2.0.0', OperationId: '51195a17aa' }),
      request(5000, { ...shop, AppVersion: '2.0.0', AppRoleName: 'other' }),
    ];
    const {
      names,
      types,
      rows: bins,
    } = ask(
      `let slotHost = "shop-staging.azurewebsites.net";
      AppRequests
      | where TimeGenerated >= datetime(2026-11-23T01:00:00.000Z) and TimeGenerated < datetime(2026-11-23T01:10:00.000Z)
      | where AppRoleName =~ "shop" and AppVersion in ("1.0.0", "2.0.0")
      | where isempty(SyntheticSource) and not(OperationId startswith "51195a17")
      | extend Host = tostring(parse_url(Url).Host)
      | where Host !~ slotHost
      | extend Failed = toint(ResultCode) between (500 .. 599)
      | summarize Requests = count(), Failures = countif(Failed), Items = sum(ItemCount), LagMs = max((ingestion_time() - TimeGenerated) / 1ms) by Version = AppVersion, Bin = bin(TimeGenerated, 1s)
      | order by Bin asc, Version asc`,
      rows,
    );
    expect(names).toEqual(['Version', 'Bin', 'Requests', 'Failures', 'Items', 'LagMs']);
    expect(types).toEqual(['string', 'datetime', 'long', 'long', 'long', 'real']);
    expect(bins).toEqual([
      ['1.0.0', '2026-11-23T01:09:54Z', 2, 1, 5, 1000],
      ['2.0.0', '2026-11-23T01:09:54Z', 1, 0, 1, 1000],
      ['2.0.0', '2026-11-23T01:09:57Z', 1, 0, 1, 1000],
    ]);
  });
});

describe('refusals', () => {
  const refused: readonly (readonly [string, string, RegExp])[] = [
    ['AppRequests | where AppVer == "1"', 'SEM0100', /'AppVer'/],
    ['NoSuchTable | take 1', 'SEM0100', /'NoSuchTable'/],
    ['AppRequests | extend x = nosuch(1)', 'SEM0260', /'nosuch'/],
    ['AppRequests | where now() > 1', 'SEM0100', /not defined for the operand types/],
    ['AppRequests | where', 'SYN0002', /line 1, position 19/],
    ['AppRequests\n| blah', 'SYN0002', /'blah'.*line 2, position 2/],
    ['AppRequests | where Name == "x', 'SYN0002', /could not be parsed/],
    ['', 'SyntaxError', /no tabular expression/],
    ['AppRequests | mv-expand Properties', 'LocalUnsupported', /operator 'mv-expand'/],
    [
      'AppRequests | join (AppTraces) on OperationId',
      'LocalUnsupported',
      /'join kind=innerunique'/,
    ],
    ['print a = 1 | join kind=fullouter (print a = 1) on a', 'LocalUnsupported', /kind=fullouter'/],
    ['print rand()', 'LocalUnsupported', /function 'rand\(\)'/],
    ['print "a" matches regex "a"', 'LocalUnsupported', /operator 'matches regex'/],
    ['let f = (x: long) { x + 1 }; print f(1)', 'LocalUnsupported', /function declared by let/],
    ['print 1; print 2', 'LocalUnsupported', /second result/],
    ['set notruncation; print 1', 'LocalUnsupported', /statement 'set'/],
    ['range x from 1 to 1000000000 step 1', 'LocalUnsupported', /range of more than/],
    ['range x from 1 to 5 step 1 - 1', 'SEM0230', /step not 0/],
    ['print datetime(2026-13-99)', 'SEM0011', /not a valid datetime/],
    ['.show tables', 'SyntaxError', /no tabular expression/],
  ];
  it.each(refused)('%j is answered with %s', (query, code, message) => {
    const reason = refusalOf(query);
    expect(reason.code).toBe(code);
    expect(reason.message).toMatch(message);
  });

  it('an overlong query is refused before it is parsed', () => {
    expect(refusalOf(`print ${'1'.repeat(200_000)}`).code).toBe('QueryTooLong');
  });
});
