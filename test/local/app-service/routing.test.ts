import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { routeVisit } from '../../../src/local/app-service/routing.ts';
import type { RoutingRule } from '../../../src/local/app-service/routing.ts';

const canary = (reroutePercentage: number): RoutingRule => ({
  name: 'staging',
  actionHostName: 'slot',
  reroutePercentage,
});
const nobody = { cookie: undefined, query: undefined };
const production = null;

describe('which slot serves a visit', () => {
  it.each([
    ['no rules', [], nobody, 0, production, undefined],
    [
      'no rules, a cookie of an earlier release',
      [],
      { ...nobody, cookie: 'staging' },
      0,
      production,
      undefined,
    ],
    ['no rules, asked by query', [], { ...nobody, query: 'staging' }, 0, production, undefined],
    ['dice below the weight', [canary(10)], nobody, 0.0999, 'slot', 'staging'],
    ['dice at the weight', [canary(10)], nobody, 0.1, production, 'self'],
    ['0 %, without cookie', [canary(0)], nobody, 0, production, 'self'],
    [
      '0 %, cookie honoured',
      [canary(0)],
      { ...nobody, cookie: 'staging' },
      0.99,
      'slot',
      undefined,
    ],
    [
      '100 %, pinned to production',
      [canary(100)],
      { ...nobody, cookie: 'self' },
      0,
      production,
      undefined,
    ],
    [
      'query over cookie',
      [canary(0)],
      { cookie: 'self', query: 'staging' },
      0.99,
      'slot',
      'staging',
    ],
    ['query self', [canary(100)], { cookie: 'staging', query: 'self' }, 0, production, 'self'],
    [
      'unknown query, then the cookie',
      [canary(0)],
      { cookie: 'staging', query: 'x' },
      0,
      'slot',
      undefined,
    ],
    [
      'the cookie of a removed rule, other rules left: diced again',
      [canary(50)],
      { ...nobody, cookie: 'gone' },
      0.4,
      'slot',
      'staging',
    ],
    [
      'second of two rules',
      [canary(10), { ...canary(20), name: 'b', actionHostName: 'b' }],
      nobody,
      0.29,
      'b',
      'b',
    ],
  ])('%s', (_name, rules, visit, roll, hostName, pin) => {
    expect(routeVisit(rules, visit, roll)).toEqual({ hostName, pin });
  });

  it('sends the configured share of unpinned visitors, at every weight', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100 }), (weight) => {
        const rolls = Array.from({ length: 1000 }, (_, index) => (index + 0.5) / 1000);
        const sent = rolls.filter(
          (roll) => routeVisit([canary(weight)], nobody, roll).hostName === 'slot',
        );
        expect(sent).toHaveLength(weight * 10);
      }),
    );
  });

  it('keeps a visitor where the pin says, whatever the dice', () => {
    const weights = fc.integer({ min: 0, max: 100 });
    const rolls = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(weights, rolls, rolls, (weight, first, second) => {
        const { pin, hostName } = routeVisit([canary(weight)], nobody, first);
        const again = routeVisit([canary(weight)], { cookie: pin, query: undefined }, second);
        expect(again).toEqual({ hostName, pin: undefined });
      }),
    );
  });
});
