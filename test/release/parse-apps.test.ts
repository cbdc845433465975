import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { BOUNDS } from '../../src/limits.ts';
import { appChanges, siteGivenUp } from '../../src/release/apps-change.ts';
import { InvalidInputError, type Problem, RefusedError } from '../../src/release/errors.ts';
import { parseApps, readStoredApp } from '../../src/release/parse-apps.ts';
import { parseStart } from '../../src/release/parse-start.ts';
import { appKeyOf } from '../../src/release/release-id.ts';
import { entryOf, readApps, TEAM, writtenApp } from '../support/app-samples.ts';
import { samplePlan } from '../support/release-samples.ts';

function problemsOf(input: unknown): readonly Problem[] {
  try {
    parseApps(input);
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    return error.details;
  }
  return [];
}
const pathsOf = (...apps: readonly unknown[]): readonly string[] =>
  problemsOf({ apps })
    .map(({ path }) => path)
    .toSorted();

const SHOP = writtenApp('shop');

describe('an entry', () => {
  it('needs name, target and slot', () => {
    expect(entryOf(SHOP)).toEqual({
      ...SHOP,
      telemetry: { workspaceId: undefined, component: undefined, role: undefined },
      defaultPlan: samplePlan('standard'),
      weakestPlan: undefined,
      may: { start: undefined, override: undefined, approve: undefined },
      reversible: true,
      labels: {},
    });
  });

  it('is read with its plans written out and its ids in lower case', () => {
    const id = 'ABCDEF01-2222-4222-8222-222222222222';
    const entry = entryOf({
      ...SHOP,
      defaultPlan: { preset: 'careful', watch: '3h' },
      weakestPlan: 'careful',
      may: { start: ['queue', 'key', id], approve: [TEAM] },
      reversible: false,
      labels: { team: 'checkout' },
    });
    expect(entry).toMatchObject({
      defaultPlan: { watchMs: 10_800_000 },
      weakestPlan: { name: 'careful' },
      may: { start: ['queue', 'key', id.toLowerCase()], override: undefined, approve: [TEAM] },
      reversible: false,
      labels: { team: 'checkout' },
    });
  });

  it('takes the weakest plan for its default when it names none', () => {
    expect(entryOf({ ...SHOP, weakestPlan: 'careful' }).defaultPlan).toEqual(samplePlan('careful'));
  });

  it('is the same from text, and keeps what was written', () => {
    const app = { ...SHOP, weakestPlan: { steps: [{ weight: 5, bake: '10m' }] } };
    const [read] = parseApps(JSON.stringify({ apps: [app] }));
    expect(read?.written).toEqual(app);
    expect(read?.entry).toEqual(entryOf(app));
    expect(readStoredApp(app)).toEqual(entryOf(app));
  });
});

