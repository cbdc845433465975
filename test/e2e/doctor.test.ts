/** `slipway doctor` on a whole stack, both ways: through the function app, and by somebody's own sign-in. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { NEEDED_ACTIONS } from '../../src/release/doctor-rights.ts';
import type { Check, Checkup } from '../../src/release/doctor.ts';
import { startLocalWorld, type LocalWorld, WORKSPACE_ID } from '../support/local/local-world.ts';
import { RESOURCE_GROUP, SLOT, SUBSCRIPTION } from '../support/local/shop.ts';
import { begin } from '../support/local/story.ts';

const SHOP = 'shop';
const TO_SEE_RIGHTS = 'Microsoft.Authorization/permissions/read';
/** As infra/ grants them, with the right to see one's own. */
const ROLE = [...Object.keys(NEEDED_ACTIONS), TO_SEE_RIGHTS];
const SECRET = 'a-secret-that-stays-where-it-is';

let world: LocalWorld;

beforeAll(async () => {
  world = await startLocalWorld({ shops: [SHOP] });
  const target = { subscriptionId: SUBSCRIPTION, resourceGroup: RESOURCE_GROUP, site: SHOP };
  const answer = await world.slipway.send('apps', {
    method: 'PUT',
    headers: { 'x-functions-key': world.host.keys.master, 'content-type': 'application/json' },
    body: { apps: [{ name: SHOP, target, slot: SLOT }] },
  });
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  await world.shop(SHOP).deploy('shop@2.0.0');
});
afterEach(() => {
  world.appService.rights.reset();
  world.logs.faults.clear();
});
afterAll(async () => {
  await world.stop();
});

