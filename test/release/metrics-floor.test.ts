import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Plan } from '../../src/release/plan.ts';
import { weakerThan } from '../../src/release/plan-floor.ts';
import { samplePlan } from '../support/release-samples.ts';
import { QUERY } from './written-plans.ts';

/** As people write it, so that a test says what is written otherwise. */
const ASKED = {
  metrics: {
    failures: { importance: 2, ceiling: 0.05, ignorePaths: ['/health', '/admin/*'] },
    exceptions: { on: 'notify', ceiling: 0.1 },
    dependencies: { rho: 1.2, delta: 0.01 },
    latency: { edges: ['100ms', '1s'], budget: { absolute: 0.02, relative: 0.5 } },
    kql: [
      { name: 'search', query: QUERY, on: 'notify' },
      { name: 'checkout', query: QUERY },
    ],
  },
  probes: {
    rate: '2/s',
    requests: [
      { path: '/api', headers: { 'X-Shop': 's3cret' }, status: '200-204' },
      { path: '/search', method: 'HEAD' },
    ],
    timeout: '4s',
    edges: ['500ms', '2s'],
    ceiling: 0.2,
  },
  maxNoData: '15m',
  onNoData: 'roll-back',
} as const;

type Keys = Readonly<Record<string, unknown>>;

function planOf({ metrics, ...keys }: Keys): Plan {
  return samplePlan({ ...keys, ...(metrics === undefined ? {} : { analysis: { metrics } }) });
}

const FLOOR = planOf(ASKED);
const metric = (name: keyof typeof ASKED.metrics, change: unknown): Plan =>
  planOf({
    ...ASKED,
    metrics: {
      ...ASKED.metrics,
      [name]: isKeys(change) ? { ...(ASKED.metrics[name] as Keys), ...change } : change,
    },
  });
const isKeys = (value: unknown): value is Keys => typeof value === 'object';
const query = (index: number, change: Keys): Plan =>
  planOf({
    ...ASKED,
    metrics: {
      ...ASKED.metrics,
      kql: ASKED.metrics.kql.map((one, at) => (at === index ? { ...one, ...change } : one)),
    },
  });
const withoutQueries = (): Plan => planOf({ ...ASKED, metrics: { ...ASKED.metrics, kql: [] } });
const probes = (change: Keys): Plan => planOf({ ...ASKED, probes: { ...ASKED.probes, ...change } });
const [API, SEARCH] = ASKED.probes.requests;

const toldOf = (plan: Plan, floor = FLOOR): readonly (readonly [path: string, message: string])[] =>
  weakerThan(plan, floor).map(({ path, message }) => [path, message]);
const pathsOf = (plan: Plan, floor = FLOOR): readonly string[] =>
  toldOf(plan, floor).map(([path]) => path);

const METRICS = 'plan.analysis.metrics';