describe('bad entries', () => {
  const bad: readonly (readonly [what: string, app: unknown, paths: readonly string[]])[] = [
    ['nothing', {}, ['apps[0].name', 'apps[0].slot', 'apps[0].target']],
    ['an unknown key', { ...SHOP, colour: 'red' }, ['apps[0].colour']],
    ['production', { ...SHOP, slot: 'Production' }, ['apps[0].slot']],
    ['a list of nobody', { ...SHOP, may: { start: [] } }, ['apps[0].may.start']],
    ['a name for an id', { ...SHOP, may: { override: ['ada'] } }, ['apps[0].may.override[0]']],
    ['an unknown right', { ...SHOP, may: { read: ['key'] } }, ['apps[0].may.read']],
    ['a label key', { ...SHOP, labels: { 'a b': 'c' } }, ['apps[0].labels.a b']],
    ['a label value', { ...SHOP, labels: { a: 'x'.repeat(201) } }, ['apps[0].labels.a']],
    [
      'too many labels',
      {
        ...SHOP,
        labels: Object.fromEntries(
          Array.from({ length: BOUNDS.appLabels + 1 }, (_unused, index) => [`l${index}`, 'x']),
        ),
      },
      ['apps[0].labels'],
    ],
    ['an unknown preset', { ...SHOP, defaultPlan: 'reckless' }, ['apps[0].defaultPlan']],
    [
      'a plan that only the whole shows',
      { ...SHOP, weakestPlan: { deadline: '1m' } },
      ['apps[0].weakestPlan.deadline'],
    ],
    [
      'a default plan below the floor',
      { ...SHOP, defaultPlan: { preset: 'careful', watch: '1h' }, weakestPlan: 'careful' },
      ['apps[0].defaultPlan.watch'],
    ],
    [
      'more than one row can hold',
      {
        ...SHOP,
        may: { start: Array(50).fill(TEAM) },
        defaultPlan: {
          validate: Array(10).fill({ http: { path: `/${'x'.repeat(1_999)}` } }),
          analysis: { ceiling: 0.02 },
        },
        weakestPlan: { validate: Array(10).fill({ http: { path: `/${'x'.repeat(1_999)}` } }) },
      },
      ['apps[0]'],
    ],
  ];
  it.each(bad)('%s', (_what, app, paths) => {
    expect(pathsOf(app)).toEqual(paths);
  });

  it('are all told at once', () => {
    expect(
      pathsOf({ ...SHOP, slot: 7, defaultPlan: { deadline: '1m' } }, { ...SHOP, name: 'Bank' }),
    ).toEqual(['apps[0].defaultPlan.deadline', 'apps[0].slot', 'apps[1].name', 'apps[1].target']);
  });

  it('a name twice, and a site twice in another case', () => {
    const again = { ...SHOP, name: 'bank', target: { ...SHOP.target, site: 'SHOP-site' } };
    expect(pathsOf(SHOP, SHOP)).toEqual(['apps[1].name', 'apps[1].target']);
    expect(pathsOf(SHOP, again)).toEqual(['apps[1].target']);
  });

  it.each([[undefined], [null], ['{'], ['[]'], [{}], [{ apps: {} }], [{ apps: [], more: 1 }]])(
    'a file that is %j',
    (input) => {
      expect(problemsOf(input).length).toBeGreaterThan(0);
    },
  );

  it('of another version of Slipway are told by name', () => {
    const old = { ...SHOP, slot: 'production' };
    expect(() => readStoredApp(old)).toThrow(RefusedError);
    expect(() => readStoredApp(old)).toThrow(/app shop .*apply it again/);
  });

  it('are refused with InvalidInputError and nothing else, whatever they are', () => {
    const json = fc.jsonValue({ maxDepth: 3, stringUnit: 'binary' });
    const key = fc.constantFrom(...Object.keys(SHOP), 'may', 'labels', 'defaultPlan', '__proto__');
    const near = fc.tuple(key, json).map(([name, value]) => ({ ...SHOP, [name]: value }));
    fc.assert(
      fc.property(
        fc.oneof(
          json,
          near.map((app) => ({ apps: [app, app] })),
        ),
        (input) => {
          for (const value of [input, JSON.stringify(input)]) {
            try {
              parseApps(value);
            } catch (error) {
              expect(error).toBeInstanceOf(InvalidInputError);
            }
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

it.each([
  '"labels": {"__proto__": {"deep": [1]}}',
  '"defaultPlan": {"validate": [{"http": {"path": "/", "headers": {"__proto__": "x"}}}]}',
])('a key that zod passes over is refused: %s', (part) => {
  const text = JSON.stringify(SHOP).replace(/}$/, `, ${part}}`);
  expect(problemsOf(`{"apps": [${text}]}`)).toMatchObject([{ code: 'unknown-key' }]);
});

describe('a name', () => {
  it.each(['shop', 's', '0', 'shop-2', 'a'.repeat(63)])('may be %s', (name) => {
    expect(pathsOf({ ...SHOP, name })).toEqual([]);
  });

  it.each([
    ['upper case', 'Shop'],
    ['the Cyrillic s', 'ѕhop'],
    ['the Greek o', 'shοp'],
    ['full width', 'ｓhop'],
    ['an o with a stroke', 'shøp'],
    ['a combining mark', 'sho\u0301p'],
    ['a zero-width space', 'sh\u200bop'],
    ['a soft hyphen', 'sh\u00adop'],
    ['right to left', '\u202eshop'],
    ['a non-breaking hyphen', 'shop\u20111'],
    ['a line feed at the end', 'shop\n'],
    ['a space', 'shop '],
    ['a hyphen at the start', '-shop'],
    ['a hyphen at the end', 'shop-'],
    ['a way up', '../shop'],
    ['a slash', 'shop/1'],
    ['a hash', 'shop#'],
    ['a full stop', 'shop.1'],
    ['an underscore', 'shop_1'],
    ['a quote', "shop'"],
    ['nothing', ''],
    ['64 characters', 'a'.repeat(64)],
    ['an app key', 'abcdef0123456789abcd'],
    ['an address of the API', 'audit'],
    ['no text', 7],
  ])('may not have %s', (_what, name) => {
    expect(pathsOf({ ...SHOP, name })).toEqual(['apps[0].name']);
    if (typeof name !== 'string') return;
    expect(() => parseStart({ app: name, version: '1' })).toThrow(InvalidInputError);
  });

  it('is one of 37 signs, and nothing that another spelling could look like', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 70 }), (name) => {
        if (pathsOf({ ...SHOP, name }).length === 0) expect(name).toMatch(/^[a-z0-9-]{1,63}$/);
      }),
    );
  });
});

describe('a start on an entry', () => {
  const entry = entryOf({
    ...SHOP,
    telemetry: { workspaceId: TEAM, role: 'shop' },
    defaultPlan: 'careful',
    reversible: false,
  });
  const start = { app: 'shop', version: '2.4.0' };

  it('takes target, slot, telemetry, plan and reversible from it', () => {
    expect(parseStart(start, entry)).toMatchObject({
      app: 'shop',
      target: SHOP.target,
      slot: 'staging',
      telemetry: { workspaceId: TEAM, role: 'shop' },
      plan: { name: 'careful' },
      reversible: false,
    });
  });

  it('may name the target instead, in any case, and say again what is registered', () => {
    const target = { ...SHOP.target, site: 'SHOP-SITE' };
    const said = { slot: 'Staging', telemetry: { workspaceId: TEAM.toUpperCase(), role: 'shop' } };
    const request = parseStart({ target, version: '2.4.0', ...said }, entry);
    expect(request).toEqual(parseStart({ target: SHOP.target, version: '2.4.0' }, entry));
    expect(request.target).toEqual(SHOP.target);
  });

  it.each([
    ['another slot', { slot: 'green' }, ['slot']],
    [
      'another workspace',
      { telemetry: { workspaceId: SHOP.target.subscriptionId } },
      ['telemetry.workspaceId'],
    ],
    ['another role', { telemetry: { role: 'Shop' } }, ['telemetry.role']],
    [
      'a component where none is registered',
      {
        telemetry: {
          component: `/subscriptions/s/resourceGroups/g/providers/Microsoft.Insights/components/c`,
        },
      },
      ['telemetry.component'],
    ],
    ['its way back, which there is not', { reversible: true }, ['reversible']],
    ['a target too', { target: SHOP.target }, ['target']],
    [
      'all that, and no version',
      { slot: 'green', reversible: true, version: 1 },
      ['reversible', 'slot', 'version'],
    ],
  ])('is refused with %s', (_what, change, paths) => {
    const attempt = (): unknown => parseStart({ ...start, ...change }, entry);
    expect(attempt).toThrow(InvalidInputError);
    try {
      attempt();
    } catch (error) {
      const { details } = error as InvalidInputError;
      expect(details.map(({ path }) => path).toSorted()).toEqual(paths);
    }
  });

  it('may give up its own way back', () => {
    const open = entryOf(SHOP);
    expect(parseStart(start, open).reversible).toBe(true);
    expect(parseStart({ ...start, reversible: false }, open).reversible).toBe(false);
  });

  it('means nothing without an entry', () => {
    expect(() => parseStart(start)).toThrow(/app: no app has this name/);
  });

  it('is told once when its name can be none', () => {
    try {
      parseStart({ app: 'Shop', version: '' });
      expect.unreachable();
    } catch (error) {
      const { details } = error as InvalidInputError;
      expect(details.map(({ path }) => path)).toEqual(['app', 'version']);
      expect(details.at(-1)?.message).toBe('is empty');
    }
  });
});

it('says of a name where an id is expected what could stand there', () => {
  expect(() => parseApps({ apps: [{ ...SHOP, may: { start: ['bob'] } }] })).toThrow(
    'apps[0].may.start[0]: an object id of Entra (a GUID), `queue` or `key`',
  );
});

describe('what a file changes', () => {
  it('is told value by value', () => {
    const before = { ...SHOP, may: { start: ['queue', TEAM] }, labels: { team: 'a', tier: '1' } };
    const after = {
      ...SHOP,
      slot: 'green',
      may: { start: [TEAM] },
      labels: { tier: '1' },
      reversible: false,
    };
    const [change] = appChanges([before], [after], false);
    expect(change).toMatchObject({
      kind: 'changed',
      fields: [
        { path: 'labels.team', before: 'a', after: undefined },
        { path: 'may.start[0]', before: 'queue', after: TEAM },
        { path: 'may.start[1]', before: TEAM, after: undefined },
        { path: 'reversible', before: undefined, after: false },
        { path: 'slot', before: 'staging', after: 'green' },
      ],
    });
  });

  it('is nothing when keys come in another order', () => {
    const turned = Object.fromEntries(Object.entries(SHOP).reverse());
    const [read] = parseApps({ apps: [turned] });
    const wanted = read === undefined ? [] : [read.written];
    expect(appChanges([SHOP], wanted, true)).toMatchObject([{ kind: 'unchanged', fields: [] }]);
  });

  it('removes only when it is told to', () => {
    const bank = writtenApp('bank');
    const kinds = (prune: boolean): readonly string[] =>
      appChanges([SHOP, bank], [writtenApp('post'), SHOP], prune).map(
        ({ name, kind }) => `${name} ${kind}`,
      );
    expect(kinds(false)).toEqual(['post added', 'shop unchanged']);
    expect(kinds(true)).toEqual(['bank removed', 'post added', 'shop unchanged']);
  });

  it('gives up a site by removal, and by a new target', () => {
    const key = appKeyOf(SHOP.target);
    const moved = { ...SHOP, target: { ...SHOP.target, site: 'other' } };
    const [gone] = appChanges([SHOP], [], true);
    const [other] = appChanges([SHOP], [moved], true);
    const [slot] = appChanges([SHOP], [{ ...SHOP, slot: 'green' }], true);
    const up = [gone, other, slot].map((change) => change && siteGivenUp(change));
    expect(up).toEqual([key, key, undefined]);
  });
});

it('reads a thousand apps at once', () => {
  const apps = Array.from({ length: BOUNDS.apps }, (_unused, index) => writtenApp(`app-${index}`));
  expect(readApps(...apps)).toHaveLength(BOUNDS.apps);
  expect(problemsOf({ apps: [...apps, writtenApp('more')] }).map(({ path }) => path)).toEqual([
    'apps',
  ]);
});
