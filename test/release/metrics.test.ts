import { describe, expect, it } from 'vitest';

import { BOUNDS } from '../../src/limits.ts';
import { maySend } from '../../src/release/paired-schedule.ts';
import { metricsOf } from '../../src/release/normalise-metrics.ts';
import { presetNames } from '../../src/release/written-plan.ts';
import { samplePlan } from '../support/release-samples.ts';
import { EVERY_KEY, problemsOf, QUERY, withMetrics } from './written-plans.ts';

const ROLLS_BACK = { name: 'own', query: QUERY };

const ROLE = { on: 'rollback', importance: 1, rho: 1, delta: 0, ceiling: undefined };
const LATENCY = {
  ...ROLE,
  kind: 'latency',
  name: 'latency',
  rho: 1.03,
  edgesMs: [50, 100, 175, 300, 500, 1_000, 2_500, 5_000, 10_000],
  budget: { absolute: 0.01, relative: 0.5 },
};

describe('a plan that names no metrics', () => {
  it.each([...presetNames, { analysis: {} }, { analysis: { metrics: {} } }])(
    'holds none, and none in its text: %j',
    (written) => {
      const plan = samplePlan(written);
      expect(plan.analysis.metrics).toBeUndefined();
      expect(JSON.stringify(plan)).not.toMatch(/metrics|probes|NoData/);
      expect(metricsOf(plan.analysis)).toEqual({
        failures: { ...ROLE, ignorePaths: [], synthetic: false },
        more: [],
      });
    },
  );
});

describe('the defaults of metrics are written out', () => {
  it('failures are on, the others are not', () => {
    expect(withMetrics({ failures: {} }).analysis.metrics).toEqual({
      failures: { ...ROLE, ignorePaths: [], synthetic: false },
      more: [],
    });
  });

  it.each(['exceptions', 'dependencies'] as const)('%s', (name) => {
    const more = [{ ...ROLE, kind: name, name }];
    expect(withMetrics({ [name]: {} }).analysis.metrics?.more).toEqual(more);
    expect(withMetrics({ [name]: 'rollback' }).analysis.metrics?.more).toEqual(more);
  });

  it('latency', () => {
    expect(withMetrics({ latency: 'rollback' }).analysis.metrics?.more).toEqual([LATENCY]);
    const half = withMetrics({ latency: { budget: { relative: 0 } } }).analysis.metrics?.more;
    expect(half).toEqual([{ ...LATENCY, budget: { absolute: 0.01, relative: 0 } }]);
  });

  it('a query', () => {
    expect(withMetrics({ kql: [{ name: 'a', query: QUERY }] }).analysis.metrics?.more).toEqual([
      { ...ROLE, kind: 'kql', name: 'a', query: QUERY },
    ]);
  });

  it('probes', () => {
    const plan = samplePlan({ probes: {} });
    expect(plan.analysis.metrics).toBeUndefined();
    expect(plan.probes).toEqual({
      ...ROLE,
      importance: 2,
      perSecond: 5,
      requests: [{ path: '/', method: 'GET', headers: {}, status: [{ from: 200, to: 399 }] }],
      timeoutMs: 5_000,
      edgesMs: [],
    });
  });

  it('the limit and the policy of no-data stay those of blindness until they are said', () => {
    expect(samplePlan({ maxBlind: '1h' })).toMatchObject({
      maxNoDataMs: undefined,
      onNoData: undefined,
    });
    expect(samplePlan({ maxNoData: '1h', onNoData: 'roll-back' })).toMatchObject({
      maxBlindMs: 600_000,
      onBlind: 'pause',
      maxNoDataMs: 3_600_000,
      onNoData: 'roll-back',
    });
  });
});

