import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failureOf } from '../../../src/adapters/app-service/answer-error.ts';
import { armRulesOf, mergeRules, toRule } from '../../../src/adapters/app-service/ramp-up-rules.ts';
import type { ArmRule } from '../../../src/adapters/app-service/ramp-up-rules.ts';
import {
  imageOf,
  newestDeployment,
  newestSwap,
  slotFactsOf,
} from '../../../src/adapters/app-service/site-facts.ts';
import { isLoopback } from '../../../src/loopback.ts';
import type { Rule } from '../../../src/release/azure-facts.ts';

const anyRule: fc.Arbitrary<Rule> = fc.record({
  name: fc.string(),
  host: fc.string(),
  weight: fc.integer({ min: 0, max: 1_000 }).map((tenths) => tenths / 10),
  autoRamp: fc.constant(false),
});

const orNull = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> =>
  fc.option(value, { nil: null });

const anyArmRule: fc.Arbitrary<ArmRule> = fc.record({
  name: fc.string(),
  actionHostName: fc.string(),
  reroutePercentage: fc.integer({ min: 0, max: 100 }),
  changeStep: orNull(fc.integer({ min: 0, max: 9 })),
  changeIntervalInMinutes: orNull(fc.nat()),
  minReroutePercentage: orNull(fc.nat(100)),
  maxReroutePercentage: orNull(fc.nat(100)),
  changeDecisionCallbackUrl: orNull(fc.webUrl()),
});

describe('what Azure answers and cannot mean', () => {
  it.each([
    ['an IPv4 address', '169.254.169.254'],
    ['one number', '2852039166'],
    ['octal digits', '0251.0376.0251.0376'],
    ['an IPv6 address', '[::1]'],
    ['this machine', 'localhost'],
    ['a port', 'shop.azurewebsites.net:8080'],
    ['a user', 'shop@shop.azurewebsites.net'],
    ['a path', 'shop.azurewebsites.net/x'],
    ['a line of its own', 'shop.azurewebsites.net\r\nx: y'],
    ['another alphabet', 'sh\u043ep.azurewebsites.net'],
    ['an empty label', 'shop..azurewebsites.net'],
    ['too much', `${'a.'.repeat(130)}net`],
  ])('is no host: %s', (_what, defaultHostName) => {
    const site = { defaultHostName } as Parameters<typeof slotFactsOf>[0]['site'];
    expect(() => slotFactsOf({ site, raw: {} }, 'shop')).toThrow(/no host name/);
  });

  it.each([
    ['a name that is a list', [{ name: ['staging'] }]],
    ['a weight that is a text', [{ reroutePercentage: '15' }]],
    ['a weight over 100', [{ reroutePercentage: 101 }]],
    ['a rule that is none', ['staging']],
    ['no list', { name: 'staging' }],
  ])('is no rule: %s', (_what, rules) => {
    expect(() => armRulesOf(rules as readonly ArmRule[])).toThrow();
  });
});

describe('rules', () => {
  it('come back as they were written, whatever was there before', () => {
    fc.assert(
      fc.property(fc.array(anyArmRule), fc.array(anyRule), (current, wanted) => {
        expect(mergeRules(current, wanted).map(toRule)).toEqual(wanted);
      }),
    );
  });

  it('that nobody changes lose nothing but their nulls', () => {
    fc.assert(
      fc.property(fc.uniqueArray(anyArmRule, { selector: ({ name }) => name }), (current) => {
        const kept = current.map((rule) =>
          Object.fromEntries(Object.entries(rule).filter(([, value]) => value !== null)),
        );
        expect(mergeRules(current, current.map(toRule))).toEqual(kept);
      }),
    );
  });

  it.each<{ what: string; rule: ArmRule; autoRamp: boolean }>([
    { what: 'unset', rule: { changeStep: null, changeDecisionCallbackUrl: null }, autoRamp: false },
    { what: 'a step of zero', rule: { changeStep: 0 }, autoRamp: false },
    { what: 'bounds alone', rule: { minReroutePercentage: 1 }, autoRamp: false },
    { what: 'a step', rule: { changeStep: -5 }, autoRamp: true },
    { what: 'a callback', rule: { changeDecisionCallbackUrl: 'https://x' }, autoRamp: true },
  ])('ramp by themselves only with a step or a callback: $what', ({ rule, autoRamp }) => {
    expect(toRule(rule)).toEqual({ name: '', host: '', weight: 0, autoRamp });
  });
});

