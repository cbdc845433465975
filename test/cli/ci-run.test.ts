// What a start takes from its CI run.
import { describe, expect, it } from 'vitest';

import { githubIdentity } from '../../src/cli/ci-identity.ts';
import { ciRun } from '../../src/cli/ci-run.ts';
import { startBody, type StartFacts } from '../../src/cli/start-body.ts';
import { parseStart } from '../../src/release/parse-start.ts';

const GITHUB = {
  GITHUB_ACTIONS: 'true',
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_REPOSITORY: 'contoso/shop',
  GITHUB_RUN_ID: '1234567',
  GITHUB_RUN_ATTEMPT: '2',
  GITHUB_SHA: '4f2a9c1',
  GITHUB_ACTOR: 'ada',
  GITHUB_TRIGGERING_ACTOR: 'grace',
};
const AZURE = {
  TF_BUILD: 'True',
  SYSTEM_COLLECTIONURI: 'https://dev.azure.com/contoso/',
  SYSTEM_TEAMPROJECT: 'The shop',
  BUILD_BUILDID: '77',
  BUILD_SOURCEVERSION: '4f2a9c1',
  BUILD_REQUESTEDFOR: 'Ada Lovelace',
  SYSTEM_STAGEATTEMPT: '1',
  SYSTEM_JOBATTEMPT: '3',
};
const FACTS: StartFacts = { app: 'shop', version: '2.4.0' };

describe('a CI run', () => {
  it('of GitHub Actions is known by who asked for this attempt', () => {
    expect(ciRun(GITHUB)).toEqual({
      name: 'grace',
      run: 'https://github.com/contoso/shop/actions/runs/1234567/attempts/2',
      commit: '4f2a9c1',
      attempt: 'github-1234567-2',
    });
  });

  it('of Azure Pipelines is known by its build', () => {
    expect(ciRun(AZURE)).toEqual({
      name: 'Ada Lovelace',
      run: 'https://dev.azure.com/contoso/The%20shop/_build/results?buildId=77',
      commit: '4f2a9c1',
      attempt: 'azure-77-1-3',
    });
  });

  it.each([[{}], [{ CI: 'true' }], [{ GITHUB_ACTIONS: 'true' }], [{ TF_BUILD: 'True' }]])(
    'is none in %j',
    (env) => {
      expect(ciRun(env)).toBeUndefined();
    },
  );
});

describe('a start message', () => {
  const of = (facts: StartFacts, env: Record<string, string>, plan?: unknown) =>
    startBody(facts, plan, { ci: ciRun(env), user: 'me' });

  it('takes its facts from the run, and its key from run, attempt and app', () => {
    expect(of(FACTS, GITHUB)).toEqual({
      key: 'github-1234567-2-shop',
      app: 'shop',
      version: '2.4.0',
      requestedBy: {
        name: 'grace',
        run: 'https://github.com/contoso/shop/actions/runs/1234567/attempts/2',
        commit: '4f2a9c1',
      },
    });
  });

  it('is the same for the same attempt, and another one for the next', () => {
    expect(of(FACTS, AZURE)).toEqual(of(FACTS, AZURE));
    expect(of(FACTS, { ...AZURE, SYSTEM_JOBATTEMPT: '4' }).key).not.toBe(of(FACTS, AZURE).key);
  });

  it('says what the command line says, whatever the run says', () => {
    const facts = { startKey: 'k', name: 'n', run: 'https://r', commit: 'c', baseline: '2.3.9' };
    expect(of({ ...FACTS, ...facts, irreversible: true }, GITHUB, 'fast')).toEqual({
      ...{ key: 'k', app: 'shop', version: '2.4.0', baselineVersion: '2.3.9', plan: 'fast' },
      ...{ reversible: false, requestedBy: { name: 'n', run: 'https://r', commit: 'c' } },
    });
  });

  it('has no key outside of CI, where nobody knows which tries are the same', () => {
    const body = of(FACTS, {});
    expect(body.key).toBeUndefined();
    expect(body.requestedBy).toEqual({ name: 'me' });
  });

  it('is one that Slipway takes, by target too', () => {
    const site = {
      subscriptionId: '11111111-1111-1111-1111-111111111111',
      resourceGroup: 'rg',
      site: 'shop',
    };
    const body = of({ site, slot: 'staging', version: '2.4.0' }, GITHUB, 'careful');
    expect(parseStart(JSON.stringify(body))).toMatchObject({
      key: 'github-1234567-2-shop',
      target: site,
      plan: { name: 'careful' },
    });
  });

  it.each([
    [{ version: '1' }],
    [{ ...FACTS, site: { subscriptionId: 's', resourceGroup: 'g', site: 'x' } }],
  ])('names one app: %j', (facts) => {
    expect(() => of(facts, {})).toThrow(/--app NAME, or --site/);
  });
});

describe('the identity of a GitHub job', () => {
  const all = {
    ACTIONS_ID_TOKEN_REQUEST_URL: 'https://token.example?x=1',
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'bearer',
    AZURE_CLIENT_ID: 'client',
    AZURE_TENANT_ID: 'tenant',
  };

  it('is there when the job may ask for tokens and says whom they stand for', () => {
    expect(githubIdentity(all)).toEqual({
      ...{
        url: 'https://token.example?x=1',
        bearer: 'bearer',
        clientId: 'client',
        tenantId: 'tenant',
      },
    });
  });

  it.each(Object.keys(all))('is not there without %s', (name) => {
    expect(githubIdentity({ ...all, [name]: '' })).toBeUndefined();
  });
});
