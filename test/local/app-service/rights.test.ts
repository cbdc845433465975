import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { actionOf } from '../../../src/local/app-service/rights.ts';
import { startAppService } from '../../../src/local/app-service/app-service.ts';
import type { AppServiceStandIn } from '../../../src/local/app-service/app-service.ts';
import { NEEDED_ACTIONS } from '../../../src/release/doctor-rights.ts';

const SITE =
  '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg/providers/Microsoft.Web/sites/shop';

let azure: AppServiceStandIn;
beforeAll(async () => {
  azure = await startAppService({
    timeScale: 1,
    sites: [
      {
        subscriptionId: '11111111-1111-1111-1111-111111111111',
        ...{ resourceGroup: 'rg', name: 'shop', slots: [{ name: 'staging' }] },
      },
    ],
    resolveContent: () => ({ command: process.execPath, args: [], env: {} }),
    log: () => undefined,
  });
});
afterEach(() => azure.rights.reset());
afterAll(() => azure.stop());

async function ask(path: string, method = 'GET', body?: unknown) {
  const answer = await fetch(`${azure.armUrl}${SITE}${path}?api-version=2025-05-01`, {
    method,
    headers: { authorization: 'Bearer somebody', 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: await answer.json() };
}

describe("ARM's name for a call", () => {
  it.each([
    ['GET', '', 'sites/read', 'sites/slots/read'],
    ['GET', 'slots', 'sites/slots/read', 'sites/slots/slots/read'],
    ['GET', 'config/web', 'sites/config/read', 'sites/slots/config/read'],
    ['PATCH', 'config/web', 'sites/config/write', 'sites/slots/config/write'],
    [
      'POST',
      'config/appsettings/list',
      'sites/config/list/action',
      'sites/slots/config/list/action',
    ],
    ['POST', 'slotsswap', 'sites/slotsswap/action', 'sites/slots/slotsswap/action'],
    [
      'GET',
      'operationresults/1',
      'sites/operationresults/read',
      'sites/slots/operationresults/read',
    ],
    ['GET', 'deployments', 'sites/deployments/read', 'sites/slots/deployments/read'],
  ])('%s %s is Microsoft.Web/%s, of a slot Microsoft.Web/%s', (method, rest, ofSite, ofSlot) => {
    expect(actionOf({ method, rest, slotName: undefined })).toBe(`Microsoft.Web/${ofSite}`);
    expect(actionOf({ method, rest, slotName: 'staging' })).toBe(`Microsoft.Web/${ofSlot}`);
  });

  it('of another provider is its own', () => {
    const rest = 'providers/microsoft.resources/tags/default';
    expect(actionOf({ method: 'PATCH', rest, slotName: undefined })).toBe(
      'Microsoft.Resources/tags/write',
    );
  });
});

describe('rights', () => {
  it('are all there, and are told, until somebody takes them away', async () => {
    const path = '/providers/Microsoft.Authorization/permissions';
    const everything = { actions: ['*'], notActions: [], dataActions: [], notDataActions: [] };
    expect(await ask(path)).toEqual({ status: 200, body: { value: [everything], nextLink: null } });
    azure.rights.set([{ actions: ['*'], notActions: ['Microsoft.Web/sites/config/write'] }]);
    expect(await ask(`/slots/staging${path}`)).toMatchObject({
      body: { value: [{ notActions: ['Microsoft.Web/sites/config/write'] }] },
    });
  });

  it('that are missing are 403 in the envelope of ARM, also for a site that does not exist', async () => {
    azure.rights.set([]);
    const refused = { status: 403, body: { error: { code: 'AuthorizationFailed' } } };
    expect(await ask('')).toMatchObject(refused);
    expect(await ask('/slots/nowhere')).toMatchObject(refused);
    expect(JSON.stringify((await ask('')).body)).toContain(
      "perform action 'Microsoft.Web/sites/read'",
    );
  });

  it('of the custom role are enough to read, and not to see settings', async () => {
    azure.rights.set([{ actions: Object.keys(NEEDED_ACTIONS) }]);
    for (const path of ['', '/config/web', '/config/slotConfigNames', '/deployments']) {
      expect((await ask(path)).status).toBe(200);
    }
    expect((await ask('/slots/staging/config/web')).status).toBe(200);
    expect((await ask('/config/appsettings/list', 'POST')).status).toBe(403);
    // What docs/deploy.md warns of: the right to set a weight is the right to write settings.
    expect((await ask('/config/appsettings', 'PUT', { properties: {} })).status).toBe(200);
  });
});

describe('connection strings', () => {
  it('are kept with their kind, and listed', async () => {
    const properties = { DB: { value: 'Server=a', type: 'SQLAzure' } };
    expect(
      (await ask('/slots/staging/config/connectionstrings', 'PUT', { properties })).status,
    ).toBe(200);
    expect(await ask('/slots/staging/config/connectionstrings/list', 'POST')).toMatchObject({
      body: { properties },
    });
    expect(await ask('/config/connectionstrings/list', 'POST')).toMatchObject({
      body: { properties: {} },
    });
  });
});