/** Somebody changes the app by ARM. */
async function arm(path: string, method: string, properties?: unknown): Promise<void> {
  const answer = await fetch(
    `${world.appService.armUrl}${world.shop(SHOP).siteId}${path}?api-version=2025-05-01`,
    {
      method,
      headers: { authorization: 'Bearer somebody', 'content-type': 'application/json' },
      ...(properties === undefined ? {} : { body: JSON.stringify({ properties }) }),
    },
  );
  if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`);
}

interface Told extends Checkup {
  readonly exitCode: number;
}

async function told(args: readonly string[]): Promise<Told> {
  const { exitCode, stdout } = await world.cli('doctor', ...args, '--json');
  return { exitCode, ...(JSON.parse(stdout) as Checkup) };
}

/** By the identity that will release. */
function bySlipway(...args: readonly string[]): Promise<Told> {
  const { url, keys } = world.host;
  return told(['--app', SHOP, '--url', url, '--key', keys.host, ...args]);
}

function ownArguments(): readonly string[] {
  const { appService, logs } = world;
  return [
    ...['--site', world.shop(SHOP).siteId, '--slot', SLOT, '--workspace', WORKSPACE_ID],
    ...['--arm-endpoint', appService.armUrl, '--logs-endpoint', logs.url],
    ...['--sites-endpoint', appService.frontEndUrl],
  ];
}

function check({ checks }: Checkup, id: string): Check | undefined {
  return checks.find((one) => one.id === id);
}

const problems = ({ checks }: Checkup): readonly string[] =>
  checks.filter(({ status }) => status === 'problem').map(({ id }) => id);

describe('the doctor', { concurrent: false, timeout: 120_000 }, () => {
  it('says that a release would be taken, and finds out the version by itself', async () => {
    world.appService.rights.set([{ actions: ROLE }]);
    const checkup = await bySlipway('--wait', '60s');
    expect(checkup).toMatchObject({
      ...{ exitCode: 0, verdict: 'ready', via: 'slipway', app: SHOP },
      ...{ version: '2.0.0', baseline: '1.0.0' },
    });
    expect(check(checkup, 'rights')?.status).toBe('ok');
    expect(check(checkup, 'lag')?.message).toContain('1.0.0 (production)');
    // The role of infra/ does not show settings: that is said, and refuses nothing.
    expect(check(checkup, 'settings')?.status).toBe('unknown');
    expect(world.appService.changes.filter(({ kind }) => kind === 'written')).toEqual([]);
  });

  it('tells a terminal, and a pipe, in words', async () => {
    const { url, keys } = world.host;
    const { stdout } = await world.cli('doctor', '--app', SHOP, '--url', url, '--key', keys.host);
    expect(stdout).toMatch(/^shop, slot staging, plan standard: 2\.0\.0 against 1\.0\.0/);
    expect(stdout).toContain('✓ ok');
    expect(stdout).toMatch(/A release would be taken: .*\n$/);
  });

  it("works by somebody's own sign-in, and then shows which settings differ", async () => {
    await arm(`/slots/${SLOT}/config/appsettings`, 'PUT', { COLOUR: SECRET, NAME: SECRET });
    await arm('/config/slotConfigNames', 'PUT', { appSettingNames: ['NAME'] });
    const checkup = await told([...ownArguments(), '--version', '2.0.0', '--wait', '90s']);
    expect(checkup).toMatchObject({ exitCode: 0, verdict: 'ready', via: 'own', app: null });
    expect(check(checkup, 'settings')?.facts.differences).toMatchObject([
      { name: 'COLOUR', sticky: false },
      { name: 'NAME', sticky: true },
    ]);
    expect(JSON.stringify(checkup)).not.toContain(SECRET);
    expect(check(checkup, 'free')).toBeUndefined();
  });

  it('finds auto swap, as the release that is started all the same does', async () => {
    await arm(`/slots/${SLOT}/config/web`, 'PATCH', { autoSwapSlotName: 'production' });
    const checkup = await bySlipway('--no-wait');
    expect(checkup).toMatchObject({ exitCode: 1, verdict: 'refused' });
    expect(problems(checkup)).toEqual(['auto-swap']);
    expect(checkup.checks[0]?.fix).toBe(
      `az webapp deployment slot auto-swap --resource-group ${RESOURCE_GROUP} --name ${SHOP} --slot ${SLOT} --disable`,
    );
    const story = await begin(world, SHOP, { content: 'shop@2.0.0' });
    const release = await story.untilTrue(({ phase }) => phase === 'rejected');
    expect(release.message).toBe(checkup.checks[0]?.message);
    await arm(`/slots/${SLOT}/config/web`, 'PATCH', { autoSwapSlotName: null });
  });

  it('finds a sticky setting that names the version', async () => {
    await arm('/config/slotConfigNames', 'PUT', { appSettingNames: ['OTEL_SERVICE_NAME'] });
    const checkup = await bySlipway('--no-wait');
    expect(checkup.exitCode).toBe(1);
    expect(problems(checkup)).toEqual(['sticky-telemetry']);
    await arm('/config/slotConfigNames', 'PUT', { appSettingNames: [] });
  });

  it('finds that the identity has no rights, and which one is missing', async () => {
    world.appService.rights.set([]);
    const nothing = await bySlipway('--no-wait');
    expect(nothing.exitCode).toBe(1);
    expect(problems(nothing)).toContain('site');
    expect(check(nothing, 'rights')?.status).toBe('unknown');

    const swap = 'Microsoft.Web/sites/slots/slotsswap/action';
    world.appService.rights.set([{ actions: ['*'], notActions: [swap] }]);
    const noSwap = await bySlipway('--no-wait');
    expect(noSwap.exitCode).toBe(1);
    expect(check(noSwap, 'rights')).toMatchObject({
      status: 'problem',
      facts: { missing: [swap] },
    });
  });

  it('does not know what telemetry does not say', async () => {
    world.logs.faults.add({
      times: 100,
      action: {
        kind: 'answer',
        status: 403,
        body: { error: { code: 'InsufficientAccessError', message: 'no' } },
      },
    });
    const away = await bySlipway('--no-wait');
    expect(away).toMatchObject({ exitCode: 3, verdict: 'unknown' });
    expect(check(away, 'telemetry')?.fix).toContain('Log Analytics Reader');
    world.logs.faults.clear();

    await world.shop(SHOP).deploy('shop@3.0.0?behaviour=silent');
    const silent = await bySlipway('--version', '3.0.0', '--wait', '6s');
    expect(silent).toMatchObject({ exitCode: 3, verdict: 'unknown' });
    expect(check(silent, 'label')?.status).toBe('unknown');
    await world.shop(SHOP).deploy('shop@2.0.0');
  });

  it('finds a stopped slot', async () => {
    await arm(`/slots/${SLOT}/stop`, 'POST');
    const checkup = await bySlipway('--no-wait');
    expect(checkup.exitCode).toBe(1);
    expect(check(checkup, 'site')).toMatchObject({
      status: 'problem',
      fix: `az webapp start --resource-group ${RESOURCE_GROUP} --name ${SHOP} --slot ${SLOT}`,
    });
    await arm(`/slots/${SLOT}/start`, 'POST');
  });

  it('is told of an app that nobody registered', async () => {
    const { url, keys } = world.host;
    const args = ['doctor', '--app', 'nothing', '--url', url, '--key', keys.host];
    expect((await world.cli(...args)).exitCode).toBe(3);
    expect((await world.cli('doctor')).exitCode).toBe(2);
  });
});
