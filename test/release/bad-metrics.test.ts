import { describe, expect, it } from 'vitest';

import { BOUNDS } from '../../src/limits.ts';
import { problemsOf } from './written-plans.ts';

const pathsOf = (plan: unknown): readonly string[] =>
  problemsOf(plan)
    .map(({ path }) => path)
    .toSorted();

const metrics = (value: unknown): unknown => ({ analysis: { metrics: value } });
const kql = (...list: readonly unknown[]): unknown => metrics({ kql: list });
const request = (value: object): unknown => ({ probes: { requests: [{ path: '/', ...value }] } });
const AT = 'plan.analysis.metrics';

const BAD: readonly (readonly [what: string, plan: unknown, paths: readonly string[]])[] = [
  ['metrics that are no object', metrics('all'), [AT]],
  ['an unknown metric', metrics({ latencies: 'rollback' }), [`${AT}.latencies`]],
  ['a word that is none', metrics({ exceptions: 'warn' }), [`${AT}.exceptions`]],
  ['a number', metrics({ latency: 5 }), [`${AT}.latency`]],
  ['a word inside that is none', metrics({ exceptions: { on: 'warn' } }), [`${AT}.exceptions.on`]],
  [
    'unknown keys',
    metrics({
      failures: { edges: ['1s'] },
      exceptions: { ignorePaths: [] },
      latency: { ceiling: 0.1 },
      kql: [{ name: 'a', query: 'T', budget: {} }],
    }),
    [
      `${AT}.exceptions.ignorePaths`,
      `${AT}.failures.edges`,
      `${AT}.kql[0].budget`,
      `${AT}.latency.ceiling`,
    ],
  ],
  [
    'numbers out of range',
    metrics({
      failures: { importance: 0, rho: 0.99, delta: -0.1, ceiling: 0 },
      exceptions: { importance: 101, rho: 10.1, delta: 1, ceiling: 1 },
      dependencies: { importance: Number.NaN, rho: Infinity },
    }),
    [
      ...['ceiling', 'delta', 'importance', 'rho'].map((key) => `${AT}.exceptions.${key}`),
      ...['ceiling', 'delta', 'importance', 'rho'].map((key) => `${AT}.failures.${key}`),
      ...['importance', 'rho'].map((key) => `${AT}.dependencies.${key}`),
    ],
  ],
  [
    'paths that are none',
    metrics({
      failures: { ignorePaths: ['health', '/*', '/a*', '/a/*/b', '/a?b=1', "/a'b", '/a|b'] },
    }),
    [0, 1, 2, 3, 4, 5, 6].map((index) => `${AT}.failures.ignorePaths[${index}]`),
  ],
  [
    'more paths than are left out',
    metrics({ failures: { ignorePaths: Array.from({ length: 21 }, (_, index) => `/${index}`) } }),
    [`${AT}.failures.ignorePaths`],
  ],
  ['no edges', metrics({ latency: { edges: [] } }), [`${AT}.latency.edges`]],
  [
    'edges that do not rise',
    metrics({ latency: { edges: ['1s', '1000ms', '2s', '1s'] } }),
    [`${AT}.latency.edges[1]`, `${AT}.latency.edges[3]`],
  ],
  [
    'edges that are no durations, or longer than any answer',
    metrics({ latency: { edges: ['fast', 5, '231s'] } }),
    [0, 1, 2].map((index) => `${AT}.latency.edges[${index}]`),
  ],
  [
    'more edges than are counted',
    metrics({ latency: { edges: Array.from({ length: 21 }, (_, index) => `${index + 1}s`) } }),
    [`${AT}.latency.edges`],
  ],
  [
    'a budget of nothing',
    metrics({ latency: { budget: { absolute: 0, relative: 0 } } }),
    [`${AT}.latency.budget`],
  ],
  ['a query without a name', kql({ query: 'T' }), [`${AT}.kql[0].name`]],
  ['a name without a query', kql({ name: 'a' }), [`${AT}.kql[0].query`]],
  [
    'names that are none or taken',
    kql(
      { name: 'A', query: 'T' },
      { name: 'failures', query: 'T' },
      { name: `a${'b'.repeat(31)}`, query: 'T' },
    ),
    [0, 1, 2].map((index) => `${AT}.kql[${index}].name`),
  ],
  [
    'a name twice',
    kql({ name: 'a', query: 'T' }, { name: 'b', query: 'T' }, { name: 'a', query: 'U' }),
    [`${AT}.kql[2].name`],
  ],
  ['a query that is off', kql({ name: 'a', query: 'T', on: 'off' }), [`${AT}.kql[0].on`]],
  [
    'four queries',
    kql(...['a', 'b', 'c', 'd'].map((name) => ({ name, query: 'T' }))),
    [`${AT}.kql`],
  ],
  [
    'a query that is none, or a command',
    kql(
      { name: 'a', query: ' \n' },
      { name: 'b', query: ' .drop table T' },
      { name: 'c', query: '// x\n.show' },
    ),
    [0, 1, 2].map((index) => `${AT}.kql[${index}].query`),
  ],
  [
    'a query that hides something, or is too long',
    kql(
      { name: 'a', query: 'T\u202e | take 1' },
      { name: 'b', query: 'T\u0000' },
      { name: 'c', query: 'T'.repeat(BOUNDS.kqlChars + 1) },
    ),
    [0, 1, 2].map((index) => `${AT}.kql[${index}].query`),
  ],
  ['nothing that rolls back', metrics({ failures: 'off', latency: 'notify' }), [AT]],
  [
    'probes that only tell',
    { ...(metrics({ failures: 'notify' }) as object), probes: { on: 'notify' } },
    [AT],
  ],
  [
    'blue-green by a comparison that it cannot make',
    { preset: 'blue-green', analysis: { metrics: { failures: 'off', latency: 'rollback' } } },
    [AT],
  ],
  [
    'two ceilings',
    { analysis: { ceiling: 0.1, metrics: { failures: { ceiling: 0.2 } } } },
    [`${AT}.failures.ceiling`],
  ],
  ['probes that are no object', { probes: true }, ['plan.probes']],
  ['rates that are none', { probes: { rate: '5' } }, ['plan.probes.rate']],
  ['a rate under the least', { probes: { rate: '5/m' } }, ['plan.probes.rate']],
  ['a rate over the most', { probes: { rate: '20.1/s' } }, ['plan.probes.rate']],
  ['no requests', { probes: { requests: [] } }, ['plan.probes.requests']],
  [
    'more requests than are sent in turn',
    { probes: { requests: Array.from({ length: 21 }, () => ({ path: '/' })) } },
    ['plan.probes.requests'],
  ],
  [
    'a path to another host',
    request({ path: 'https://evil.example/' }),
    ['plan.probes.requests[0].path'],
  ],
  [
    'paths that choose another slot',
    {
      probes: {
        requests: ['x-ms-routing-name', 'a=b&%58-MS-Routing-Name', 'a?&+x-ms-routing-name'].map(
          (name) => ({ path: `/?${name}=self` }),
        ),
      },
      label: { path: '/?x-ms-routing-name=self' },
      validate: [{ http: { path: '/?x-ms-routing-name=self' } }],
    },
    [
      'plan.label.path',
      ...[0, 1, 2].map((index) => `plan.probes.requests[${index}].path`),
      'plan.validate[0].http.path',
    ],
  ],
  ['a method that is none', request({ method: 'TRACE' }), ['plan.probes.requests[0].method']],
  [
    'headers that choose another slot',
    request({ headers: { Cookie: 'x-ms-routing-name=self' } }),
    ['plan.probes.requests[0].headers'],
  ],
  [
    'a header with a line break',
    request({ headers: { a: 'b\r\nc: d' } }),
    ['plan.probes.requests[0].headers.a'],
  ],
  [
    'a range that runs backwards',
    request({ status: '504-500' }),
    ['plan.probes.requests[0].status'],
  ],
  ['a body', request({ body: '{}' }), ['plan.probes.requests[0].body']],
  ['a timeout over a minute', { probes: { timeout: '61s' } }, ['plan.probes.timeout']],
  [
    'a timeout with too many waiting',
    { probes: { rate: '20/s', timeout: '3001ms' } },
    ['plan.probes.timeout'],
  ],
  [
    'edges that no answer reaches, or that do not rise',
    { probes: { timeout: '2s', edges: ['1s', '2s', '3s'] } },
    ['plan.probes.edges[1]', 'plan.probes.edges[2]'],
  ],
  [
    'methods that may change something',
    {
      probes: {
        requests: [{ path: '/' }, { path: '/', method: 'POST' }, { path: '/', method: 'PATCH' }],
      },
    },
    ['plan.probes.requests[1].method', 'plan.probes.requests[2].method'],
  ],
  ['probes that are off', { probes: { on: 'off' } }, ['plan.probes.on']],
  [
    'limits of no-data that are none',
    { maxNoData: '8d', onNoData: 'wait' },
    ['plan.maxNoData', 'plan.onNoData'],
  ],
  [
    'problems of every part at once',
    {
      maxNoData: 'long',
      analysis: {
        metrics: {
          failures: { rho: 0 },
          latency: { edges: ['x'] },
          kql: [{ name: '-', query: '' }],
        },
      },
      probes: { rate: '99/s', requests: [{ path: 'x' }], timeout: '2m', unsafe: 'yes' },
    },
    [
      `${AT}.failures.rho`,
      `${AT}.kql[0].name`,
      `${AT}.kql[0].query`,
      `${AT}.latency.edges[0]`,
      'plan.maxNoData',
      'plan.probes.rate',
      'plan.probes.requests[0].path',
      'plan.probes.timeout',
      'plan.probes.unsafe',
    ],
  ],
  [
    'problems that only the whole plan shows, at once',
    {
      analysis: { ceiling: 0.1, metrics: { failures: { on: 'notify', ceiling: 0.2 } } },
      steps: [
        { weight: 5, bake: '5m' },
        { weight: 5, bake: '5m' },
      ],
      probes: {
        on: 'notify',
        rate: '20/s',
        timeout: '4s',
        edges: ['4s'],
        requests: [{ path: '/', method: 'PUT', status: '299-200' }],
      },
    },
    [
      AT,
      `${AT}.failures.ceiling`,
      'plan.probes.edges[0]',
      'plan.probes.requests[0].method',
      'plan.probes.requests[0].status',
      'plan.probes.timeout',
      'plan.steps[1].weight',
    ],
  ],
];

describe('what a plan says of metrics is refused', () => {
  it.each(BAD)('%s', (_what, plan, paths) => {
    expect(pathsOf(plan)).toEqual(paths.toSorted());
  });

  it('in words that say the way out', () => {
    const messages = problemsOf({
      probes: { rate: '20/s', timeout: '5s', requests: [{ path: '/', method: 'POST' }] },
    }).map(({ message }) => message);
    expect(messages).toEqual([
      'POST may change something, as often as the rate says and on both versions; if it does not, say "unsafe": true',
      'at this rate at most 3000 ms, so that no more than 60 probes wait for one host: shorten it, or lower the rate',
    ]);
  });
});
