import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AppServiceStandIn } from '../../../src/local/app-service/app-service.ts';
import {
  arm,
  eventually,
  poll,
  pollToEnd,
  PRODUCTION_HOST,
  rule,
  setRules,
  SHOP,
  SITE_PATH,
  STAGING_HOST,
  startTiny,
  swapBody,
  visit,
} from './fixture.ts';
import type { Answer } from './fixture.ts';

let standIn: AppServiceStandIn;
beforeEach(async () => {
  standIn = await startTiny({
    sites: [
      {
        ...SHOP,
        appSettings: { GREETING: 'from production', STICKY: 'production' },
        stickySettings: ['STICKY'],
        slots: [
          {
            name: 'staging',
            content: 'tiny@2',
            appSettings: { GREETING: 'from staging', STICKY: 'staging' },
          },
        ],
      },
    ],
  });
});
afterEach(() => standIn.stop());

const startSwap = (): Promise<Answer> =>
  arm(standIn, 'POST', '/slots/staging/slotsswap', swapBody('production'));

async function volumes(): Promise<unknown[]> {
  const [site, slot] = await Promise.all([
    arm(standIn, 'GET', ''),
    arm(standIn, 'GET', '/slots/staging'),
  ]);
  return [site.at('properties.deploymentId'), slot.at('properties.deploymentId')];
}

