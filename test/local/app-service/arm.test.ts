import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AppServiceStandIn } from '../../../src/local/app-service/app-service.ts';
import {
  API,
  arm,
  rule,
  setRules,
  SITE_PATH,
  startTiny,
  STAGING_HOST,
  swapBody,
} from './fixture.ts';

let standIn: AppServiceStandIn;
beforeAll(async () => {
  standIn = await startTiny({
    sites: [
      {
        subscriptionId: '11111111-1111-1111-1111-111111111111',
        resourceGroup: 'rg-app',
        name: 'shop',
        content: 'tiny@1',
        appSettings: { GREETING: 'hello', STICKY: 'p' },
        stickySettings: ['STICKY'],
        slots: [{ name: 'staging', content: 'tiny@2', appSettings: { STICKY: 's' } }],
      },
    ],
  });
});
afterAll(() => standIn.stop());
beforeEach(async () => {
  standIn.faults.clear();
  await arm(standIn, 'PUT', '/config/web', { properties: {} });
});

const bearer = { authorization: 'Bearer token' };

describe('what ARM refuses before App Service sees it', () => {
  it.each([
    ['no Authorization', `${SITE_PATH}?${API}`, {}, 401, 'AuthenticationFailed'],
    ['no api-version', SITE_PATH, bearer, 400, 'MissingApiVersionParameter'],
    ['an unknown site', `${SITE_PATH}x?${API}`, bearer, 404, 'ResourceNotFound'],
    ['an unknown slot', `${SITE_PATH}/slots/nope?${API}`, bearer, 404, 'ResourceNotFound'],
    [
      'a call that it does not know',
      `${SITE_PATH}/backups?${API}`,
      bearer,
      404,
      'InvalidResourceType',
    ],
    ['a path of another provider', `/subscriptions/s?${API}`, bearer, 404, 'InvalidResourceType'],
  ])('%s', async (_name, path, headers, status, code) => {
    const answer = await fetch(standIn.armUrl + path, { headers });
    expect(answer.status).toBe(status);
    const body: unknown = await answer.json();
    expect(body).toMatchObject({ error: { code } });
    expect(body).toHaveProperty('error.message');
  });

  it('a body that is not JSON, and rules of the wrong type', async () => {
    const broken = await fetch(`${standIn.armUrl}${SITE_PATH}/config/web?${API}`, {
      method: 'PATCH',
      headers: bearer,
      body: '{',
    });
    expect(broken.status).toBe(400);
    const wrong = await setRules(standIn, rule(5, { reroutePercentage: 'five' }));
    expect(wrong.status).toBe(400);
    expect(wrong.at('error')).toMatchObject({ code: 'InvalidRequestContent' });
    expect(standIn.site('shop').slots[0]?.rules).toEqual([]);
  });

  it('names the missing slot as ARM does', async () => {
    const answer = await arm(standIn, 'GET', '/slots/nope');
    expect(answer.at('error.message')).toContain(
      "The Resource 'Microsoft.Web/sites/shop/slots/nope' under resource group 'rg-app' was not found.",
    );
  });
});

