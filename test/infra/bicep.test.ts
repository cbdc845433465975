import { existsSync, globSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { z } from 'zod';
import { BY_KEY, ROUTE_PREFIX } from '../../src/api/links.ts';
import { PAGE_FILES } from '../../src/api/page-files.ts';
import { type BicepRun, type BicepSearch, findBicep } from './bicep-cli.ts';
import { Deployment } from './deployment.ts';

const INFRA = path.resolve(import.meta.dirname, '../../infra');
const TEST_TIMEOUT_MS = 90_000;
/** Bicep warns on stderr and still exits with 0. */
const CLEAN = { exitCode: 0, stderr: '' };

const HERE = '11111111-1111-1111-1111-111111111111';
const ELSEWHERE = '33333333-3333-3333-3333-333333333333';
const CI = '44444444-4444-4444-4444-444444444444';
const WEBHOOK = { url: 'https://hooks.example.com/slipway', secret: `whsec_${'A'.repeat(44)}` };
const REGISTRATION = '55555555-5555-5555-5555-555555555555';

/** Built-in roles by the ids of azure.md 4.4 and 6. */
const ROLE = {
  blobOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b',
  queueContributor: '974c5e8b-45b9-4653-ba55-5f855dd0fb88',
  tableContributor: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3',
  metricsPublisher: '3913510d-42f4-4e42-8a64-420c390055eb',
  logAnalyticsReader: '73c42c96-874c-492b-b04d-ab87d138a893',
  queueSender: 'c6a89b2d-59bc-44d0-9896-0f6e12d7b80a',
};

/** The actions of azure.md 6 that are not marked "preview only" or "only if used". */
const TARGET_ACTIONS = [
  'sites/read',
  'sites/slots/read',
  'sites/config/read',
  'sites/config/write',
  'sites/slots/config/read',
  'sites/slotsswap/action',
  'sites/slots/slotsswap/action',
  'sites/slotsdiffs/action',
  'sites/slots/slotsdiffs/action',
  'sites/operationresults/read',
  'sites/slots/operationresults/read',
  'sites/operations/read',
  'sites/slots/operations/read',
  'sites/deployments/read',
  'sites/slots/deployments/read',
]
  .map((action) => `Microsoft.Web/${action}`)
  // For `slipway doctor`, which says what is missing of the others.
  .concat('Microsoft.Authorization/permissions/read');

/** Three apps in two resource groups (one written in two ways) and two workspaces. */
const PARAMETERS = `using 'main.bicep'
param targets = [
  { resourceGroup: 'rg-shop', site: 'shop' }
  { resourceGroup: 'RG-Shop', site: 'cart' }
  { subscriptionId: '${ELSEWHERE}', resourceGroup: 'rg-shop', site: 'blog' }
]
param workspace = { resourceGroup: 'rg-logs', name: 'log-shop' }
param otherWorkspaces = [{ subscriptionId: '${ELSEWHERE}', resourceGroup: 'rg-logs', name: 'log-blog' }]
`;

let search: BicepSearch;
let folder: string;

beforeAll(async () => {
  search = await findBicep();
  if (!search.found) process.stderr.write(`infra/ is NOT checked: ${search.reason}\n`);
  // A copy, since a snapshot is written beside its parameters.
  folder = await mkdtemp(path.join(tmpdir(), 'slipway-infra-'));
  await cp(INFRA, folder, { recursive: true });
}, TEST_TIMEOUT_MS);

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function bicep(ctx: TestContext, ...args: readonly string[]): Promise<BicepRun> {
  if (!search.found) return ctx.skip(search.reason);
  return search.bicep(...args);
}

const ISSUER = z.object({
  identityProviders: z.object({
    azureActiveDirectory: z.object({ registration: z.object({ openIdIssuer: z.string() }) }),
  }),
});

/** Which deployments the tests look at: each is predicted once, since that takes seconds. */
const DEPLOYMENTS = {
  plain: PARAMETERS,
  chosen: `${PARAMETERS}param ciPrincipalId = '${CI}'
param nodeVersion = '22'
param auth = 'easy-auth'
param authClientId = '${REGISTRATION}'
param webhookUrl = '${WEBHOOK.url}'
param webhookSecret = '${WEBHOOK.secret}'
param notify = '[]'
param publicUrl = 'https://slipway.contoso.com'
`,
};

const predicted = new Map<string, Deployment>();

async function deploy(ctx: TestContext, name: keyof typeof DEPLOYMENTS): Promise<Deployment> {
  const known = predicted.get(name);
  if (known !== undefined) return known;
  const file = path.join(folder, `${name}.bicepparam`);
  await writeFile(file, DEPLOYMENTS[name]);
  const scope = ['--subscription-id', HERE, '--resource-group', 'rg-slipway'];
  expect(await bicep(ctx, 'snapshot', file, ...scope)).toMatchObject(CLEAN);
  const deployment = await Deployment.read(path.join(folder, `${name}.snapshot.json`));
  predicted.set(name, deployment);
  return deployment;
}

describe('the compiler', { timeout: TEST_TIMEOUT_MS }, () => {
  it('is given the main template and its modules', () => {
    expect(globSync('**/*.bicep', { cwd: INFRA }).length).toBeGreaterThan(5);
  });

  it('compiles every file without a warning and without the network', async (ctx) => {
    const everyFile = path.join(folder, '**/*.bicep');
    const result = await bicep(ctx, 'build', '--pattern', everyFile, '--no-restore');
    expect(result).toMatchObject(CLEAN);
    for (const file of globSync('**/*.bicep', { cwd: INFRA })) {
      expect(existsSync(path.join(folder, file.replace(/bicep$/, 'json'))), file).toBe(true);
    }
  });

  it('accepts the sample parameters', async (ctx) => {
    const args = ['build-params', path.join(INFRA, 'main.sample.bicepparam'), '--stdout'];
    expect(await bicep(ctx, ...args)).toMatchObject(CLEAN);
  });

  it("applies the project's lint rules, so that silence means something", async (ctx) => {
    const wrong = path.join(folder, 'wrong');
    await mkdir(wrong);
    await cp(path.join(INFRA, 'bicepconfig.json'), path.join(wrong, 'bicepconfig.json'));
    const file = path.join(wrong, 'wrong.bicep');
    await writeFile(file, 'param unused string\nparam keyed object\noutput all object = keyed\n');
    const result = await bicep(ctx, 'lint', file, '--no-restore');
    await rm(wrong, { recursive: true });
    expect(result.exitCode).not.toBe(0);
    expect(result.stderr).toContain('Error no-unused-params');
    expect(result.stderr).toContain('Error use-user-defined-types');
  });
});

describe('the deployment', { timeout: TEST_TIMEOUT_MS }, () => {
  it('stores without shared keys, public blobs or old TLS, and makes what the code names', async (ctx) => {
    const deployment = await deploy(ctx, 'plain');
    expect(deployment.only('Microsoft.Storage/storageAccounts').properties).toMatchObject({
      allowSharedKeyAccess: false,
      allowBlobPublicAccess: false,
      minimumTlsVersion: 'TLS1_2',
      supportsHttpsTrafficOnly: true,
    });
    const services = 'Microsoft.Storage/storageAccounts';
    const container = deployment.only(`${services}/blobServices/containers`);
    expect(container.properties).toEqual({ publicAccess: 'None' });
    expect(deployment.lastNames(`${services}/queueServices/queues`).toSorted()).toEqual([
      'probes',
      'probes-poison',
      'releases',
      'releases-poison',
      'ticks',
      'ticks-poison',
    ]);
    expect(deployment.lastNames(`${services}/tableServices/tables`).toSorted()).toEqual([
      'apps',
      'catalog',
      'due',
      'releases',
    ]);
  });

  it('takes no telemetry without an identity', async (ctx) => {
    const deployment = await deploy(ctx, 'plain');
    const workspace = deployment.only('Microsoft.OperationalInsights/workspaces');
    expect(deployment.only('Microsoft.Insights/components').properties).toMatchObject({
      DisableLocalAuth: true,
      WorkspaceResourceId: workspace.id,
    });
  });

  it('runs Node 24 on Flex Consumption behind https alone, published only with an Azure right', async (ctx) => {
    const deployment = await deploy(ctx, 'plain');
    expect(deployment.only('Microsoft.Web/serverfarms')).toMatchObject({
      sku: { name: 'FC1', tier: 'FlexConsumption' },
      properties: { reserved: true },
    });
    expect(deployment.functionApp()).toMatchObject({
      httpsOnly: true,
      functionAppConfig: {
        runtime: { name: 'node', version: '24' },
        deployment: { storage: { authentication: { type: 'UserAssignedIdentity' } } },
      },
      siteConfig: { ftpsState: 'Disabled', minTlsVersion: '1.2' },
    });
    const publishing = deployment.ofType('Microsoft.Web/sites/basicPublishingCredentialsPolicies');
    expect(publishing.map((policy) => policy.properties)).toEqual([
      { allow: false },
      { allow: false },
    ]);
  });

  it('runs Node 22 where a region has no 24', async (ctx) => {
    const deployment = await deploy(ctx, 'chosen');
    expect(deployment.functionApp().functionAppConfig.runtime.version).toBe('22');
  });

  it('sets exactly the settings of Azure: no key, nothing that is for local use', async (ctx) => {
    const deployment = await deploy(ctx, 'plain');
    const settings = deployment.functionApp().siteConfig.appSettings;
    expect(settings.map(({ name }) => name).toSorted()).toEqual([
      'APPLICATIONINSIGHTS_AUTHENTICATION_STRING',
      'APPLICATIONINSIGHTS_CONNECTION_STRING',
      'AZURE_CLIENT_ID',
      'AzureWebJobsStorage__accountName',
      'AzureWebJobsStorage__clientId',
      'AzureWebJobsStorage__credential',
      'SLIPWAY_APPS',
      'SLIPWAY_AUTH',
      'SLIPWAY_CLOCK_SCHEDULE',
      'SLIPWAY_NOTIFY',
      'SLIPWAY_PUBLIC_URL',
      'SLIPWAY_WORKSPACE_ID',
    ]);
    const values = new Map(settings.map(({ name, value }) => [name, value]));
    expect(values.get('AzureWebJobsStorage__credential')).toBe('managedidentity');
    expect(values.get('SLIPWAY_CLOCK_SCHEDULE')).toBe('*/30 * * * * *');
    expect(JSON.stringify(settings)).not.toMatch(/AccountKey|SharedAccess|listKeys|Password/i);
  });
});

describe('who is told of transitions', { timeout: TEST_TIMEOUT_MS }, () => {
  it('is the webhook of the parameters, whose secret no prediction shows', async (ctx) => {
    const deployment = await deploy(ctx, 'chosen');
    const settings = deployment.functionApp().siteConfig.appSettings;
    const values = new Map(settings.map(({ name, value }) => [name, value]));
    expect(values.get('SLIPWAY_WEBHOOK_URL')).toBe(WEBHOOK.url);
    // A secure parameter stays a reference even when the deployment is predicted.
    expect(values.get('SLIPWAY_WEBHOOK_SECRET')).toBe("[parameters('webhookSecret')]");
    expect(values.get('SLIPWAY_NOTIFY')).toBe("[parameters('notify')]");
    expect(values.get('SLIPWAY_PUBLIC_URL')).toBe('https://slipway.contoso.com');
  });
});

describe('who is believed over HTTP', { timeout: TEST_TIMEOUT_MS }, () => {
  const authOf = (deployment: Deployment): string | undefined =>
    deployment.functionApp().siteConfig.appSettings.find(({ name }) => name === 'SLIPWAY_AUTH')
      ?.value;

  it('is whoever holds a function key, unless told', async (ctx) => {
    const deployment = await deploy(ctx, 'plain');
    expect(authOf(deployment)).toBe('function-keys');
    expect(deployment.only('Microsoft.Web/sites/config')).toMatchObject({
      properties: { platform: { enabled: false }, identityProviders: {} },
    });
  });

  it('is whom Entra signed in for this registration, of this tenant, and keys under keys/', async (ctx) => {
    const deployment = await deploy(ctx, 'chosen');
    expect(authOf(deployment)).toBe('easy-auth');
    const config = deployment.only('Microsoft.Web/sites/config');
    expect(config.name).toMatch(/authsettingsV2/);
    expect(config.properties).toMatchObject({
      platform: { enabled: true },
      globalValidation: {
        requireAuthentication: true,
        unauthenticatedClientAction: 'Return401',
        excludedPaths: [
          `/${ROUTE_PREFIX}/${BY_KEY}*`,
          `/${ROUTE_PREFIX}/dashboard`,
          ...PAGE_FILES.map((name) => `/${ROUTE_PREFIX}/dashboard/${name}`),
        ],
      },
      httpSettings: { requireHttps: true, forwardProxy: { convention: 'NoProxy' } },
      identityProviders: {
        azureActiveDirectory: {
          enabled: true,
          registration: { clientId: REGISTRATION },
          validation: { allowedAudiences: [REGISTRATION, `api://${REGISTRATION}`] },
        },
      },
    });
    const { openIdIssuer } = ISSUER.parse(config.properties).identityProviders.azureActiveDirectory
      .registration;
    expect(openIdIssuer).toContain('tenant');
    expect(openIdIssuer).not.toMatch(/common|organizations/);
  });
});

describe('rights', { timeout: TEST_TIMEOUT_MS }, () => {
  const group = (subscription: string, name: string): string =>
    `/subscriptions/${subscription}/resourceGroups/${name}`;
  const site = (subscription: string, name: string): string =>
    `${group(subscription, 'rg-shop')}/providers/Microsoft.Web/sites/${name}`;
  const logs = (subscription: string, name: string): string =>
    `${group(subscription, 'rg-logs')}/providers/Microsoft.OperationalInsights/workspaces/${name}`;

  it("give Slipway's identity these roles at these places and no others", async (ctx) => {
    // Without a CI principal nobody else appears either.
    const deployment = await deploy(ctx, 'plain');
    const storage = deployment.only('Microsoft.Storage/storageAccounts').id;
    const component = deployment.only('Microsoft.Insights/components').id;
    const [here, elsewhere] = deployment.customRoles();
    const expected = [
      { scope: storage, roleId: ROLE.blobOwner },
      { scope: storage, roleId: ROLE.queueContributor },
      { scope: storage, roleId: ROLE.tableContributor },
      { scope: component, roleId: ROLE.metricsPublisher },
      { scope: site(HERE, 'shop'), roleId: here?.id },
      { scope: site(HERE, 'cart'), roleId: here?.id },
      { scope: site(ELSEWHERE, 'blog'), roleId: elsewhere?.id },
      { scope: logs(HERE, 'log-shop'), roleId: ROLE.logAnalyticsReader },
      { scope: logs(ELSEWHERE, 'log-blog'), roleId: ROLE.logAnalyticsReader },
    ].map((right) => ({ ...right, principal: 'slipway' }));
    expect(deployment.assignments()).toEqual(expected);
  });

  it("on apps are one custom role for each resource group, with azure.md's actions only", async (ctx) => {
    const deployment = await deploy(ctx, 'plain');
    const roles = deployment.customRoles();
    expect(roles.map((role) => role.assignableScopes)).toEqual([
      [group(HERE, 'rg-shop')],
      [group(ELSEWHERE, 'rg-shop')],
    ]);
    expect(new Set(roles.map((role) => role.roleName)).size).toBe(2);
    for (const permission of roles.flatMap((role) => role.permissions)) {
      expect(permission.actions.length).toBeGreaterThan(0);
      expect(TARGET_ACTIONS).toEqual(expect.arrayContaining(permission.actions));
      expect(permission.dataActions).toEqual([]);
    }
  });

  it('let CI put messages on queue releases and do nothing else', async (ctx) => {
    const deployment = await deploy(ctx, 'chosen');
    const storage = deployment.only('Microsoft.Storage/storageAccounts').id;
    expect(deployment.assignments().filter(({ principal }) => principal !== 'slipway')).toEqual([
      {
        scope: `${storage}/queueServices/default/queues/releases`,
        roleId: ROLE.queueSender,
        principal: CI,
      },
    ]);
  });

  it('come before the app that needs them, and no template asks Azure for a key', async (ctx) => {
    const { stdout } = await bicep(ctx, 'build', path.join(INFRA, 'main.bicep'), '--stdout');
    const template = z.object({
      resources: z.object({ functionApp: z.object({ dependsOn: z.array(z.string()) }) }),
    });
    const { functionApp } = template.parse(JSON.parse(stdout)).resources;
    expect(functionApp.dependsOn).toContain('roles');
    expect(stdout).not.toMatch(/list[A-Z]\w*\(/);
  });
});
