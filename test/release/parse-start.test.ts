import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BOUNDS } from '../../src/limits.ts';
import { InvalidInputError, type Problem } from '../../src/release/errors.ts';
import { appNamed, parseStart } from '../../src/release/parse-start.ts';

const SUBSCRIPTION = '11111111-1111-1111-1111-111111111111';

const MESSAGE = {
  key: 'github-1234567-1',
  target: { subscriptionId: SUBSCRIPTION, resourceGroup: 'rg-shop', site: 'shop' },
  slot: 'staging',
  version: '2.4.0',
  baselineVersion: '2.3.9',
  telemetry: { role: 'shop' },
  plan: 'standard',
  requestedBy: { name: 'ci', run: 'https://ci.example/run/7?a=b&c=d#x', commit: 'abc' },
};

function problemsOf(input: unknown): readonly Problem[] {
  try {
    parseStart(input);
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    expect(error.code).toBe('invalid-input');
    for (const { path } of error.details) expect(error.message).toContain(`${path}: `);
    for (const { message } of error.details) expect(error.message).toContain(message);
    return error.details;
  }
  return [];
}

function pathsOf(input: unknown): readonly string[] {
  return problemsOf(input)
    .map(({ path }) => path)
    .sort();
}

const withPlan = (plan: unknown): unknown => ({ ...MESSAGE, plan });
const step = (weight: unknown, bake: unknown = '5m'): unknown => ({ weight, bake });

describe('a start message', () => {
  it('is taken as text and as the object that a trigger parsed', () => {
    expect(parseStart(JSON.stringify(MESSAGE))).toEqual(parseStart(MESSAGE));
    expect(parseStart(MESSAGE)).toMatchObject({
      key: 'github-1234567-1',
      version: '2.4.0',
      baselineVersion: '2.3.9',
      plan: { name: 'standard' },
    });
  });

  it('needs only target, slot and version', () => {
    const { target, slot, version } = MESSAGE;
    expect(parseStart({ target, slot, version })).toMatchObject({
      key: undefined,
      baselineVersion: undefined,
      plan: { name: 'standard' },
      requestedBy: { name: 'unknown', run: undefined, commit: undefined },
      telemetry: { workspaceId: undefined, component: undefined, role: undefined },
    });
  });
});

