// The settings: all problems at once, each naming its setting, none showing a value.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  authModeOf,
  type Environment,
  loadConfig,
  readConfig,
  readStorage,
} from '../../src/config.ts';
import { InvalidInputError } from '../../src/release/errors.ts';

const KEY = 'c2VjcmV0LWtleQ==';
const CLOUD = `DefaultEndpointsProtocol=https;AccountName=acct;AccountKey=${KEY};EndpointSuffix=core.windows.net`;
const LOCAL = `DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=${KEY};BlobEndpoint=http://127.0.0.1:1/devstoreaccount1;QueueEndpoint=http://127.0.0.1:2/devstoreaccount1;TableEndpoint=http://127.0.0.1:3/devstoreaccount1;`;
const GUID = '11111111-2222-3333-4444-555555555555';
const GOOD = { AzureWebJobsStorage: CLOUD, SLIPWAY_CLOCK_SCHEDULE: '*/30 * * * * *' };
const ENDPOINTS = {
  SLIPWAY_ARM_ENDPOINT: 'http://127.0.0.1:7071',
  SLIPWAY_LOGS_ENDPOINT: 'http://localhost:7072',
  SLIPWAY_SITES_ENDPOINT: 'http://[::1]:7073',
};
const ON_THIS_MACHINE = { ...GOOD, ...ENDPOINTS, AzureWebJobsStorage: LOCAL };
const IDENTITY = {
  SLIPWAY_CLOCK_SCHEDULE: '*/30 * * * * *',
  AzureWebJobsStorage__accountName: 'acct',
  AzureWebJobsStorage__credential: 'managedidentity',
  AzureWebJobsStorage__clientId: GUID,
};

function problemsOf(env: Environment): readonly string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    for (const { path } of error.details) expect(error.message).toContain(path);
    expect(error.message).not.toContain(KEY);
    return error.details.map(({ path }) => path);
  }
  return [];
}

describe('good settings', () => {
  it('need no more than storage and the clock', () => {
    expect(readConfig(GOOD)).toEqual({
      storage: { kind: 'connection-string', connectionString: CLOUD },
      clientId: undefined,
      workspaceId: undefined,
      clockSchedule: '*/30 * * * * *',
      auth: 'function-keys',
      apps: 'registered',
      receivers: [],
      publicUrl: undefined,
      local: undefined,
      timeScale: 1,
    });
  });

  it('may reach storage by an identity', () => {
    expect(readConfig({ ...IDENTITY, AZURE_CLIENT_ID: GUID })).toMatchObject({
      storage: {
        kind: 'identity',
        tableUrl: 'https://acct.table.core.windows.net',
        queueUrl: 'https://acct.queue.core.windows.net',
        clientId: GUID,
      },
      clientId: GUID,
    });
  });

  it('may name the services of another cloud', () => {
    const config = readConfig({
      SLIPWAY_CLOCK_SCHEDULE: '0 * * * * *',
      AzureWebJobsStorage__tableServiceUri: 'https://acct.table.core.usgovcloudapi.net',
      AzureWebJobsStorage__queueServiceUri: 'https://acct.queue.core.usgovcloudapi.net',
    });
    expect(config.storage).toMatchObject({
      tableUrl: 'https://acct.table.core.usgovcloudapi.net',
      queueUrl: 'https://acct.queue.core.usgovcloudapi.net',
    });
  });

  it.each([LOCAL, 'UseDevelopmentStorage=true'])(
    'may scale time on one machine: %#',
    (AzureWebJobsStorage) => {
      const config = readConfig({
        ...ON_THIS_MACHINE,
        AzureWebJobsStorage,
        SLIPWAY_TIME_SCALE: '60.5',
      });
      expect(config).toMatchObject({
        timeScale: 60.5,
        local: {
          arm: 'http://127.0.0.1:7071',
          logs: 'http://localhost:7072',
          sites: 'http://[::1]:7073',
        },
      });
    },
  );

  it.each(['function-keys', 'easy-auth', 'anonymous'])(
    'may say who is believed over HTTP: %s, on one machine',
    (SLIPWAY_AUTH) => {
      expect(readConfig({ ...ON_THIS_MACHINE, SLIPWAY_AUTH }).auth).toBe(SLIPWAY_AUTH);
      expect(authModeOf({ ...ON_THIS_MACHINE, SLIPWAY_AUTH })).toBe(SLIPWAY_AUTH);
    },
  );

  it('take an empty setting for one that is not set', () => {
    const empty = { SLIPWAY_ARM_ENDPOINT: '', SLIPWAY_TIME_SCALE: ' ', AZURE_CLIENT_ID: '' };
    expect(readConfig({ ...GOOD, ...empty })).toEqual(readConfig(GOOD));
  });
});