describe('sites and slots', () => {
  it('shows state, host, volume and an etag, and paths do not mind case', async () => {
    const site = await arm(standIn, 'GET', '');
    expect(site.body).toMatchObject({
      type: 'Microsoft.Web/sites',
      properties: {
        state: 'Running',
        deploymentId: 'shop',
        defaultHostName: 'shop.azurewebsites.net',
        slotSwapStatus: null,
        targetSwapSlot: null,
        inProgressOperationId: null,
      },
    });
    expect(site.headers.get('etag')).toMatch(/^"[0-9A-F]{15}"$/);
    expect(site.headers.get('x-ms-ratelimit-remaining-subscription-reads')).toMatch(/^\d+$/);
    const slot = await arm(standIn, 'GET', '/SLOTS/Staging');
    expect(slot.body).toMatchObject({
      name: 'shop/staging',
      type: 'Microsoft.Web/sites/slots',
      properties: { defaultHostName: STAGING_HOST },
    });
    expect(slot.at('properties.deploymentId')).toMatch(/^shop__[0-9a-f]{4}$/);
  });

  it('lists slots without production', async () => {
    const { body } = await arm(standIn, 'GET', '/slots');
    expect(body).toMatchObject({ value: [{ name: 'shop/staging' }], nextLink: null });
  });

  it('gives unique hosts on request', async () => {
    const other = await startTiny({
      sites: [
        {
          subscriptionId: 's',
          resourceGroup: 'rg',
          name: 'app',
          uniqueHostNames: { hash: 'a1b2c3', region: 'westeurope' },
          slots: [{ name: 'staging' }],
        },
      ],
    });
    const hosts = other.site('app').slots.map(({ hostName }) => hostName);
    await other.stop();
    expect(hosts).toEqual([
      'app-a1b2c3.westeurope-01.azurewebsites.net',
      'app-staging-a1b2c3.westeurope-01.azurewebsites.net',
    ]);
  });
});

describe('config/web', () => {
  it('PATCH answers as the site, GET as config/web without an etag; unset fields are null', async () => {
    const etag = (await arm(standIn, 'GET', '')).headers.get('etag');
    const patched = await setRules(standIn, rule(15));
    const whole = {
      ...rule(15),
      changeStep: null,
      changeIntervalInMinutes: null,
      minReroutePercentage: null,
      maxReroutePercentage: null,
      changeDecisionCallbackUrl: null,
    };
    expect(patched.status).toBe(200);
    expect(patched.body).toMatchObject({ id: SITE_PATH, type: 'Microsoft.Web/sites' });
    expect(patched.headers.get('etag')).toBe(etag);
    const read = await arm(standIn, 'GET', '/config/web');
    expect(read.headers.get('etag')).toBeNull();
    expect(read.body).toMatchObject({
      id: `${SITE_PATH}/config/web`,
      type: 'Microsoft.Web/sites/config',
      properties: { alwaysOn: true, autoSwapSlotName: null, machineKey: null },
    });
    expect(read.at('properties.experiments')).toEqual({ rampUpRules: [whole] });
    expect(read.at('properties.routingRules')).toEqual([whole]);
  });

  it('PATCH merges properties and replaces the rules as a whole; PUT replaces everything', async () => {
    await setRules(standIn, rule(5), rule(0, { name: 'insiders' }));
    await arm(standIn, 'PATCH', '/config/web', { properties: { healthCheckPath: '/health' } });
    await arm(standIn, 'PATCH', '/config/web', { properties: { experiments: {} } });
    expect(standIn.site('shop').slots[0]?.rules.map(({ name }) => name)).toEqual([
      'staging',
      'insiders',
    ]);
    await setRules(standIn, rule(7));
    const read = await arm(standIn, 'GET', '/config/web');
    expect(read.at('properties.healthCheckPath')).toBe('/health');
    expect(read.at('properties.experiments.rampUpRules')).toHaveLength(1);
    const put = await arm(standIn, 'PUT', '/config/web', { properties: {} });
    expect(put.at('properties')).toMatchObject({
      healthCheckPath: null,
      experiments: { rampUpRules: [] },
    });
  });

  it('writing back a whole config, as az does, changes nothing', async () => {
    await setRules(standIn, rule(5));
    const before = (await arm(standIn, 'GET', '/config/web')).at('properties');
    await arm(standIn, 'PATCH', '/config/web', { properties: before });
    expect((await arm(standIn, 'GET', '/config/web')).at('properties')).toEqual(before);
  });
});

