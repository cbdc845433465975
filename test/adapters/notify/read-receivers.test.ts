// The setting SLIPWAY_NOTIFY: all problems at once, each with its path, none showing a value.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { readReceivers } from '../../../src/adapters/notify/read-receivers.ts';
import { readConfig } from '../../../src/config.ts';
import { InvalidInputError } from '../../../src/release/errors.ts';
import '../../support/fixed-seed.ts';
import { SECRET } from '../../support/notice-samples.ts';

const HIDDEN = 'secret-part';
const SLACK = { name: 'ops', kind: 'slack', url: `https://hooks.slack.com/services/${HIDDEN}` };
const GRID = 'https://topic.westeurope-1.eventgrid.azure.net/api/events';
const AWAY = { local: false, publicUrl: 'https://slipway.contoso.com' };

function problems(value: unknown, around = AWAY as Parameters<typeof readReceivers>[1]): string[] {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const read = readReceivers(text, around);
  expect(JSON.stringify(read.problems)).not.toContain(HIDDEN);
  if (read.problems.length > 0) expect(read.receivers).toEqual([]);
  return read.problems.map(({ path, message }) => `${path}: ${message}`);
}

describe('good receivers', () => {
  it('are read with every default', () => {
    const written = [
      SLACK,
      {
        ...SLACK,
        name: 'on-call',
        severity: 'critical',
        apps: ['shop', 'pay-*'],
        actions: ['aftercare'],
      },
      { name: 'hook', kind: 'webhook', url: 'https://example.com/', secret: SECRET },
      { name: 'grid', kind: 'cloudevents', url: GRID, auth: 'entra' },
      { ...SLACK, name: 'own', template: { text: '{{title}}' } },
    ];
    expect(problems(written)).toEqual([]);
    const { receivers } = readReceivers(JSON.stringify(written), AWAY);
    const common = { severity: 'info', apps: [], actions: [], template: undefined };
    expect(receivers).toEqual([
      { ...common, ...SLACK },
      { ...common, ...written[1] },
      { ...common, ...written[2] },
      { ...common, ...written[3], key: undefined, handshake: false },
      { ...common, ...SLACK, name: 'own', template: '{"text":"{{title}}"}' },
    ]);
  });

  it('that a vault does not give stop no release; it is said that they are not known', () => {
    const config = readConfig({
      ...BASE,
      SLIPWAY_NOTIFY: `@Microsoft.KeyVault(SecretUri=${HIDDEN})`,
    });
    expect(config.receivers).toEqual([]);
    expect(config.receiversUnread).toMatch(/Key Vault reference .* told later$/);
    expect(config.receiversUnread).not.toContain(HIDDEN);
    expect(readConfig(BASE).receiversUnread).toBeUndefined();
  });

  it('stand beside the one webhook of before, which is told first', () => {
    const config = readConfig({
      ...BASE,
      SLIPWAY_WEBHOOK_URL: 'https://example.com/hook',
      SLIPWAY_WEBHOOK_SECRET: SECRET,
      SLIPWAY_NOTIFY: JSON.stringify([SLACK]),
    });
    expect(config.receivers.map(({ name, kind }) => [name, kind])).toEqual([
      ['webhook', 'webhook'],
      ['ops', 'slack'],
    ]);
  });
});

const BASE = {
  AzureWebJobsStorage: 'UseDevelopmentStorage=true',
  SLIPWAY_CLOCK_SCHEDULE: '*/30 * * * * *',
};