describe('a plan whose metrics see less than the floor is told where', () => {
  const cases: readonly (readonly [what: string, plan: Plan, paths: readonly string[]])[] = [
    ['failures that only tell', metric('failures', { on: 'notify' }), ['failures.on']],
    ['failures that are off', metric('failures', 'off'), ['failures.on']],
    ['failures with a higher ceiling', metric('failures', { ceiling: 0.06 }), ['failures.ceiling']],
    [
      'failures with a ceiling only in the watch',
      samplePlan({
        ...{ probes: ASKED.probes, maxNoData: '15m', onNoData: 'roll-back' },
        analysis: {
          ceiling: 0.05,
          metrics: {
            ...ASKED.metrics,
            failures: { ...ASKED.metrics.failures, ceiling: undefined },
          },
        },
      }),
      ['failures.ceiling'],
    ],
    ['more failures taken as harmless', metric('failures', { rho: 1.1 }), ['failures.rho']],
    ['an excess taken as harmless', metric('failures', { delta: 0.001 }), ['failures.delta']],
    [
      'paths left out',
      metric('failures', { ignorePaths: ['/health', '/adm', '/health/db'] }),
      ['failures.ignorePaths'],
    ],
    ['robots counted', metric('failures', { synthetic: true }), ['failures.synthetic']],
    ['no exceptions', metric('exceptions', 'off'), ['exceptions']],
    ['exceptions without a ceiling', metric('exceptions', 'notify'), ['exceptions.ceiling']],
    ['dependencies that only tell', metric('dependencies', { on: 'notify' }), ['dependencies.on']],
    ['worse dependencies', metric('dependencies', { rho: 1.3 }), ['dependencies.rho']],
    ['many more of them', metric('dependencies', { delta: 0.02 }), ['dependencies.delta']],
    ['no latency', metric('latency', 'off'), ['latency']],
    ['an edge less', metric('latency', { edges: ['100ms', '2s'] }), ['latency.edges']],
    [
      'a larger budget of latency',
      metric('latency', { budget: { absolute: 0.03, relative: 0.6 } }),
      ['latency.budget.absolute', 'latency.budget.relative'],
    ],
    ['no queries', withoutQueries(), ['kql', 'kql']],
    ['another query', query(1, { query: `${QUERY} | take 1` }), ['kql[1].query']],
    ['a query that only tells', query(1, { on: 'notify' }), ['kql[1].on']],
    ['a query under another name', query(0, { name: 'find' }), ['kql']],
    ['a looser query', query(0, { rho: 1.1, delta: 0.1 }), ['kql[0].rho', 'kql[0].delta']],
    [
      'a metric that counts for next to nothing',
      metric('latency', { importance: 0.1 }),
      ['latency.importance'],
    ],
    [
      'one that counts for nearly all',
      metric('failures', { importance: 50 }),
      ['dependencies.importance', 'latency.importance', 'kql[1].importance'],
    ],
  ];

  it.each(cases)('%s', (_what, plan, paths) => {
    const at = paths.map((path) => `${METRICS}.${path}`);
    expect(pathsOf(plan).filter((path) => path !== 'plan.probes.importance')).toEqual(at);
    for (const [, message] of toldOf(plan)) expect(message).toContain('asks for');
  });

  it('where it names no metrics at all', () => {
    const metrics = ['failures.ceiling', 'exceptions', 'dependencies', 'latency', 'kql', 'kql'];
    expect(pathsOf(samplePlan('standard'))).toEqual([
      ...metrics.map((key) => `${METRICS}.${key}`),
      'plan.probes',
      'plan.onNoData',
    ]);
  });

  it('in plain words', () => {
    const messages = [
      metric('exceptions', 'off'),
      metric('failures', { ignorePaths: ['/api'] }),
      metric('latency', { edges: ['2s'] }),
      metric('latency', { importance: 0.1 }),
      query(1, { query: 'T' }),
      planOf({ ...ASKED, probes: undefined }),
      probes({ rate: '30/m' }),
      probes({ requests: [API, SEARCH, { path: '/' }] }),
      probes({ requests: [SEARCH] }),
    ].map((plan) => toldOf(plan)[0]?.[1]);
    const asks = 'the weakest plan allowed asks for';
    expect(messages).toEqual([
      `${asks} rollback or notify; this plan says off`,
      `${asks} only /health, /admin/* to be left out; this plan says /api`,
      `${asks} 100ms, 1s; this plan says 2s`,
      `${asks} at least 11.1111 % of the importance of all that rolls back; this plan says 1.63934 %`,
      `${asks} its own query for checkout, letter by letter; this plan says another`,
      `${asks} paired probes, 2/s; this plan says none`,
      `${asks} at least 2/s; this plan says 30/m`,
      `${asks} at least 1/s of each request; this plan says 40/m of each`,
      `${asks} the request GET /api with the same headers and no other statuses; this plan says nothing of it`,
    ]);
  });
});

describe('a plan whose probes see less than the floor is told where', () => {
  const cases: readonly (readonly [what: string, plan: Plan, path: string])[] = [
    ['no probes', planOf({ ...ASKED, probes: undefined }), 'probes'],
    ['probes that only tell', probes({ on: 'notify' }), 'probes.on'],
    ['fewer probes', probes({ rate: '1.9/s' }), 'probes.rate'],
    [
      'as many for more requests',
      probes({ requests: [API, SEARCH, { path: '/' }] }),
      'probes.rate',
    ],
    ['a request less', probes({ requests: [API] }), 'probes.requests'],
    ['another method', probes({ requests: [API, { path: '/search' }] }), 'probes.requests'],
    [
      'other headers',
      probes({ requests: [{ ...API, headers: { 'X-Shop': 'an0ther' } }, SEARCH] }),
      'probes.requests',
    ],
    [
      'more that counts as good',
      probes({ requests: [{ ...API, status: '2xx' }, SEARCH] }),
      'probes.requests',
    ],
    ['more time to answer', probes({ timeout: '5s' }), 'probes.timeout'],
    ['an edge less', probes({ edges: ['500ms'] }), 'probes.edges'],
    ['no edges', probes({ edges: [] }), 'probes.edges'],
    ['a higher ceiling', probes({ ceiling: 0.3 }), 'probes.ceiling'],
    ['more taken as harmless', probes({ rho: 2 }), 'probes.rho'],
    ['an excess taken as harmless', probes({ delta: 0.1 }), 'probes.delta'],
    ['next to no importance', probes({ importance: 0.5 }), 'probes.importance'],
  ];

  it.each(cases)('%s', (_what, plan, path) => {
    expect(pathsOf(plan)).toEqual([`plan.${path}`]);
    expect(JSON.stringify(toldOf(plan))).not.toMatch(/s3cret|an0ther/);
  });
});

