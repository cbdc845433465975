/** What the doctor reads of App Service, by Azure's SDK on the stand-in. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { connectSiteInspector } from '../../src/adapters/app-service/site-inspector.ts';
import { compareSettings } from '../../src/adapters/app-service/setting-fingerprints.ts';
import type { SiteInspector } from '../../src/controller/ports/site-inspector.ts';
import { startAppService } from '../../src/local/app-service/app-service.ts';
import type { AppServiceStandIn } from '../../src/local/app-service/app-service.ts';
import { NEEDED_ACTIONS, missingActions } from '../../src/release/doctor-rights.ts';

const TARGET = {
  ...{ subscriptionId: '11111111-1111-1111-1111-111111111111', resourceGroup: 'rg', site: 'shop' },
};
const SECRET = 'p4ssw0rd-of-the-shop';

let azure: AppServiceStandIn;
let inspector: SiteInspector;

beforeAll(async () => {
  azure = await startAppService({
    timeScale: 1,
    sites: [
      {
        ...{ subscriptionId: TARGET.subscriptionId, resourceGroup: 'rg', name: 'shop' },
        appSettings: { SAME: SECRET, COLOUR: 'blue', Slot_Name: 'production', ONLY_HERE: SECRET },
        slots: [
          {
            name: 'staging',
            appSettings: {
              ...{ SAME: SECRET, COLOUR: `green-${SECRET}`, SLOT_NAME: 'staging' },
              WEBSITE_SWAP_WARMUP_PING_PATH: '/warm?code=secret',
              WEBSITE_SWAP_WARMUP_PING_STATUSES: '200,202',
            },
          },
        ],
        stickySettings: ['slot_name'],
      },
    ],
    resolveContent: () => ({ command: process.execPath, args: [], env: {} }),
    log: () => undefined,
  });
  inspector = connectSiteInspector({
    credential: {
      getToken: async () => ({ token: jwtOf('an-app-id'), expiresOnTimestamp: 8.64e15 }),
    },
    localEndpoint: azure.armUrl,
    timeoutMs: 10_000,
  });
});
afterEach(() => azure.rights.reset());
afterAll(() => azure.stop());

function jwtOf(appid: string): string {
  return `x.${Buffer.from(JSON.stringify({ appid })).toString('base64url')}.x`;
}

async function write(path: string, method: string, properties: unknown): Promise<void> {
  const id = `/subscriptions/${TARGET.subscriptionId}/resourceGroups/rg/providers/Microsoft.Web/sites/shop`;
  const answer = await fetch(`${azure.armUrl}${id}${path}?api-version=2025-05-01`, {
    method,
    headers: { authorization: 'Bearer somebody', 'content-type': 'application/json' },
    body: JSON.stringify({ properties }),
  });
  if (!answer.ok) throw new Error(await answer.text());
}

describe('the configuration', () => {
  it('is that of both, with what is not set left undefined, and with the clock of Azure', async () => {
    await write('/slots/staging/config/web', 'PATCH', {
      alwaysOn: false,
      healthCheckPath: '/health',
    });
    const { production, slot, azureTime } = await inspector.readConfiguration(TARGET, 'staging');
    expect(production).toMatchObject({
      kind: 'app,linux',
      tier: 'Standard',
      httpsOnly: false,
      alwaysOn: true,
    });
    expect(production.planId).toMatch(/\/serverfarms\//);
    expect(production.healthCheckPath).toBeUndefined();
    expect(slot).toMatchObject({ alwaysOn: false, healthCheckPath: '/health' });
    expect(azureTime).toEqual(expect.any(Number));
  });

  it('of a slot that is not there is an error with the code of Azure', async () => {
    await expect(inspector.readConfiguration(TARGET, 'nowhere')).rejects.toMatchObject({
      code: 'ResourceNotFound',
    });
  });
});

describe('settings', () => {
  it('are compared by name without case, and sticky ones are marked', async () => {
    const { appSettings, same } = await inspector.compareSettings(TARGET, 'staging');
    expect(same).toBe(1);
    const colour = appSettings.find(({ name }) => name === 'COLOUR');
    expect(colour?.production).not.toBe(colour?.slot);
    expect(appSettings.map(({ name, sticky }) => [name.toUpperCase(), sticky])).toEqual([
      ['COLOUR', false],
      ['ONLY_HERE', false],
      ['SLOT_NAME', true],
      ['WEBSITE_SWAP_WARMUP_PING_PATH', false],
      ['WEBSITE_SWAP_WARMUP_PING_STATUSES', false],
    ]);
    expect(appSettings.find(({ name }) => name === 'ONLY_HERE')?.slot).toBeUndefined();
  });

  it('say what a swap will ask for, without a query', async () => {
    const { warmUp } = await inspector.compareSettings(TARGET, 'staging');
    expect(warmUp).toEqual({ path: '/warm', statuses: '200,202' });
  });

  it('compare connection strings with their kind', async () => {
    await write('/config/connectionstrings', 'PUT', { DB: { value: SECRET, type: 'SQLAzure' } });
    await write('/slots/staging/config/connectionstrings', 'PUT', {
      DB: { value: SECRET, type: 'MySql' },
    });
    await write('/config/slotConfigNames', 'PUT', {
      appSettingNames: ['slot_name'],
      connectionStringNames: ['DB'],
    });
    const { connectionStrings } = await inspector.compareSettings(TARGET, 'staging');
    expect(connectionStrings).toMatchObject([{ name: 'DB', sticky: true }]);
  });

  it('leave no value behind, and no fingerprint that could be found again', async () => {
    const [one, other] = [
      await inspector.compareSettings(TARGET, 'staging'),
      await inspector.compareSettings(TARGET, 'staging'),
    ];
    const text = JSON.stringify(one);
    for (const value of [SECRET, 'blue', 'green', 'secret', 'production"']) {
      expect(text.includes(`:"${value}`) || text.includes(SECRET), value).toBe(false);
    }
    expect(one.appSettings[0]?.production).toMatch(/^[0-9a-f]{8}$/);
    expect(one.appSettings[0]?.production).not.toBe(other.appSettings[0]?.production);
  });

  it('tell one value by different fingerprints under different names', () => {
    const production = new Map([
      ['A', SECRET],
      ['B', SECRET],
    ]);
    const appSettings = { production, slot: new Map<string, string>(), sticky: [] };
    const connectionStrings = { ...appSettings, production: new Map<string, string>() };
    const compared = compareSettings({ appSettings, connectionStrings });
    expect(new Set(compared.appSettings.map((one) => one.production)).size).toBe(2);
  });

  it('take a right of their own', async () => {
    azure.rights.set([{ actions: Object.keys(NEEDED_ACTIONS) }]);
    await expect(inspector.compareSettings(TARGET, 'staging')).rejects.toMatchObject({
      code: 'AuthorizationFailed',
    });
  });
});

describe('rights', () => {
  it('are those of whoever asks, on the site and on the slot', async () => {
    azure.rights.set([
      { actions: ['*/read', 'Microsoft.Web/sites/config/*'], notActions: ['*/delete'] },
    ]);
    const rights = await inspector.readRights(TARGET, 'staging');
    const permission = {
      actions: ['*/read', 'Microsoft.Web/sites/config/*'],
      notActions: ['*/delete'],
    };
    expect(rights).toEqual({ site: [permission], slot: [permission] });
    expect(missingActions(rights)).toEqual([
      'Microsoft.Web/sites/slotsswap/action',
      'Microsoft.Web/sites/slots/slotsswap/action',
    ]);
  });

  it('that may not be seen are an error with the code of Azure', async () => {
    azure.rights.set([{ actions: Object.keys(NEEDED_ACTIONS) }]);
    await expect(inspector.readRights(TARGET, 'staging')).rejects.toMatchObject({
      code: 'AuthorizationFailed',
    });
  });
});

describe('who asks', () => {
  it('is whom the token names', async () => {
    expect(await inspector.who()).toBe('an-app-id');
  });
});