describe('settings, deployments, previews, stop and start', () => {
  it('lists settings and sticky names', async () => {
    const settings = await arm(standIn, 'POST', '/slots/staging/config/appsettings/list');
    expect(settings.body).toMatchObject({ name: 'appsettings', properties: { STICKY: 's' } });
    const names = await arm(standIn, 'GET', '/config/slotConfigNames');
    expect(names.at('properties.appSettingNames')).toEqual(['STICKY']);
    const diffs = await arm(standIn, 'POST', '/slotsdiffs', swapBody('staging'));
    expect(diffs.at('value')).toHaveLength(2);
  });

  it('shows each deployment of a slot, newest first, and only the newest as active', async () => {
    const first = await arm(standIn, 'GET', '/slots/staging/deployments');
    const { deploymentId } = await standIn.deploy({
      site: 'shop',
      slot: 'staging',
      content: 'tiny@3',
    });
    const { body } = await arm(standIn, 'GET', '/slots/staging/deployments');
    expect(deploymentId).toMatch(/^[0-9a-f]{32}$/);
    const older = first.at('value.0.properties.id');
    expect(body).toMatchObject({
      value: [
        { properties: { id: deploymentId, status: 4, active: true } },
        { properties: { id: older, status: 4, active: false } },
      ],
    });
  });

  it('refuses swaps while a preview is pending, until it is reset', async () => {
    await arm(standIn, 'POST', '/slots/staging/applySlotConfig', swapBody('production'));
    expect((await arm(standIn, 'GET', '')).at('properties.targetSwapSlot')).toBe('staging');
    const swap = await arm(standIn, 'POST', '/slots/staging/slotsswap', swapBody('production'));
    expect(swap.status).toBe(409);
    expect(swap.at('Message')).toContain('have been prepared for swap');
    await arm(standIn, 'POST', '/slots/staging/resetSlotConfig');
    expect((await arm(standIn, 'GET', '')).at('properties.targetSwapSlot')).toBeNull();
  });

  it('refuses a swap without target, with an unknown one, and with itself', async () => {
    const statusOf = async (body: object): Promise<number> =>
      (await arm(standIn, 'POST', '/slots/staging/slotsswap', body)).status;
    expect(await statusOf({})).toBe(400);
    expect(await statusOf(swapBody('nope'))).toBe(404);
    expect(await statusOf(swapBody('staging'))).toBe(400);
  });
});

describe('faults on demand', () => {
  const throttled = { error: { code: 'SubscriptionRequestsThrottled', message: 'slow down' } };

  it('answers instead, as often as asked, and only where it matches', async () => {
    standIn.faults.add({
      match: { method: 'get', pathIncludes: '/config/web' },
      times: 2,
      action: { kind: 'answer', status: 429, body: throttled, headers: { 'retry-after': '7' } },
    });
    expect((await arm(standIn, 'GET', '')).status).toBe(200);
    const first = await arm(standIn, 'GET', '/config/web');
    expect([first.status, first.headers.get('retry-after')]).toEqual([429, '7']);
    expect(first.body).toEqual(throttled);
    expect((await arm(standIn, 'GET', '/config/web')).status).toBe(429);
    expect((await arm(standIn, 'GET', '/config/web')).status).toBe(200);
  });

  it('cuts the connection before or after the change', async () => {
    const match = { method: 'PATCH' };
    standIn.faults.add({ match, times: 1, action: { kind: 'drop' } });
    await expect(setRules(standIn, rule(5))).rejects.toThrow();
    expect(standIn.site('shop').slots[0]?.rules).toHaveLength(0);
    standIn.faults.add({ match, times: 1, action: { kind: 'apply-then-drop' } });
    await expect(setRules(standIn, rule(5))).rejects.toThrow();
    expect(standIn.site('shop').slots[0]?.rules).toHaveLength(1);
  });

  it('applies a delayed write although its caller has gone, and after a later one', async () => {
    standIn.faults.add({
      match: { method: 'PATCH' },
      times: 1,
      action: { kind: 'delay', delayMs: 150 },
    });
    const stalled = fetch(`${standIn.armUrl}${SITE_PATH}/config/web?${API}`, {
      method: 'PATCH',
      headers: { ...bearer, 'content-type': 'application/json' },
      body: JSON.stringify({ properties: { experiments: { rampUpRules: [rule(50)] } } }),
      signal: AbortSignal.timeout(80),
    });
    await expect(stalled).rejects.toThrow();
    await setRules(standIn);
    await expect
      .poll(() => standIn.site('shop').slots[0]?.rules[0]?.reroutePercentage, { timeout: 3000 })
      .toBe(50);
  });

  it('logs requests with body and status, 0 for a cut connection', async () => {
    await setRules(standIn, rule(5));
    standIn.faults.add({ match: {}, times: 1, action: { kind: 'drop' } });
    await expect(arm(standIn, 'GET', '')).rejects.toThrow();
    const [patch, get] = standIn.requests.slice(-2);
    expect(patch).toMatchObject({ method: 'PATCH', status: 200 });
    expect(patch?.url).toBe(`${SITE_PATH}/config/web?${API}`);
    expect(JSON.parse(patch?.body ?? '')).toHaveProperty('properties.experiments');
    expect(get).toMatchObject({ method: 'GET', status: 0 });
  });
});