/** Issue 2, bad input: what is sent, and the path of every problem it must name. */
const BAD: readonly (readonly [string, unknown, readonly string[]])[] = [
  ['malformed JSON', '{"target":', ['']],
  ['text that is no JSON', 'start!', ['']],
  ['JSON that is no object', '[1]', ['']],
  ['nothing', undefined, ['']],
  ['an empty object', {}, ['slot', 'target', 'version']],
  ['unknown keys', { ...MESSAGE, verison: '1', 'a.b': 2 }, ['a.b', 'verison']],
  [
    'unknown keys inside',
    {
      ...MESSAGE,
      target: { ...MESSAGE.target, slot: 'x' },
      plan: { stepz: [], analysis: { alhpa: 1 }, label: { pth: '/' } },
    },
    ['plan.analysis.alhpa', 'plan.label.pth', 'plan.stepz', 'target.slot'],
  ],
  [
    'wrong types',
    { ...MESSAGE, slot: 5, version: null, plan: { steps: 'all', watch: 5 }, requestedBy: [] },
    ['plan.steps', 'plan.watch', 'requestedBy', 'slot', 'version'],
  ],
  ['a plan that is neither name nor object', withPlan(7), ['plan']],
  ['an unknown preset', withPlan('quick'), ['plan']],
  ['an unknown preset inside', withPlan({ preset: 'quick' }), ['plan.preset']],
  [
    'weights that do not rise',
    withPlan({ steps: [step(5), step(5), step(4), step(50)] }),
    ['plan.steps[1].weight', 'plan.steps[2].weight'],
  ],
  [
    'weights that leave 1-99',
    withPlan({ steps: [step(0), step(0.5), step(-1), step(99.5), step(100), step('7')] }),
    [
      'plan.steps[0].weight',
      'plan.steps[1].weight',
      'plan.steps[2].weight',
      'plan.steps[2].weight',
      'plan.steps[3].weight',
      'plan.steps[4].weight',
      'plan.steps[5].weight',
    ],
  ],
  [
    'durations that do not parse or exceed 7 days',
    withPlan({
      steps: [step(5, 'soon'), step(6, '8d'), step(7, '-1m'), step(8, '0s'), step(9, '1 year')],
      watch: '169h',
      deadline: '10',
      maxBlind: '',
      maxPause: '1e3s',
      maxBake: '3y',
      analysis: { interval: '0.2ms', settle: 'Infinitym' },
    }),
    [
      'plan.analysis.interval',
      'plan.analysis.settle',
      'plan.deadline',
      'plan.maxBake',
      'plan.maxBlind',
      'plan.maxPause',
      'plan.steps[0].bake',
      'plan.steps[1].bake',
      'plan.steps[2].bake',
      'plan.steps[3].bake',
      'plan.steps[4].bake',
      'plan.watch',
    ],
  ],
  [
    'over 50 steps',
    withPlan({ steps: Array.from({ length: 51 }, (_, index) => step(index + 1, '1m')) }),
    ['plan.steps'],
  ],
  ['no steps', withPlan({ steps: [] }), ['plan.steps']],
  [
    "versions that KQL could take for code: '",
    { ...MESSAGE, version: "1' or '1'=='1" },
    ['version'],
  ],
  ['a double quote', { ...MESSAGE, baselineVersion: '1"' }, ['baselineVersion']],
  ['a pipe', { ...MESSAGE, version: '1 | take 1' }, ['version']],
  ['a backslash', { ...MESSAGE, version: '1\\' }, ['version']],
  [
    'control characters',
    { ...MESSAGE, version: '1\n2', requestedBy: { name: 'a\u0007' } },
    ['requestedBy.name', 'version'],
  ],
  [
    'names with quotes',
    { ...MESSAGE, telemetry: { role: "a'b" }, key: 'a"b' },
    ['key', 'telemetry.role'],
  ],
  ['an empty version', { ...MESSAGE, version: '' }, ['version']],
  ['the production slot as canary', { ...MESSAGE, slot: 'Production' }, ['slot']],
  [
    'a target that is no ARM name',
    { ...MESSAGE, target: { subscriptionId: 'x', resourceGroup: 'rg/..', site: 'a/b' } },
    ['target.resourceGroup', 'target.site', 'target.subscriptionId'],
  ],
  ['a body over 64 KiB', JSON.stringify({ ...MESSAGE, key: 'k'.repeat(65_536) }), ['']],
  [
    'headers that choose another slot',
    withPlan({
      validate: [{ http: { path: '/', headers: { Cookie: 'x-ms-routing-name=self' } } }],
    }),
    ['plan.validate[0].http'],
  ],
  [
    'a header with a line break',
    withPlan({ validate: [{ http: { path: '/', headers: { a: 'b\r\nc: d' } } }] }),
    ['plan.validate[0].http.headers.a'],
  ],
  [
    'a path to another host',
    withPlan({ validate: [{ http: { path: 'https://evil.example/' } }] }),
    ['plan.validate[0].http.path'],
  ],
  [
    'impossible answers',
    withPlan({
      validate: [
        { http: { path: '/', status: [99, '6xx', '200-'] } },
        { http: { path: '/', status: '504-500' } },
      ],
    }),
    [
      'plan.validate[0].http.status[0]',
      'plan.validate[0].http.status[1]',
      'plan.validate[0].http.status[2]',
    ],
  ],
  [
    'a range that runs backwards',
    withPlan({ validate: [{ http: { path: '/', status: '504-500' } }] }),
    ['plan.validate[0].http.status'],
  ],
  [
    'probes that outlast a pass',
    withPlan({ validate: [{ http: { path: '/', timeout: '2m' } }] }),
    ['plan.validate[0].http.timeout'],
  ],
  [
    'probes that outlast preflight',
    withPlan({ validate: [{ http: { path: '/', every: '10m', passes: 4 } }] }),
    ['plan.validate[0].http.every'],
  ],
  [
    'more than ten probes',
    withPlan({ validate: Array.from({ length: 11 }, () => ({ http: { path: '/' } })) }),
    ['plan.validate'],
  ],
  [
    'chances and shares out of range',
    withPlan({
      analysis: { alpha: 0, beta: 1, ceiling: 1, budget: { absolute: -0.1, relative: 11 } },
    }),
    [
      'plan.analysis.alpha',
      'plan.analysis.beta',
      'plan.analysis.budget.absolute',
      'plan.analysis.budget.relative',
      'plan.analysis.ceiling',
    ],
  ],
  [
    'a budget of nothing',
    withPlan({ analysis: { budget: { absolute: 0, relative: 0 } } }),
    ['plan.analysis.budget'],
  ],
  [
    'steps for blue-green, without a ceiling',
    withPlan({ strategy: 'blue-green', steps: [step(5)] }),
    ['plan.analysis.ceiling', 'plan.steps'],
  ],
  [
    'a canary without steps',
    withPlan({ preset: 'blue-green', strategy: 'canary' }),
    ['plan.strategy'],
  ],
  [
    'a deadline before the bakes are over',
    withPlan({ steps: [step(5, '1h')], deadline: '1h' }),
    ['plan.deadline'],
  ],
  [
    'a bake longer than maxBake',
    withPlan({ steps: [step(5, '1h')], maxBake: '30m' }),
    ['plan.maxBake'],
  ],
  [
    'more bins than are kept',
    withPlan({ analysis: { interval: '1s' } }),
    ['plan.analysis.interval'],
  ],
  [
    'a plan too long to store',
    withPlan({
      validate: Array.from({ length: 10 }, () => ({
        http: { path: `/${'p'.repeat(1_900)}`, bodyContains: 'b'.repeat(900) },
      })),
    }),
    ['plan'],
  ],
  [
    'problems of every part at once',
    { ...MESSAGE, extra: 1, slot: 'a b', plan: { steps: [step(50, 'x'), step(5)], watch: '8d' } },
    ['extra', 'plan.steps[0].bake', 'plan.steps[1].weight', 'plan.watch', 'slot'],
  ],
  [
    'problems of the whole plan beside others',
    { ...MESSAGE, version: 'a|b', plan: { steps: [step(5, '1h')], deadline: '1h' } },
    ['plan.deadline', 'version'],
  ],
];