describe('bad receivers are refused:', () => {
  it.each<[string, unknown, readonly RegExp[]]>([
    ['no JSON', `[{"name": "${HIDDEN}`, [/^: is not JSON/]],
    [
      'a reference that was not followed',
      `@Microsoft.KeyVault(SecretUri=${HIDDEN})`,
      [/Key Vault/],
    ],
    ['no list', SLACK, [/^: .*array/]],
    ['an empty list', [], [/at least 1/]],
    ['too many', Array.from({ length: 11 }, () => SLACK), [/at most 10/]],
    ['too long', ' '.repeat(70_000), [/at most 64000/]],
    ['no object', ['ops'], [/^\[0\]: /]],
    [
      'everything wrong at once',
      [{ name: 'Ops', kind: 'mail', url: 7, severity: 'bad', apps: [''], color: HIDDEN }],
      [
        /^\[0\]\.name/,
        /^\[0\]\.kind: write "slack"/,
        /^\[0\]\.url/,
        /^\[0\]\.severity/,
        /^\[0\]\.apps\[0\]/,
        /^\[0\]\.color/,
      ],
    ],
    [
      'problems of several',
      [
        SLACK,
        { ...SLACK, name: 'two', url: `http://${HIDDEN}.example/` },
        { ...SLACK, name: 'three', template: '{' },
      ],
      [/^\[1\]\.url: is not an https URL/, /^\[2\]\.template: does not give JSON/],
    ],
    ['a name twice', [SLACK, SLACK], [/^\[1\]\.name: is the name of receiver 1 too/]],
    [
      'an address inside',
      [{ ...SLACK, url: 'https://169.254.169.254/' }],
      [/^\[0\]\.url: is not an address of the public/],
    ],
    [
      'a user in the address',
      [{ ...SLACK, url: `https://u:${HIDDEN}@example.com/` }],
      [/^\[0\]\.url/],
    ],
    ['this machine', [{ ...SLACK, url: 'http://127.0.0.1:1/' }], [/^\[0\]\.url/]],
    [
      'an action that is not told',
      [{ ...SLACK, actions: ['intent-decided'] }],
      [/^\[0\]\.actions\[0\]: write "created"/],
    ],
    [
      'a webhook without its secret',
      [{ ...SLACK, kind: 'webhook' }],
      [/^\[0\]\.secret: is missing/],
    ],
    [
      'a short secret',
      [{ ...SLACK, kind: 'webhook', secret: `whsec_${HIDDEN}` }],
      [/^\[0\]\.secret: is not whsec_/],
    ],
    [
      'what other kinds have',
      [{ ...SLACK, secret: SECRET, key: HIDDEN, auth: 'entra', handshake: true }],
      [
        /^\[0\]\.secret: .*webhook alone/,
        /^\[0\]\.key: .*alone/,
        /^\[0\]\.auth: .*alone/,
        /^\[0\]\.handshake: .*alone/,
      ],
    ],
    [
      'a token for somebody else',
      [
        {
          name: 'x',
          kind: 'cloudevents',
          url: 'https://eventgrid.azure.net.example.com/',
          auth: 'entra',
        },
      ],
      [/^\[0\]\.auth: /],
    ],
    [
      'a key and a token',
      [{ name: 'x', kind: 'cloudevents', url: GRID, auth: 'entra', key: HIDDEN }],
      [/^\[0\]\.key: is set together/],
    ],
    [
      'a template that is too long',
      [{ ...SLACK, template: ' '.repeat(20_000) }],
      [/^\[0\]\.template: has 20000/],
    ],
  ])('%s', (_what, value, expected) => {
    const found = problems(value);
    expect(found).toHaveLength(expected.length);
    for (const problem of expected)
      expect(found.filter((one) => problem.test(one))).toHaveLength(1);
  });

  it('whatever else it is, without throwing', () => {
    const almost = fc.record(
      {
        name: fc.oneof(fc.constantFrom('ops', '__proto__', 'constructor'), fc.string()),
        kind: fc.oneof(fc.constantFrom('slack', 'teams', 'webhook', 'cloudevents'), fc.jsonValue()),
        url: fc.oneof(
          fc.webUrl(),
          fc.constantFrom('https://[', 'https://x:99999/'),
          fc.jsonValue(),
        ),
        template: fc.oneof(
          fc.constantFrom('{{', '{{#title}}', '{{=a b=}}', '{"a":{{sequence}}}'),
          fc.jsonValue(),
        ),
        apps: fc.jsonValue(),
        actions: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.array(almost, { maxLength: 12 })), (value) => {
        const { receivers, problems: found } = readReceivers(JSON.stringify(value), AWAY);
        expect(receivers.length > 0).toBe(found.length === 0);
      }),
    );
    fc.assert(fc.property(fc.string(), (text) => void readReceivers(text, AWAY)));
  });

  it('a handshake in the name of nobody', () => {
    const value = [
      { name: 'x', kind: 'cloudevents', url: 'https://example.com/', handshake: true },
    ];
    expect(problems(value, { local: false, publicUrl: undefined })).toEqual([
      expect.stringMatching(/^\[0\]\.handshake: needs SLIPWAY_PUBLIC_URL/),
    ]);
    expect(problems(value)).toEqual([]);
  });

  it('together with the other settings, by the name of the setting', () => {
    const env = {
      ...BASE,
      SLIPWAY_WORKSPACE_ID: 'x',
      SLIPWAY_NOTIFY: JSON.stringify([{ ...SLACK, url: HIDDEN }]),
      SLIPWAY_PUBLIC_URL: 'ftp://x',
    };
    const error = refusalOf(env);
    expect(error.details.map(({ path }) => path).toSorted()).toEqual([
      'SLIPWAY_NOTIFY[0].url',
      'SLIPWAY_PUBLIC_URL',
      'SLIPWAY_WORKSPACE_ID',
    ]);
    expect(error.message).not.toContain(HIDDEN);
  });

  it('a second one named webhook', () => {
    const env = {
      ...BASE,
      SLIPWAY_WEBHOOK_URL: 'https://example.com/',
      SLIPWAY_WEBHOOK_SECRET: SECRET,
      SLIPWAY_NOTIFY: JSON.stringify([{ ...SLACK, name: 'webhook' }]),
    };
    expect(refusalOf(env).details).toMatchObject([{ path: 'SLIPWAY_NOTIFY' }]);
  });
});

function refusalOf(env: Readonly<Record<string, string>>): InvalidInputError {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof InvalidInputError) return error;
    throw error;
  }
  throw new Error('these settings were taken');
}

describe('the public address', () => {
  it.each([
    [{}, undefined],
    [{ WEBSITE_HOSTNAME: 'func.azurewebsites.net' }, 'https://func.azurewebsites.net'],
    [{ WEBSITE_HOSTNAME: 'localhost:7071' }, 'http://localhost:7071'],
    [
      { WEBSITE_HOSTNAME: 'f', SLIPWAY_PUBLIC_URL: 'https://s.contoso.com/' },
      'https://s.contoso.com',
    ],
    [{ SLIPWAY_PUBLIC_URL: 'http://127.0.0.1:7071' }, 'http://127.0.0.1:7071'],
  ])('of %j is %s', (env, expected) => {
    expect(readConfig({ ...BASE, ...env }).publicUrl).toBe(expected);
  });

  it.each([
    'http://s.contoso.com',
    'https://s.contoso.com/path',
    'https://u@s.contoso.com',
    's.contoso.com',
    'https://s/?a',
    'https://s/#a',
  ])('cannot be %s', (SLIPWAY_PUBLIC_URL) => {
    expect(refusalOf({ ...BASE, SLIPWAY_PUBLIC_URL }).details).toMatchObject([
      { path: 'SLIPWAY_PUBLIC_URL' },
    ]);
  });
});
