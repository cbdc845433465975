import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { BOUNDS } from '../../src/limits.ts';
import {
  countPairs,
  maySend,
  mergeWindows,
  type Pair,
  shotsOf,
} from '../../src/release/paired-schedule.ts';
import type { PairedRequest, ProbePlan } from '../../src/release/plan.ts';
import { createPrng } from '../support/prng.ts';
import { pairedRequest, probePlan } from '../support/probe-world.ts';
import { AT, MINUTE_MS } from '../support/store-samples.ts';

const request = pairedRequest;

function probes(change: Partial<ProbePlan> = {}): ProbePlan {
  return probePlan({ edgesMs: [], ...change });
}

const paths = (count: number): PairedRequest[] =>
  Array.from({ length: count }, (_, index) => request({ path: `/${index}` }));
const WINDOW = { fromMs: AT, toMs: AT + MINUTE_MS };

describe('shots', () => {
  it('keep the rate to the request, in order, never bunched, and within their window', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(0.1, 0.5, 1, 1 / 3, 5, 7.3, 20),
        fc.integer({ min: 1, max: 60_000 }),
        fc.integer({ min: 0, max: 1e7 }),
        fc.integer(),
        (perSecond, lengthMs, offsetMs, seed) => {
          const dice = createPrng(seed);
          const span = { fromMs: AT + offsetMs, toMs: AT + offsetMs + lengthMs };
          const shots = shotsOf(probes({ perSecond }), span, () => dice.next());
          const slotMs = 1_000 / perSecond;
          expect(Math.abs(shots.length - lengthMs / slotMs)).toBeLessThanOrEqual(1);
          shots.forEach(({ atMs }, index) => {
            expect(atMs).toBeGreaterThanOrEqual(span.fromMs);
            expect(atMs).toBeLessThan(span.toMs);
            // One a slot: two never come together in it, and no gap is over two slots.
            const before = shots[index - 1]?.atMs;
            if (before === undefined) return;
            expect(Math.floor(atMs / slotMs + 1e-6)).toBeGreaterThan(
              Math.floor(before / slotMs - 1e-6),
            );
            expect(atMs - before).toBeLessThanOrEqual(2 * slotMs + 1e-3);
          });
        },
      ),
    );
  });

  it('are as many over many short windows as the rate says', () => {
    const plan = probes({ perSecond: 0.3 });
    const count = (lengthMs: number): number => {
      let shots = 0;
      for (let from = AT; from < AT + 600_000; from += lengthMs)
        shots += shotsOf(plan, { fromMs: from, toMs: from + lengthMs }, () => 0.5).length;
      return shots;
    };
    expect([1_000, 7_000, 60_000].map(count)).toEqual([180, 181, 180]);
  });

  it('come at random moments of their slots', () => {
    const dice = createPrng(7);
    const offsets = shotsOf(probes(), WINDOW, () => dice.next()).map(
      ({ atMs }) => (atMs - AT) % 200,
    );
    expect(offsets).toHaveLength(300);
    expect(Math.min(...offsets)).toBeLessThan(10);
    expect(Math.max(...offsets)).toBeGreaterThan(190);
    expect(offsets.reduce((sum, one) => sum + one, 0) / 300).toBeCloseTo(100, -1);
  });

  it('a window that begins late only has fewer: nothing is made up for', () => {
    const random = (): number => 0.5;
    const whole = shotsOf(probes(), WINDOW, random);
    const late = shotsOf(probes(), { ...WINDOW, fromMs: AT + 45_000 }, random);
    expect(late).toEqual(whole.filter(({ atMs }) => atMs >= AT + 45_000));
  });

  it.each([1, 2, 3, 4, 7])('%d requests take turns, each with either version first', (count) => {
    const shots = shotsOf(probes({ requests: paths(count) }), WINDOW, () => 0.5);
    for (const { path } of paths(count)) {
      const own = shots.filter((shot) => shot.request.path === path);
      expect(Math.abs(own.length - 300 / count)).toBeLessThan(1);
      const first = own.filter(({ canaryFirst }) => canaryFirst).length;
      expect(Math.abs(first - own.length / 2)).toBeLessThanOrEqual(1);
    }
  });

  it('are never more than the limit, whatever the plan says', () => {
    const shots = shotsOf(probes({ perSecond: 1e6 }), WINDOW, () => 0.5);
    expect(shots).toHaveLength(60 * BOUNDS.probesPerSecond.most);
  });

  it('are none without a request, or in no time', () => {
    expect(shotsOf(probes({ requests: [] }), WINDOW, () => 0.5)).toEqual([]);
    expect(shotsOf(probes(), { fromMs: AT + 1, toMs: AT + 1 }, () => 0.5)).toEqual([]);
  });
});