describe('a swap', () => {
  it('is a 202 with a signed Location on Azure, new at each poll, and ends with the slot', async () => {
    const started = await startSwap();
    expect([started.status, started.body]).toEqual([202, '']);
    expect(started.headers.get('content-length')).toBe('0');
    expect(started.headers.get('retry-after')).toBeNull();
    expect(started.headers.get('azure-asyncoperation')).toBeNull();
    const location = started.headers.get('location') ?? '';
    expect(location).toMatch(
      new RegExp(`^https://management.azure.com${SITE_PATH}/slots/staging/operationresults/`),
    );
    expect(location.length).toBeGreaterThan(3500);
    const again = await poll(standIn, location);
    expect(again.status).toBe(202);
    expect(again.headers.get('location')).not.toBe(location);
    const done = await pollToEnd(standIn, again);
    expect(done.status).toBe(200);
    expect(done.body).toMatchObject({ name: 'shop/staging', type: 'Microsoft.Web/sites/slots' });
  });

  it('moves volume, content and settings that are not sticky; rules and sticky ones stay', async () => {
    await setRules(standIn, rule(0));
    const before = await volumes();
    const etag = (await arm(standIn, 'GET', '')).headers.get('etag');
    await pollToEnd(standIn, await startSwap());
    expect(await volumes()).toEqual([before[1], before[0]]);
    const site = await arm(standIn, 'GET', '');
    expect(site.headers.get('etag')).not.toBe(etag);
    expect(site.at('properties.slotSwapStatus.timestampUtc')).toMatch(/^\d{4}-.*Z$/);
    expect(site.at('properties.slotSwapStatus')).toMatchObject({
      sourceSlotName: 'staging',
      destinationSlotName: 'Production',
    });
    await eventually(async () => (await visit(standIn)).at('sticky') === 'production');
    const served = (await visit(standIn)).body;
    expect(served).toMatchObject({ version: '2', greeting: 'from staging' });
    expect((await visit(standIn, { host: STAGING_HOST })).at('version')).toBe('1');
    const config = await arm(standIn, 'GET', '/config/web');
    expect(config.at('properties.experiments.rampUpRules')).toHaveLength(1);
    const deployments = await arm(standIn, 'GET', '/deployments');
    expect(deployments.at('value.0.properties.message')).toBe('tiny@2');
  });

  it('from the site with target staging is the same swap, and a second one undoes it', async () => {
    const before = await volumes();
    const swap = (): Promise<Answer> => arm(standIn, 'POST', '/slotsswap', swapBody('staging'));
    const done = await pollToEnd(standIn, await swap());
    expect(done.at('type')).toBe('Microsoft.Web/sites');
    expect(await volumes()).toEqual([before[1], before[0]]);
    await pollToEnd(standIn, await swap());
    expect(await volumes()).toEqual(before);
  });

  it('refuses every write while it runs, in the envelope of App Service, and no read', async () => {
    standIn.swap.next({ kind: 'hang' });
    await startSwap();
    const writes = await Promise.all([
      setRules(standIn),
      startSwap(),
      arm(standIn, 'POST', '/slots/staging/restart'),
      arm(standIn, 'PUT', '/slots/staging/config/appsettings', { properties: {} }),
    ]);
    for (const write of writes) {
      expect(write.status).toBe(409);
      expect(write.body).toMatchObject({ Code: 'Conflict', Target: null, Innererror: null });
      expect(write.at('Message')).toMatch(
        /^Cannot modify this site because another operation is in progress\. Details: Id: .*OperationName: SwapSiteSlots, CreatedTime: .*EntityType: 3$/,
      );
      expect(write.at('Details.2.ErrorEntity.Code')).toBe('Conflict');
      expect(write.at('Details.2.ErrorEntity.Parameters.0')).toMatch(/^Id: /);
    }
    const reads = await Promise.all([
      arm(standIn, 'GET', ''),
      arm(standIn, 'GET', '/config/web'),
      arm(standIn, 'POST', '/config/appsettings/list'),
    ]);
    expect(reads.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(reads[0].at('properties.inProgressOperationId')).toMatch(/-/);
  });

  it('serves every visitor while it runs', async () => {
    const statuses = new Set<number>();
    let polled = await startSwap();
    while (polled.status === 202) {
      for (const { status } of await Promise.all([visit(standIn), visit(standIn)])) {
        statuses.add(status);
      }
      polled = await poll(standIn, polled.headers.get('location'));
    }
    expect(polled.status).toBe(200);
    expect([...statuses]).toEqual([200]);
  });

  it('moves content that was deployed while it ran with the volume that it was pushed to', async () => {
    const started = await startSwap();
    await standIn.deploy({ site: 'shop', slot: 'staging', content: 'tiny@7' });
    await pollToEnd(standIn, started);
    await eventually(async () => (await visit(standIn)).at('version') === '7');
    expect((await visit(standIn, { host: STAGING_HOST })).at('version')).toBe('1');
  });
});

describe('a swap that goes wrong', () => {
  it('fails with 417 when the slot does not answer, and leaves volumes and timestamps', async () => {
    const before = await volumes();
    await arm(standIn, 'POST', '/slots/staging/stop');
    const done = await pollToEnd(standIn, await startSwap());
    expect(done.status).toBe(417);
    const message =
      "Cannot swap site slots for site 'shop' because the 'staging' slot did not respond to http ping.";
    expect(done.body).toMatchObject({
      Code: 'ExpectationFailed',
      Message: message,
      Details: [
        { Message: message },
        { Code: 'ExpectationFailed' },
        { ErrorEntity: { ExtendedCode: '04070', MessageTemplate: message, Parameters: [] } },
      ],
    });
    expect(await volumes()).toEqual(before);
    expect((await arm(standIn, 'GET', '')).at('properties.slotSwapStatus')).toBeNull();
    expect((await setRules(standIn)).status).toBe(200);
  });

  it.each([
    [{ kind: 'fail' as const }, 417, 'ExpectationFailed'],
    [
      { kind: 'fail' as const, status: 400, code: 'BadRequest', message: 'took too long' },
      400,
      'BadRequest',
    ],
  ])('fails on demand, once: %o', async (outcome, status, code) => {
    standIn.swap.next(outcome);
    const failed = await pollToEnd(standIn, await startSwap());
    expect(failed).toMatchObject({ status, body: { Code: code } });
    expect((await pollToEnd(standIn, await startSwap())).status).toBe(200);
  });

  it('half fails: both report one volume until the next swap', async () => {
    const before = await volumes();
    standIn.swap.next({ kind: 'half-fail' });
    const failed = await pollToEnd(standIn, await startSwap());
    expect(failed.status).toBe(500);
    expect(await volumes()).toEqual([before[1], before[1]]);
    await pollToEnd(standIn, await startSwap());
    expect(await volumes()).toEqual([before[1], before[0]]);
  });

  it('can be seen half way, and then succeeds', async () => {
    const before = await volumes();
    standIn.swap.next({ kind: 'mixed', forMs: 300 });
    const started = await startSwap();
    await eventually(async () => (await volumes())[0] === before[1]);
    expect(await volumes()).toEqual([before[1], before[1]]);
    expect((await pollToEnd(standIn, started)).status).toBe(200);
    expect(await volumes()).toEqual([before[1], before[0]]);
  });

  it('hangs until it is released', async () => {
    standIn.swap.next({ kind: 'hang' });
    const started = await startSwap();
    await eventually(() => {
      const operation = standIn.site('shop').operations[0];
      return operation !== undefined && Date.now() > operation.endsAtMs + 50;
    });
    const polled = await poll(standIn, started.headers.get('location'));
    expect(polled.status).toBe(202);
    standIn.swap.release('shop');
    expect((await pollToEnd(standIn, polled)).status).toBe(200);
    expect((await visit(standIn, { host: PRODUCTION_HOST })).at('version')).toBe('2');
  });

  it('answers 404 to a poll for an operation that never was', async () => {
    const { status } = await arm(standIn, 'GET', '/slots/staging/operationresults/none');
    expect(status).toBe(404);
  });
});