describe('failureOf', () => {
  const facts = { code: 'x', message: 'x', extendedCode: undefined, retryAfterMs: undefined };
  const conflict = 'Cannot modify this site because another operation is in progress.';

  it.each([
    { change: { status: 409, message: conflict }, failure: 'busy' },
    { change: { status: 409, message: 'prepared for swap' }, failure: 'refused' },
    { change: { status: 409, extendedCode: '59205' }, failure: 'busy' },
    { change: { status: 429 }, failure: 'busy' },
    { change: { status: 503, retryAfterMs: 0 }, failure: 'busy' },
    { change: { status: 503 }, failure: 'unknown' },
    { change: { status: 500, extendedCode: '59205' }, failure: 'unknown' },
    { change: { status: 408 }, failure: 'unknown' },
    { change: { status: 302 }, failure: 'unknown' },
    { change: { status: 400, message: conflict }, failure: 'refused' },
    { change: { status: 401 }, failure: 'refused' },
    { change: { status: 404 }, failure: 'refused' },
    { change: { status: 417 }, failure: 'refused' },
  ])('$change is $failure', ({ change, failure }) => {
    expect(failureOf({ ...facts, ...change })).toBe(failure);
  });

  it('never takes an answer for refused that may have been done', () => {
    const status = fc.oneof(fc.integer({ min: 200, max: 399 }), fc.integer({ min: 500, max: 599 }));
    fc.assert(
      fc.property(status, fc.string(), (code, message) => {
        expect(failureOf({ ...facts, status: code, message })).not.toBe('refused');
      }),
    );
  });
});

describe('facts of sites', () => {
  it.each([
    { times: [], newest: undefined },
    { times: [undefined, '2026-01-01T00:00:00Z'], newest: '2026-01-01T00:00:00.000Z' },
    {
      times: ['2026-01-01T00:00:00.454Z', '2025-12-31T23:59:59Z'],
      newest: '2026-01-01T00:00:00.454Z',
    },
    { times: ['not a time'], newest: undefined },
  ])('the newest swap of $times is $newest', ({ times, newest }) => {
    const answers = times.map((time) => ({
      raw: {},
      site: {
        location: '',
        ...(time === undefined ? {} : { slotSwapStatus: { timestampUtc: new Date(time) } }),
      },
    }));
    expect(newestSwap(answers)).toBe(newest);
  });

  it.each([
    { config: { linuxFxVersion: 'DOCKER|shop:2' }, image: 'shop:2' },
    {
      config: { linuxFxVersion: '', windowsFxVersion: 'DOCKER|win/shop@sha256:ab' },
      image: 'win/shop@sha256:ab',
    },
    { config: { linuxFxVersion: 'NODE|24-lts', windowsFxVersion: null }, image: undefined },
    { config: {}, image: undefined },
  ])('the image of $config is $image', ({ config, image }) => {
    expect(imageOf(config)).toBe(image);
  });

  it('a deployment that was received and has not begun is the newest', () => {
    const begun = { name: 'shop/a', startTime: new Date('2026-01-01T00:00:00Z') };
    expect(newestDeployment([begun, { name: 'shop/staging/b' }])).toBe('b');
    expect(newestDeployment([])).toBeUndefined();
  });

  it('of two deployments that began together the first of the list is the newest', () => {
    const startTime = new Date('2026-01-01T00:00:00Z');
    expect(
      newestDeployment([
        { name: 's/a', startTime },
        { name: 's/b', startTime },
      ]),
    ).toBe('a');
  });
});

describe('isLoopback', () => {
  it.each([
    'http://127.0.0.1:7071',
    'https://127.255.0.9/',
    'http://localhost:1/path',
    'http://[::1]:80',
    'http://127.1',
  ])('accepts %s', (url) => {
    expect(isLoopback(url)).toBe(true);
  });

  it.each([
    'http://127.0.0.1.evil.example',
    'http://localhost.evil.example',
    'http://evil.example/127.0.0.1',
    'http://127.0.0.1@evil.example',
    'http://128.0.0.1',
    'http://[::2]',
    'ws://127.0.0.1',
    'file:///127.0.0.1',
    '127.0.0.1:7071',
    '',
  ])('refuses %s', (url) => {
    expect(isLoopback(url)).toBe(false);
  });
});