describe('limit and policy of no-data', () => {
  const plain = samplePlan({ maxBlind: '10m', onBlind: 'roll-back' });
  const cases: readonly (readonly [plan: Plan, floor: Plan, paths: readonly string[]])[] = [
    [samplePlan({ maxBlind: '20m', onBlind: 'pause' }), plain, ['onBlind', 'maxBlind']],
    [
      samplePlan({ onBlind: 'roll-back', maxNoData: '11m', onNoData: 'pause' }),
      plain,
      ['maxNoData', 'onNoData'],
    ],
    [samplePlan({ onBlind: 'roll-back', maxNoData: '9m', onNoData: 'roll-back' }), plain, []],
    [plain, samplePlan({ maxNoData: '5m' }), ['maxNoData']],
    [samplePlan({}), samplePlan({ onNoData: 'roll-back' }), ['onNoData']],
    [plain, samplePlan({ maxNoData: '1h', onNoData: 'pause' }), []],
  ];

  it.each(cases)('of plan %# are held to those of the floor, told or not', (plan, floor, paths) => {
    expect(pathsOf(plan, floor)).toEqual(paths.map((path) => `plan.${path}`));
  });
});

describe('a plan that sees more, or otherwise as well, is enough', () => {
  const cases: readonly (readonly [what: string, plan: Plan, floor?: Plan | undefined])[] = [
    ['the floor itself', FLOOR],
    ['exceptions that roll back', metric('exceptions', { on: 'rollback' })],
    ['an edge more', metric('latency', { edges: ['50ms', '100ms', '1s'] })],
    ['a path fewer left out', metric('failures', { ignorePaths: ['/admin/users', '/Admin/x/*'] })],
    ['a lower ceiling', metric('failures', { ceiling: 0.01 })],
    ['a stricter null', metric('dependencies', { rho: 1, delta: 0 })],
    ['a metric that counts for less, and enough', metric('failures', { importance: 1.5 })],
    [
      'more probes for more requests',
      probes({ rate: '3/s', requests: [API, SEARCH, { path: '/' }] }),
    ],
    [
      'headers in another case, and fewer statuses',
      probes({ requests: [{ ...API, headers: { 'x-shop': 's3cret' }, status: 200 }, SEARCH] }),
    ],
    [
      'queries in another order',
      planOf({
        ...ASKED,
        metrics: { ...ASKED.metrics, kql: ASKED.metrics.kql.toReversed() },
      }),
    ],
    [
      'more metrics that count alike, where the floor has one',
      planOf({
        metrics: { exceptions: {}, dependencies: {}, latency: {} },
        probes: { on: 'notify' },
      }),
      samplePlan('standard'),
    ],
    [
      'anything of failures, where the floor does not judge them',
      samplePlan({
        analysis: {
          failures: '4xx',
          ceiling: 0.5,
          metrics: { failures: { rho: 3, ignorePaths: ['/a'] }, exceptions: {} },
        },
      }),
      planOf({ metrics: { failures: 'off', exceptions: {} } }),
    ],
  ];

  it.each(cases.map(([what, plan, floor = FLOOR]) => ({ what, plan, floor })))(
    '$what',
    ({ plan, floor }) => {
      expect(toldOf(plan, floor)).toEqual([]);
    },
  );

  it('without probes that would certify in place of visitors, where the floor has none', () => {
    const probed = samplePlan({
      preset: 'standard',
      probes: { requests: [{ path: '/robots.txt' }] },
    });
    expect(toldOf(probed, samplePlan('standard')).map(([path]) => path)).toEqual([
      'plan.probes.on',
    ]);
    const unseen = samplePlan({
      preset: 'standard',
      analysis: { metrics: { failures: 'notify', exceptions: {} } },
    });
    // Nobody's requests are certified there, so nothing stands in for them.
    expect(toldOf({ ...probed, analysis: unseen.analysis }, unseen)).toEqual([]);
  });

  it('with all that a plan can have, as long as nothing counts for less than the others', () => {
    const kql = ['a', 'b', 'c'].map((name) => ({ name, query: QUERY }));
    const all = { exceptions: {}, dependencies: {}, latency: {}, kql };
    const floor = samplePlan({ preset: 'standard', probes: {} });
    expect(toldOf(planOf({ metrics: all, probes: {} }), floor)).toEqual([]);
    const failures = { importance: 0.99 };
    expect(toldOf(planOf({ metrics: { ...all, failures }, probes: {} }), floor)).toEqual([
      [
        `${METRICS}.failures.importance`,
        'the weakest plan allowed asks for at least 11.1111 % of the importance of all that rolls back; this plan says 11.0122 %',
      ],
    ]);
  });
});