const BAD: readonly [string, Environment, readonly string[]][] = [
  ['nothing at all', {}, ['AzureWebJobsStorage', 'SLIPWAY_CLOCK_SCHEDULE']],
  [
    'three wrong ones',
    { ...GOOD, SLIPWAY_WORKSPACE_ID: 'x', SLIPWAY_CLOCK_SCHEDULE: 'often', AZURE_CLIENT_ID: 'me' },
    ['AZURE_CLIENT_ID', 'SLIPWAY_CLOCK_SCHEDULE', 'SLIPWAY_WORKSPACE_ID'],
  ],
  [
    'a webhook without its secret, and one by http',
    { ...GOOD, SLIPWAY_WEBHOOK_URL: 'http://hooks.example.com/' },
    ['SLIPWAY_WEBHOOK_SECRET', 'SLIPWAY_WEBHOOK_URL'],
  ],
  [
    'a secret without its webhook, and too short',
    { ...GOOD, SLIPWAY_WEBHOOK_SECRET: 'whsec_c2hvcnQ=' },
    ['SLIPWAY_WEBHOOK_SECRET', 'SLIPWAY_WEBHOOK_URL'],
  ],
  ['an unknown way in', { ...GOOD, SLIPWAY_AUTH: 'Easy-Auth' }, ['SLIPWAY_AUTH']],
  ['everybody let in, in Azure', { ...GOOD, SLIPWAY_AUTH: 'anonymous' }, ['SLIPWAY_AUTH']],
  [
    'everybody let in, with storage in Azure',
    { ...GOOD, ...ENDPOINTS, SLIPWAY_AUTH: 'anonymous' },
    ['SLIPWAY_AUTH'],
  ],
  [
    'everybody let in, with a stand-in elsewhere',
    { ...ON_THIS_MACHINE, SLIPWAY_AUTH: 'anonymous', SLIPWAY_ARM_ENDPOINT: 'http://10.0.0.7' },
    ['SLIPWAY_ARM_ENDPOINT', 'SLIPWAY_AUTH'],
  ],
  ['two forms of storage', { ...GOOD, ...IDENTITY }, ['AzureWebJobsStorage']],
  ['no connection string', { ...GOOD, AzureWebJobsStorage: KEY }, ['AzureWebJobsStorage']],
  [
    'a connection string without its key',
    { ...GOOD, AzureWebJobsStorage: 'AccountName=acct' },
    ['AzureWebJobsStorage'],
  ],
  [
    'storage by http beyond this machine',
    { ...GOOD, AzureWebJobsStorage: LOCAL.replaceAll('127.0.0.1', '10.0.0.7') },
    ['AzureWebJobsStorage'],
  ],
  [
    'a bad account, credential and client',
    {
      ...IDENTITY,
      AzureWebJobsStorage__accountName: 'My_Account',
      AzureWebJobsStorage__credential: 'password',
      AzureWebJobsStorage__clientId: '7',
    },
    [
      'AzureWebJobsStorage__accountName',
      'AzureWebJobsStorage__clientId',
      'AzureWebJobsStorage__credential',
    ],
  ],
  [
    'half of the services, by http',
    { ...GOOD, AzureWebJobsStorage: '', AzureWebJobsStorage__tableServiceUri: 'http://t' },
    ['AzureWebJobsStorage__queueServiceUri', 'AzureWebJobsStorage__tableServiceUri'],
  ],
  [
    'a clock of five fields',
    { ...GOOD, SLIPWAY_CLOCK_SCHEDULE: '*/5 * * * *' },
    ['SLIPWAY_CLOCK_SCHEDULE'],
  ],
  [
    'endpoints beyond this machine',
    {
      ...ON_THIS_MACHINE,
      SLIPWAY_ARM_ENDPOINT: 'http://127.0.0.1.example.net',
      SLIPWAY_LOGS_ENDPOINT: 'https://api.loganalytics.io',
      SLIPWAY_SITES_ENDPOINT: 'file:///etc',
    },
    ['SLIPWAY_ARM_ENDPOINT', 'SLIPWAY_LOGS_ENDPOINT', 'SLIPWAY_SITES_ENDPOINT'],
  ],
  [
    'one endpoint of three',
    { ...GOOD, SLIPWAY_LOGS_ENDPOINT: 'http://127.0.0.1:1' },
    ['SLIPWAY_ARM_ENDPOINT', 'SLIPWAY_SITES_ENDPOINT'],
  ],
  ...['0.5', '0', '-1', '10001', '1e3', 'fast', 'NaN', '0x10'].map(
    (scale): [string, Environment, readonly string[]] => [
      `a time scale of ${scale}`,
      { ...ON_THIS_MACHINE, SLIPWAY_TIME_SCALE: scale },
      ['SLIPWAY_TIME_SCALE'],
    ],
  ),
  ['a time scale in Azure', { ...GOOD, SLIPWAY_TIME_SCALE: '2' }, ['SLIPWAY_TIME_SCALE']],
  [
    'a time scale with storage in Azure',
    { ...GOOD, ...ENDPOINTS, SLIPWAY_TIME_SCALE: '2' },
    ['SLIPWAY_TIME_SCALE'],
  ],
  [
    'a time scale with storage by identity',
    { ...IDENTITY, ...ENDPOINTS, SLIPWAY_TIME_SCALE: '2' },
    ['SLIPWAY_TIME_SCALE'],
  ],
  [
    'a time scale without one of the endpoints',
    { ...ON_THIS_MACHINE, SLIPWAY_LOGS_ENDPOINT: undefined, SLIPWAY_TIME_SCALE: '2' },
    ['SLIPWAY_LOGS_ENDPOINT', 'SLIPWAY_TIME_SCALE'],
  ],
];

