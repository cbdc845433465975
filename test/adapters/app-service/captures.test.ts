import { afterEach, describe, expect, it } from 'vitest';
import captured from '../../fixtures/captures/arm-sdk-requests.json' with { type: 'json' };
import recordings from '../../fixtures/captures/arm-real-recordings-excerpt.json' with { type: 'json' };
import failure from '../../fixtures/captures/arm-swap-failure.json' with { type: 'json' };
import { connectTo, errorOf, SITE, startArm, TARGET } from './arm-recorder.ts';
import type { ArmRecorder, Reaction } from './arm-recorder.ts';

const { calls } = captured;
/** The recordings have a placeholder for the app's name, which could not stand in a host. */
const recorded = JSON.parse(
  JSON.stringify(recordings).replaceAll('{app}', 'myapp'),
) as typeof recordings;
const SLOT = 'staging';

interface Captured {
  readonly method: string;
  readonly url: string;
  readonly body: string;
  readonly response: {
    readonly status: number;
    readonly headers?: object;
    readonly body?: unknown;
  };
}

let arm: ArmRecorder;
afterEach(async () => {
  await arm.stop();
});

/** Answers like the captures, and 404 to what no capture holds. */
async function replay(...exchanges: Captured[]): Promise<void> {
  const left = [...exchanges];
  arm = await startArm(({ method, url }) => {
    const index = left.findIndex((exchange) => exchange.method === method && exchange.url === url);
    const [found] = index === -1 ? [] : left.splice(index, 1);
    if (found === undefined) return { status: 404, body: { error: { code: 'NotCaptured' } } };
    return found.response as Reaction;
  });
}

/** What was sent, to be compared with `method`, `url` and `body` of a capture. */
function sent(): unknown[] {
  return arm.requests.map(({ method, url, body }) => ({ method, url, body }));
}

function asked(...exchanges: Captured[]): unknown[] {
  return exchanges.map(({ method, url, body }) => ({ method, url, body }));
}

describe('requests are those of the captures', () => {
  it('readSite asks for the site and its slot', async () => {
    const exchanges = [...calls.get, ...calls.getSlot];
    await replay(...exchanges);
    // The captured site has no deploymentId, which is a test of its own.
    await errorOf(connectTo(arm).reader.readSite(TARGET, SLOT));
    expect(sent()).toEqual(asked(...exchanges));
  });

  it('readRules asks for config/web', async () => {
    await replay(...calls.getConfiguration);
    expect(await connectTo(arm).router.readRules(TARGET)).toEqual([]);
    expect(sent()).toEqual(asked(...calls.getConfiguration));
  });

  it('writeRules reads, then sends the rules and nothing else', async () => {
    const exchanges = [...calls.getConfiguration, ...calls['updateConfiguration rules']];
    await replay(...exchanges);
    const host = 'myapp-staging.azurewebsites.net';
    const rule = { name: SLOT, host, weight: 10, autoRamp: false };
    await connectTo(arm).router.writeRules(TARGET, [rule]);
    expect(sent()).toEqual(asked(...exchanges));
  });

  it('writeRules removes a rule by an empty list', async () => {
    const exchanges = [...calls.getConfiguration, ...calls['updateConfiguration empty rules']];
    await replay(...exchanges);
    await connectTo(arm).router.writeRules(TARGET, []);
    expect(sent()).toEqual(asked(...exchanges));
  });

  it('a swap is one POST of the slot, and one GET for each poll', async () => {
    const exchanges = calls['swapSlot await poller'];
    await replay(...exchanges);
    const { swapper } = connectTo(arm);
    let { poller } = await swapper.submitSwap(TARGET, SLOT);
    for (let polls = 0; polls < 2; polls += 1) {
      const progress = await swapper.pollSwap(poller);
      expect(progress.kind).toBe('running');
      if (progress.kind === 'running') poller = progress.poller;
    }
    expect(await swapper.pollSwap(poller)).toEqual({ kind: 'succeeded' });
    expect(sent()).toEqual(asked(...exchanges));
  });

  it('readSwapSettings asks for the slot configuration and the sticky names', async () => {
    const [names] = calls.listSlotConfigurationNames;
    const [config] = calls.getConfiguration;
    if (names === undefined || config === undefined) throw new Error('a capture is missing');
    const slotConfig = { ...config, url: config.url.replace('/config', '/slots/staging/config') };
    await replay(slotConfig, names);
    const settings = await connectTo(arm).reader.readSwapSettings(TARGET, SLOT);
    expect(settings).toEqual({ autoSwapSlotName: undefined, stickyAppSettings: ['A'] });
    expect(sent()).toEqual(asked(slotConfig, names));
  });
});