const few = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const ON = few('rollback', 'rollback', 'notify', 'off');

/** Small ranges, so that plans often are comparable. */
const choices = fc.record({
  failures: fc.record({
    on: ON,
    rho: few(1, 1.1),
    ceiling: few(undefined, 0.05, 0.1),
    ignorePaths: few([], ['/a/*'], ['/a/b'], ['/c', '/a/*']),
  }),
  exceptions: fc.record({ on: ON, importance: few(1, 2, 5), ceiling: few(undefined, 0.1) }),
  latency: fc.record({
    on: ON,
    importance: few(0.5, 1, 4),
    edges: few(['1s'], ['1s', '2s'], ['1s', '2s', '3s']),
  }),
  kql: few(
    [],
    [{ name: 'a', query: 'T' }],
    [
      { name: 'b', query: 'T' },
      { name: 'a', query: 'T' },
    ],
  ),
  probes: few(
    undefined,
    { rate: '1/s' },
    { rate: '2/s', on: 'notify' },
    { rate: '3/s', requests: [{ path: '/' }, { path: '/a' }] },
    { rate: '3/s', edges: ['100ms', '1s'] },
  ),
  maxBlind: few('5m', '10m'),
  maxNoData: few(undefined, '5m', '10m'),
  onNoData: few(undefined, 'pause', 'roll-back'),
});
type Choice = typeof choices extends fc.Arbitrary<infer One> ? One : never;

function drawn({ failures, exceptions, latency, kql, ...rest }: Choice): Plan {
  // A query that always rolls back: every combination is a plan.
  const always = { name: 'always', query: 'T', importance: 2 };
  return planOf({ ...rest, metrics: { failures, exceptions, latency, kql: [always, ...kql] } });
}

/** Three that differ in a few keys, each from the one before. */
const KEYS = [
  'failures',
  'exceptions',
  'latency',
  'kql',
  'probes',
  'maxBlind',
  'maxNoData',
] as const;
const picked = (from: Choice, keys: readonly (keyof Choice)[]): Partial<Choice> =>
  Object.fromEntries(keys.map((key) => [key, from[key]]));
const chains = fc
  .tuple(choices, choices, choices, fc.subarray([...KEYS]), fc.subarray([...KEYS]))
  .map(([three, forTwo, forOne, inTwo, inOne]) => {
    const two = { ...three, ...picked(forTwo, inTwo.slice(0, 2)) };
    const one = { ...two, ...picked(forOne, inOne.slice(0, 2)) };
    return [drawn(one), drawn(two), drawn(three)] as const;
  });

describe('for all plans with metrics', () => {
  it('none is weaker than itself', () => {
    fc.assert(
      fc.property(choices, (one) => {
        expect(toldOf(drawn(one), drawn(one))).toEqual([]);
      }),
    );
  });

  it('what is enough for a plan that is enough is enough', () => {
    let met = 0;
    fc.assert(
      fc.property(chains, ([one, two, three]) => {
        if (toldOf(one, two).length > 0 || toldOf(two, three).length > 0) return;
        if (one !== two && two !== three) met += 1;
        expect(toldOf(one, three)).toEqual([]);
      }),
      { numRuns: 1_500 },
    );
    expect(met).toBeGreaterThan(100);
  });
});