describe('what may be sent', () => {
  it.each([
    { path: '/', method: 'GET' },
    { path: '/api/products?sort=price&page=2', method: 'HEAD' },
    { path: '/x-ms-routing-name=staging', method: 'GET' },
    { path: '//elsewhere.example/', method: 'GET' },
  ] as const)('$method $path', (change) => {
    expect(maySend(request(change), probes())).toBe(true);
  });

  it.each([
    { path: 'https://elsewhere.example/', method: 'GET' },
    { path: '', method: 'GET' },
    { path: '@elsewhere.example', method: 'GET' },
    { path: '/?x-ms-routing-name=staging', method: 'GET' },
    { path: '/a?b=c&X-MS-Routing-Name=self', method: 'GET' },
    { path: '/a?b?%78-ms-routing-name=self', method: 'HEAD' },
    { path: '/', method: 'POST' },
    { path: '/', method: 'DELETE' },
  ] as const)('never $method $path', (change) => {
    expect(maySend(request(change), probes())).toBe(false);
  });

  it('what changes something, only when the plan says that it may', () => {
    expect(maySend(request({ method: 'POST' }), { ...probes(), unsafe: true })).toBe(true);
    expect(maySend(request({ method: 'POST' }), { ...probes(), unsafe: false })).toBe(false);
  });
});

describe('counts', () => {
  const pair = (
    canary: Partial<Pair['canary']>,
    baseline: Partial<Pair['canary']> = {},
    asked = request(),
  ): Pair => ({
    request: asked,
    canary: { status: 200, durationMs: 20, ...canary },
    baseline: { status: 200, durationMs: 20, ...baseline },
  });

  it('what the plan does not want is bad, and so is no answer in time', () => {
    const only201 = request({ status: [{ from: 201, to: 201 }] });
    const pairs = [
      pair({}),
      pair({ status: 500 }),
      pair({ status: undefined, durationMs: 5_000 }),
      pair({ status: 302 }, { status: 404 }),
      pair({ status: 201 }, { status: 200 }, only201),
    ];
    expect(countPairs(probes(), AT, pairs)).toEqual({
      startMs: AT,
      answers: { canary: { n: 5, x: [2] }, baseline: { n: 5, x: [2] } },
      latency: undefined,
    });
  });

  it('times are of answers that came, good ones or not, slower than each edge', () => {
    const plan = probes({ edgesMs: [50, 100] });
    const pairs = [
      pair({ durationMs: 50 }, { durationMs: 51 }),
      pair({ durationMs: 101, status: 500 }),
      pair({ status: undefined, durationMs: 5_000 }, { durationMs: 100 }),
    ];
    expect(countPairs(plan, AT, pairs).latency).toEqual({
      canary: { n: 2, x: [1, 1] },
      baseline: { n: 3, x: [2, 0] },
    });
  });

  it('of one bin are added up, whatever the order of its windows', () => {
    const plan = probes({ edgesMs: [50] });
    const at = (binMs: number, ...pairs: Pair[]) => countPairs(plan, binMs, pairs);
    const merged = mergeWindows([
      at(AT + 300_000, pair({})),
      at(AT, pair({ status: 500 }), pair({ durationMs: 60 })),
      at(AT, pair({ status: undefined }, { status: 500 })),
    ]);
    expect(merged).toEqual([
      {
        startMs: AT,
        answers: { canary: { n: 3, x: [2] }, baseline: { n: 3, x: [1] } },
        latency: { canary: { n: 2, x: [1] }, baseline: { n: 3, x: [0] } },
      },
      at(AT + 300_000, pair({})),
    ]);
    expect(mergeWindows([])).toEqual([]);
  });

  it('count every pair in both versions', () => {
    const reply = fc.record({
      status: fc.option(fc.integer({ min: 100, max: 599 }), { nil: undefined }),
      durationMs: fc.integer({ min: 0, max: 10_000 }),
    });
    const pairs = fc.array(fc.record({ canary: reply, baseline: reply }));
    fc.assert(
      fc.property(pairs, (found) => {
        const asked = found.map((one) => ({ ...one, request: request() }));
        const { answers, latency } = countPairs(probes({ edgesMs: [10, 500] }), AT, asked);
        for (const arm of ['canary', 'baseline'] as const) {
          expect(answers[arm].n).toBe(found.length);
          expect(latency?.[arm].n).toBeLessThanOrEqual(found.length);
          for (const { n, x } of [answers[arm], latency?.[arm] ?? answers[arm]])
            expect(x.every((bad) => bad >= 0 && bad <= n)).toBe(true);
        }
      }),
    );
  });
});