describe('tags', () => {
  const TAGS = '/providers/Microsoft.Resources/tags/default';
  const patch = (operation: string, tags: object, path = TAGS) =>
    arm(standIn, 'PATCH', path, { operation, properties: { tags } });
  beforeEach(async () => {
    await patch('Replace', {});
  });

  it('are merged, replaced and deleted by name without case, and stand on the site', async () => {
    await patch('Merge', { Team: 'shop', cost: '7' });
    const merged = await patch('Merge', { team: 'web' });
    expect(merged.status).toBe(200);
    expect(merged.body).toMatchObject({
      id: `${SITE_PATH}${TAGS}`,
      type: 'Microsoft.Resources/tags',
      properties: { tags: { Team: 'web', cost: '7' } },
    });
    await patch('Delete', { COST: '' });
    expect((await arm(standIn, 'GET', '')).at('tags')).toEqual({ Team: 'web' });
    expect((await patch('Replace', { a: '1' })).at('properties.tags')).toEqual({ a: '1' });
  });

  it('of a slot are its own', async () => {
    await patch('Merge', { a: '1' }, `/slots/staging${TAGS}`);
    expect((await arm(standIn, 'GET', '')).at('tags')).toEqual({});
    expect((await arm(standIn, 'GET', '/slots/staging')).at('tags')).toEqual({ a: '1' });
  });

  it.each([
    ['a value of 257 characters', 'Merge', { a: 'x'.repeat(257) }],
    ['a name of 513 characters', 'Merge', { ['x'.repeat(513)]: '' }],
    ['an unknown operation', 'Add', { a: '1' }],
  ])("are refused with ARM's envelope: %s", async (_, operation, tags) => {
    const answer = await patch(operation, tags);
    expect(answer.status).toBe(400);
    expect(answer.at('error.code')).toBe('InvalidRequestContent');
    expect((await arm(standIn, 'GET', '')).at('tags')).toEqual({});
  });
});

describe('/local/', () => {
  const post = (path: string, body: string): Promise<Response> =>
    fetch(standIn.armUrl + path, { method: 'POST', body });

  it('deploys and shows the state, without authentication', async () => {
    const answer = await post(
      '/local/deploy',
      JSON.stringify({ site: 'shop', slot: 'staging', content: 'tiny@9' }),
    );
    expect(answer.status).toBe(200);
    const state = await (await fetch(`${standIn.armUrl}/local/state`)).text();
    expect(state).toContain('tiny@9');
  });

  it.each([
    ['not JSON', '/local/deploy', '{', 400],
    ['an unknown slot', '/local/deploy', '{"site":"shop","slot":"x","content":"tiny@1"}', 400],
    ['an unknown content', '/local/deploy', '{"site":"shop","slot":"staging","content":"?"}', 400],
    [
      'an unknown key',
      '/local/deploy',
      '{"site":"shop","slot":"staging","content":"tiny@1","a":1}',
      400,
    ],
    ['an unknown path', '/local/nothing', '', 404],
  ])('says what is wrong: %s', async (_name, path, body, status) => {
    const answer = await post(path, body);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toHaveProperty('error.message');
  });
});