describe('answers of the captures are understood', () => {
  it('the recorded sites after a swap', async () => {
    arm = await startArm(({ url }) => ({
      status: 200,
      body: url.includes('/slots/') ? recorded.slot_after_swap : recorded.site_after_swap,
    }));
    const facts = await connectTo(arm).reader.readSite(TARGET, SLOT);
    const nothing = { targetSwapSlot: undefined, operationInProgress: undefined };
    expect(facts).toEqual({
      volumes: { production: 'myapp__e05d', slot: 'myapp', swappedAt: '2025-07-15T06:56:57.454Z' },
      production: { ...nothing, state: 'Running', host: 'myapp.azurewebsites.net' },
      slot: { ...nothing, state: 'Unknown', host: 'myapp-staging.azurewebsites.net' },
    });
  });

  it('the recorded site with a pending preview', async () => {
    const body = recorded.site_before_swap_with_pending_preview;
    arm = await startArm(() => ({ status: 200, body }));
    const { production, volumes } = await connectTo(arm).reader.readSite(TARGET, SLOT);
    expect(production.targetSwapSlot).toBe('staging');
    expect(volumes.swappedAt).toBeUndefined();
  });

  it('the recorded rules, all unset fields of which are null', async () => {
    const { body } = recorded.config_web_get;
    arm = await startArm(() => ({ status: 200, body }));
    expect(await connectTo(arm).router.readRules(TARGET)).toEqual([
      { name: 'staging', host: 'myapp-staging.azurewebsites.net', weight: 15, autoRamp: false },
    ]);
  });

  it('the captured end of a failed swap', async () => {
    const { requests } = failure;
    arm = await startArm(({ method }) => {
      const found = requests.find((exchange) => exchange.method === method && method === 'POST');
      return (found ?? requests.at(-1))?.response as Reaction;
    });
    const { swapper } = connectTo(arm);
    const { poller } = await swapper.submitSwap(TARGET, SLOT);
    const progress = await swapper.pollSwap(poller);
    expect(progress).toMatchObject({ kind: 'failed', code: 'ExpectationFailed' });
    expect(progress).toHaveProperty(
      'message',
      `Cannot swap site slots for site 'myapp' because the 'staging' slot did not respond to http ping. (GET ${SITE.replace('rg-app', 'rg')}/slots/staging/operationresults/op: HTTP 417, extended code 04070)`,
    );
  });

  it.each([
    { capture: '409 App Service shape', failure: 'busy', code: 'Conflict', status: 409 },
    { capture: '409 ARM shape', failure: 'refused', code: 'ScopeLocked', status: 409 },
  ] as const)('the captured $capture', async ({ capture, ...expected }) => {
    const [exchange] = calls[capture];
    const [config] = calls.getConfiguration;
    if (exchange === undefined || config === undefined) throw new Error('a capture is missing');
    await replay(config, exchange);
    expect(await errorOf(connectTo(arm).router.writeRules(TARGET, []))).toMatchObject(expected);
    expect(sent()).toEqual(asked(config, exchange));
  });

  it('the captured 404 of a slot', async () => {
    const [missing] = calls['getSlot missing 404'];
    await replay(...calls.get, ...calls['getSlot missing 404']);
    const error = await errorOf(connectTo(arm).reader.readSite(TARGET, 'nope'));
    expect(error).toMatchObject({ failure: 'refused', code: 'ResourceNotFound', status: 404 });
    expect(error.message).toContain(`GET ${SITE}/slots/nope: HTTP 404`);
    expect(missing?.response.status).toBe(404);
  });

  it('the captured throttling says how long to wait, and is not waited for', async () => {
    await replay(...calls['429 no retries']);
    expect(await errorOf(connectTo(arm).router.readRules(TARGET))).toMatchObject({
      failure: 'busy',
      code: 'SubscriptionRequestsThrottled',
      status: 429,
      retryAfterMs: 1_000,
    });
    expect(arm.requests).toHaveLength(1);
  });
});