describe('bad settings are all reported, by name', () => {
  it.each(BAD)('%s', (_what, env, names) => {
    expect(problemsOf(env).toSorted()).toEqual(names);
  });
});

describe('the store alone', () => {
  it('needs no other setting', () => {
    expect(readStorage({ AzureWebJobsStorage: CLOUD })).toEqual({
      kind: 'connection-string',
      connectionString: CLOUD,
      identity: undefined,
    });
  });

  it('is checked as always', () => {
    expect(() => readStorage({})).toThrow('AzureWebJobsStorage: is missing');
  });
});

describe('loadConfig', () => {
  it('reads this process', () => {
    const before = process.env;
    process.env = { ...GOOD };
    try {
      expect(loadConfig()).toEqual(readConfig(GOOD));
    } finally {
      process.env = before;
    }
  });
});

describe('the way in, as the functions ask for it while they load', () => {
  const hostile = fc.oneof(
    fc.string(),
    fc.constantFrom('anonymous', 'easy-auth', LOCAL, CLOUD, ...Object.values(ENDPOINTS)),
  );
  const environment = fc.record(
    {
      SLIPWAY_AUTH: hostile,
      AzureWebJobsStorage: hostile,
      AzureWebJobsStorage__accountName: hostile,
      SLIPWAY_ARM_ENDPOINT: hostile,
      SLIPWAY_LOGS_ENDPOINT: hostile,
      SLIPWAY_SITES_ENDPOINT: hostile,
    },
    { requiredKeys: [] },
  );

  it('never throws, and is open only where readConfig agrees that it may be', () => {
    fc.assert(
      fc.property(environment, (env) => {
        const mode = authModeOf(env);
        const told = problemsOf({ ...GOOD, ...env });
        const wanted = env.SLIPWAY_AUTH?.trim() ?? '';
        expect(mode === 'function-keys' || mode === wanted).toBe(true);
        if (mode === 'anonymous') expect(told).toEqual([]);
        if (mode !== wanted && wanted !== '' && wanted !== 'easy-auth') {
          expect(told).toContain('SLIPWAY_AUTH');
        }
      }),
    );
  });

  it.each([
    ['True', 'easy-auth'],
    ['true', 'easy-auth'],
    ['False', 'function-keys'],
    ['', 'function-keys'],
    [undefined, 'function-keys'],
    ['True, or not', 'function-keys'],
  ])('believes the headers of Easy Auth only while it is on: %s', (WEBSITE_AUTH_ENABLED, mode) => {
    const env = { ...GOOD, SLIPWAY_AUTH: 'easy-auth', WEBSITE_AUTH_ENABLED };
    expect(authModeOf(env)).toBe(mode);
    // Releases go on meanwhile: it is no problem of the settings.
    expect(problemsOf(env)).toEqual([]);
  });
});