describe('what a plan says of metrics is taken', () => {
  it('every key of it', () => {
    const plan = samplePlan(EVERY_KEY);
    expect(plan).toMatchObject({ maxNoDataMs: 1_200_000, onNoData: 'roll-back' });
    expect(plan.analysis.metrics).toEqual({
      failures: {
        on: 'notify',
        importance: 2,
        rho: 1.1,
        delta: 0.001,
        ceiling: 0.05,
        ignorePaths: ['/health', '/admin/*'],
        synthetic: true,
      },
      more: [
        {
          ...{ kind: 'exceptions', name: 'exceptions', on: 'notify' },
          ...{ importance: 0.5, rho: 1.2, delta: 0.002, ceiling: 0.1 },
        },
        {
          ...{ kind: 'dependencies', name: 'dependencies', on: 'notify' },
          ...{ importance: 3, rho: 1.3, delta: 0.003, ceiling: 0.2 },
        },
        {
          ...{ kind: 'latency', name: 'latency', on: 'rollback' },
          ...{ importance: 4, rho: 1, delta: 0.004, ceiling: undefined },
          edgesMs: [100, 1_000, 2_500],
          budget: { absolute: 0.02, relative: 0.25 },
        },
        {
          ...{ kind: 'kql', name: 'checkout', on: 'notify', query: QUERY },
          ...{ importance: 5, rho: 1.4, delta: 0.005, ceiling: 0.3 },
        },
      ],
    });
    expect(plan.probes).toEqual({
      ...{ on: 'notify', importance: 0.25, rho: 1.5, delta: 0.006, ceiling: 0.4 },
      perSecond: 0.5,
      requests: [
        {
          path: '/api/products',
          method: 'GET',
          headers: { 'x-shop': '1' },
          status: [
            { from: 200, to: 200 },
            { from: 304, to: 305 },
          ],
        },
        { path: '/api/search', method: 'POST', headers: {}, status: [{ from: 200, to: 299 }] },
      ],
      timeoutMs: 10_000,
      edgesMs: [250, 5_000],
      unsafe: true,
    });
  });

  it.each(['failures', 'exceptions', 'dependencies', 'latency'] as const)(
    'a word for %s is the object that says only so',
    (name) => {
      for (const on of ['rollback', 'notify', 'off']) {
        const beside = name === 'latency' ? {} : { latency: 'rollback' };
        const metrics = { ...beside, ...(on === 'rollback' ? {} : { kql: [ROLLS_BACK] }) };
        expect(withMetrics({ ...metrics, [name]: on })).toEqual(
          withMetrics({ ...metrics, [name]: { on } }),
        );
      }
    },
  );

  it('in one order, however it is written, and without what is off', () => {
    const names = (metrics: unknown): unknown =>
      withMetrics(metrics).analysis.metrics?.more.map(({ name }) => name);
    const kql = [
      { name: 'b', query: QUERY },
      { name: 'a', query: QUERY },
    ];
    expect(names({ kql, latency: {}, dependencies: {}, exceptions: {} })).toEqual([
      'exceptions',
      'dependencies',
      'latency',
      'b',
      'a',
    ]);
    expect(names({ kql, latency: 'off', exceptions: { on: 'off', rho: 2 } })).toEqual(['b', 'a']);
  });

  it('the ceiling of failures, wherever it is written, over that of the preset', () => {
    expect(withMetrics({ failures: { ceiling: 0.3 } }).analysis).toMatchObject({
      ceiling: 0.3,
      metrics: { failures: { ceiling: 0.3 } },
    });
    const watch = samplePlan({ analysis: { ceiling: 0.3, metrics: { exceptions: 'notify' } } });
    expect(watch.analysis).toMatchObject({
      ceiling: 0.3,
      metrics: { failures: { ceiling: undefined } },
    });
  });

  it.each([
    ['20/s', 20, 3_000],
    ['12/s', 12, 5_000],
    ['0.1/s', 0.1, 5_000],
    ['6/m', 0.1, 5_000],
    ['90/m', 1.5, 5_000],
  ])(
    'a rate of %s is %d a second, with a timeout that fits: %d ms',
    (rate, perSecond, timeoutMs) => {
      expect(samplePlan({ probes: { rate } }).probes).toMatchObject({ perSecond, timeoutMs });
    },
  );

  it.each([
    { requests: [{ path: '/a?b=c', method: 'HEAD' }] },
    { requests: [{ path: '/', method: 'DELETE' }], unsafe: true },
  ])('requests that whoever sends them agrees to: %j', (written) => {
    const { probes } = samplePlan({ probes: written });
    if (probes === undefined) throw new Error('the plan has probes');
    expect(probes.requests.every((request) => maySend(request, probes))).toBe(true);
  });

  it('judges the times of probes only where edges are written', () => {
    expect(samplePlan({ probes: {} }).probes?.edgesMs).toEqual([]);
    expect(samplePlan({ probes: { edges: ['100ms'] } }).probes?.edgesMs).toEqual([100]);
  });

  const GOOD: readonly (readonly [what: string, plan: unknown])[] = [
    [
      'only exceptions that roll back',
      { analysis: { metrics: { failures: 'off', exceptions: {} } } },
    ],
    ['only probes that roll back', { analysis: { metrics: { failures: 'notify' } }, probes: {} }],
    [
      'blue-green by its probes alone, without a ceiling',
      { strategy: 'blue-green', analysis: { metrics: { failures: 'off' } }, probes: {} },
    ],
    [
      'blue-green by the ceiling of failures',
      { strategy: 'blue-green', analysis: { metrics: { failures: { ceiling: 0.1 } } } },
    ],
    [
      'blue-green by the ceiling of another metric',
      {
        preset: 'blue-green',
        analysis: { metrics: { failures: 'off', exceptions: { ceiling: 0.1 } } },
      },
    ],
    [
      'one ceiling, written twice',
      { analysis: { ceiling: 0.1, metrics: { failures: { ceiling: 0.1 } } } },
    ],
    ['methods that change nothing', { probes: { requests: [{ path: '/', method: 'HEAD' }] } }],
    ['methods that may', { probes: { requests: [{ path: '/', method: 'PUT' }], unsafe: true } }],
    ['a slow rate with a long timeout', { probes: { rate: '1/s', timeout: '60s' } }],
    [
      'a query with a comment first',
      { analysis: { metrics: { kql: [{ name: 'a', query: '// why\nT' }] } } },
    ],
    [
      'a query of exactly as many characters as it may have',
      { analysis: { metrics: { kql: [{ name: 'a', query: 'T'.padEnd(BOUNDS.kqlChars) }] } } },
    ],
    [
      'a name of 31 characters',
      { analysis: { metrics: { kql: [{ name: 'a'.repeat(31), query: 'T' }] } } },
    ],
  ];

  it.each(GOOD)('%s', (_what, plan) => {
    expect(problemsOf(plan)).toEqual([]);
  });
});