describe('bad input', () => {
  it.each(BAD)('%s', (_name, input, paths) => {
    expect(pathsOf(input)).toEqual([...paths].sort());
  });

  it.each([' 2.4.0', '2.4.0 ', '2.4.0 rc1', ' '])(
    'shows the version %j in quotes, so that its white space is seen',
    (version) => {
      expect(problemsOf({ ...MESSAGE, version })).toEqual([
        {
          ...{ path: 'version', code: 'invalid-format' },
          message: `"${version}" has white space: write the version without, just as the app reports it (AppVersion)`,
        },
      ]);
    },
  );

  it('takes the version of production as it is, and shows blanks at its ends', () => {
    expect(parseStart({ ...MESSAGE, baselineVersion: 'Shop 1.9' }).baselineVersion).toBe(
      'Shop 1.9',
    );
    expect(problemsOf({ ...MESSAGE, baselineVersion: '2.3.9 ' })).toMatchObject([
      { path: 'baselineVersion', message: '"2.3.9 " has blanks at the beginning or the end' },
    ]);
  });

  it('of exactly 64 KiB is read, of one byte more is not', () => {
    const text = JSON.stringify(MESSAGE);
    const padded = text + ' '.repeat(BOUNDS.messageBytes - text.length);
    expect(problemsOf(padded)).toEqual([]);
    expect(problemsOf(`${padded} `)).toMatchObject([{ code: 'too-large' }]);
    // Bytes, not characters.
    expect(problemsOf(`"${'é'.repeat(BOUNDS.messageBytes / 2)}"`)).toMatchObject([
      { code: 'too-large' },
    ]);
  });

  it('is refused with InvalidInputError and nothing else, whatever it is', () => {
    const keys = ['target', 'slot', 'version', 'plan', 'steps', 'weight', 'analysis', '__proto__'];
    const json = fc.jsonValue({ maxDepth: 4, stringUnit: 'binary' });
    const near = fc.dictionary(fc.constantFrom(...keys), json, { maxKeys: 6 });
    const mutated = fc
      .tuple(fc.constantFrom('target', 'slot', 'version', 'plan', 'key', 'telemetry'), json)
      .map(([key, value]) => ({ ...MESSAGE, [key]: value }));
    const plan = near.map((value) => withPlan(value));
    const anything = fc.oneof(
      fc.anything({ withBigInt: true, withDate: true }),
      json,
      near,
      mutated,
      plan,
      fc.string(),
    );
    fc.assert(
      fc.property(anything, (input) => {
        for (const text of [input, typeof input === 'string' ? input : safeJson(input)]) {
          try {
            const request = parseStart(text);
            expect(JSON.parse(JSON.stringify(request.plan))).toMatchObject({
              name: request.plan.name,
            });
          } catch (error) {
            expect(error).toBeInstanceOf(InvalidInputError);
          }
          expect(() => appNamed(text)).not.toThrow();
        }
      }),
      { numRuns: 400 },
    );
  });

  it('nested ten thousand deep does no harm', () => {
    for (const text of [
      '['.repeat(30_000) + ']'.repeat(30_000),
      `${'{"plan":'.repeat(8_000)}1${'}'.repeat(8_000)}`,
    ]) {
      expect(problemsOf(text).length).toBeGreaterThan(0);
    }
  });
});

function safeJson(value: unknown): string {
  try {
    const text: unknown = JSON.stringify(value);
    return typeof text === 'string' ? text : '';
  } catch {
    return '';
  }
}

describe('the app that a message is about', () => {
  it('is known when the target alone is right', () => {
    const { target } = MESSAGE;
    expect(appNamed({ target, plan: 9 })).toMatchObject({ target });
    expect(appNamed(JSON.stringify({ target }))).toMatchObject({ target });
  });

  it('is known by its name', () => {
    expect(appNamed({ app: 'shop', plan: 9 })).toMatchObject({ app: 'shop' });
  });

  it.each([
    [undefined],
    ['{'],
    [{}],
    [{ target: { site: 'shop' } }],
    [[]],
    [{ app: 'shop', target: MESSAGE.target }],
    [{ app: 'Shop' }],
    [{ app: 'ѕhop' }],
  ])('is unknown in %j', (input) => {
    expect(appNamed(input)).toBeUndefined();
  });
});
