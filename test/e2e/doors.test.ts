/** The doors of the function app: who may come in, what is refused, what happens to what cannot be used. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { APP_ROW, releaseRow } from '../../src/adapters/store/keys.ts';
import { appKeyOfSiteId } from '../../src/release/release-id.ts';
import { rawTable } from '../support/azurite.ts';
import { startApp, startLocalWorld, type LocalWorld } from '../support/local/local-world.ts';
import { CANARY_PLAN } from '../support/local/plans.ts';
import { siteIdOf, startMessage } from '../support/local/shop.ts';
import {
  createSlipwayClient,
  errorOf,
  releaseOf,
  type PoisonSeen,
} from '../support/local/slipway-client.ts';
import { startedBy } from '../support/local/story.ts';
import { eventually } from '../support/local/waiting.ts';

/** Well-formed; nothing is there. */
const UNKNOWN_ID = `${'0'.repeat(20)}-${'0'.repeat(19)}`;

let world: LocalWorld;

beforeAll(async () => {
  world = await startLocalWorld({
    shops: [],
    // Five deliveries ten seconds apart would be a long story.
    settings: { AzureFunctionsJobHost__extensions__queues__visibilityTimeout: '00:00:00.500' },
  });
});

afterAll(async () => {
  await world.stop();
});

function start(change: Readonly<Record<string, unknown>>): string {
  const good: unknown = JSON.parse(startMessage('shop', { version: '2.0.0', key: 'bad-input' }));
  return JSON.stringify({ ...Object(good), ...change });
}

const plan = (change: Readonly<Record<string, unknown>>): string =>
  start({ plan: { ...CANARY_PLAN, ...change } });

describe('who may come in', () => {
  it('health says that all is well', async () => {
    const answer = await world.slipway.send('health');
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      ok: true,
      settings: { ok: true, problems: [] },
      storage: { ok: true },
      clock: { ok: true },
    });
  });

  it('every address but those of the page asks for a function key', async () => {
    const routes = world.host.functions
      .filter((one) => one.type === 'http')
      .filter(({ name }) => name !== 'dashboard' && name !== 'dashboard-file');
    expect(routes.length).toBeGreaterThan(5);
    for (const { name, route, methods } of routes) {
      const path = route.replace('{command}', 'pause').replaceAll(/\{.*?\}/g, UNKNOWN_ID);
      for (const headers of [{}, { 'x-functions-key': 'guessed' }]) {
        const init = { method: methods[0] ?? 'GET', headers };
        const answer = await fetch(`${world.host.url}/api/${path}`, init);
        expect({ name, status: answer.status }).toEqual({ name, status: 401 });
      }
    }
  });
});

describe('bad input over HTTP is refused with every problem and its path', () => {
  it.each([
    ['malformed JSON', '{"key":', ['']],
    ['no body', '', ['']],
    ['another type', '[]', ['']],
    ['an unknown key', start({ colour: 'red' }), ['colour']],
    ['wrong types', start({ version: 2, slot: null }), ['slot', 'version']],
    ['production as the slot', start({ slot: 'Production' }), ['slot']],
    ['an unknown preset', start({ plan: 'reckless' }), ['plan']],
    [
      'weights that do not rise',
      plan({
        steps: [
          { weight: 50, bake: '3s' },
          { weight: 5, bake: '3s' },
        ],
      }),
      ['plan.steps[1].weight'],
    ],
    ['a weight of 0', plan({ steps: [{ weight: 0 }] }), ['plan.steps[0].weight']],
    ['a weight of 100', plan({ steps: [{ weight: 100 }] }), ['plan.steps[0].weight']],
    ['a duration that does not parse', plan({ watch: 'soon' }), ['plan.watch']],
    ['a duration over 7 days', plan({ maxPause: '8d' }), ['plan.maxPause']],
    [
      'over 50 steps',
      plan({ steps: Array.from({ length: 51 }, (_, i) => ({ weight: i + 1 })) }),
      ['plan.steps'],
    ],
    ['a version with a quote', start({ version: '2.0.0" or true' }), ['version']],
    ['a version with a pipe', start({ version: '2.0.0 | take 1' }), ['version']],
    ['a version with a control character', start({ version: '2.0\u0007.0' }), ['version']],
    ['a name with a quote', start({ requestedBy: { name: 'o"brien' } }), ['requestedBy.name']],
    [
      'everything at once',
      start({ version: 'a|b', extra: 1, plan: { steps: [{ weight: 0 }], watch: 'soon' } }),
      ['extra', 'plan.steps[0].weight', 'plan.watch', 'version'],
    ],
  ])('%s', async (_what, body, paths) => {
    const answer = await world.slipway.send('releases', { method: 'POST', body });
    expect(answer.status).toBe(400);
    const { code, details } = errorOf(answer);
    expect(code).toBe('invalid-input');
    expect(details.map(({ path }) => path).sort()).toEqual(paths);
    expect(details.every(({ message }) => message !== '')).toBe(true);
  });

  it('a body over 64 KiB', async () => {
    const body = start({ requestedBy: { name: 'x'.repeat(65_536) } });
    const answer = await world.slipway.send('releases', { method: 'POST', body });
    expect(answer.status).toBe(413);
    expect(errorOf(answer).message).toContain('65536');
  });

  it.each([
    ['an unknown release', 'GET', `releases/${UNKNOWN_ID}`, undefined, 404],
    ['the audit of an unknown release', 'GET', `releases/${UNKNOWN_ID}/audit`, undefined, 404],
    [
      'a command to an unknown release',
      'POST',
      `releases/${UNKNOWN_ID}/pause`,
      { reason: 'x' },
      404,
    ],
    ['an unknown command', 'POST', `releases/${UNKNOWN_ID}/explode`, { reason: 'x' }, 404],
    ['what is no release id', 'GET', 'releases/1', undefined, 400],
    ['a command without a reason', 'POST', `releases/${UNKNOWN_ID}/pause`, {}, 400],
    [
      'a choice that is none',
      'POST',
      `releases/${UNKNOWN_ID}/resume`,
      { reason: 'x', choice: 'both' },
      400,
    ],
    ['an unknown phase', 'GET', 'releases?phase=flying', undefined, 400],
    ['an unknown filter', 'GET', 'releases?colour=red', undefined, 400],
    ['a site that is no resource id', 'GET', 'apps?site=shop', undefined, 400],
  ])('%s', async (_what, method, path, body, status) => {
    const answer = await world.slipway.send(path, { method, body });
    expect(answer.status).toBe(status);
    expect(errorOf(answer).message).not.toBe('');
  });
});

describe('starts', () => {
  it('a key with other content is refused; an app that does not exist is rejected with the facts', async () => {
    const message = startMessage('nowhere', { version: '2.0.0', key: 'nightly' });
    const accepted = await world.slipway.send('releases', { method: 'POST', body: message });
    expect(accepted.status).toBe(202);
    const { id, links } = releaseOf(accepted);
    expect(accepted.headers.get('location')).toBe(links.self);

    const other = startMessage('nowhere', { version: '2.0.1', key: 'nightly' });
    const refused = await world.slipway.send('releases', { method: 'POST', body: other });
    expect(refused.status).toBe(409);
    expect(errorOf(refused).code).toBe('key-used');
    expect(errorOf(refused).message).toContain(id);

    await eventually('its end', async () => (await world.slipway.release(id)).finished);
    const rejected = await world.slipway.release(id);
    expect(rejected).toMatchObject({ phase: 'rejected', reason: 'preflight-failed' });
    expect(rejected.message).toContain('nowhere');
    expect(await world.slipway.checkChain(id)).toMatchObject({ ok: true });
  });

  it('a queue with messages that can be no release goes on', async () => {
    await world.send('releases', 'hello');
    await world.send('releases', '{"target": "shop"}');
    await world.send('releases', startMessage('crooked', { version: 'a|b', key: 'crooked' }));
    await world.send('releases', startMessage('straight', { version: '2.0.0', key: 'straight' }));

    expect(await startedBy(world, 'straight')).toMatchObject({ version: '2.0.0' });
    const rejected = await eventually(
      'a release of the crooked message',
      async () => (await world.slipway.releasesOfApp(siteIdOf('crooked')))[0],
    );
    expect(rejected).toMatchObject({ phase: 'rejected', reason: 'invalid-start' });
    expect(rejected.message).toContain('version');
    expect(await poisonWith('hello')).toMatchObject({ queue: 'releases', code: 'invalid-input' });
    expect(await poisonWith('"target":"shop"')).toMatchObject({
      queue: 'releases',
      code: 'invalid-input',
    });
  });
});

describe('poison', () => {
  it('a tick that is none is recorded, one for an unknown release is nothing', async () => {
    await world.send('ticks', 'tock');
    await world.send('ticks', JSON.stringify({ release: UNKNOWN_ID }));
    expect(await poisonWith('tock')).toMatchObject({ queue: 'ticks', code: 'invalid-input' });
    const all = await world.slipway.poison();
    expect(all.filter(({ message }) => message.includes(UNKNOWN_ID))).toEqual([]);
  });

  it('messages that fail at every delivery are recorded when they are given up', async () => {
    const table = rawTable(world.azurite, 'releases');
    await world.send('releases', startMessage('damaged', { version: '2.0.0', key: 'damaged' }));
    const { id } = await startedBy(world, 'damaged');
    await eventually('its end', async () => (await world.slipway.release(id)).finished);
    const partitionKey = appKeyOfSiteId(siteIdOf('damaged'));
    for (const rowKey of [releaseRow(id), APP_ROW]) {
      await table.updateEntity({ partitionKey, rowKey, state: '{}' }, 'Merge');
    }

    await world.send('ticks', JSON.stringify({ release: id }));
    await world.send(
      'releases',
      startMessage('damaged', { version: '2.0.1', key: 'after-damage' }),
    );
    expect(await poisonWith(id)).toMatchObject({ queue: 'ticks', code: 'given-up' });
    expect(await poisonWith('after-damage')).toMatchObject({
      queue: 'releases',
      code: 'given-up',
    });
  });
});

describe('an app that cannot work', () => {
  it('with broken settings answers health with all of them, and starts nothing', async () => {
    const { azurite } = world;
    const settings = {
      SLIPWAY_WORKSPACE_ID: 'my-workspace',
      SLIPWAY_CLOCK_SCHEDULE: '*/30 * * * * *',
      SLIPWAY_ARM_ENDPOINT: 'http://example.com',
      SLIPWAY_TIME_SCALE: 'fast',
    };
    const host = await startApp({ azurite, settings, log: () => undefined });
    try {
      const slipway = createSlipwayClient(() => ({ url: host.url, key: host.keys.host }));
      expect(host.functions).toHaveLength(world.host.functions.length);
      const health = await slipway.send('health');
      expect(health).toMatchObject({ status: 503, body: { ok: false, settings: { ok: false } } });
      for (const name of Object.keys(settings)) {
        expect(JSON.stringify(health.body).includes(name)).toBe(name !== 'SLIPWAY_CLOCK_SCHEDULE');
      }
      const body = startMessage('shop', { version: '2.0.0', key: 'too-early' });
      const refused = await slipway.send('releases', { method: 'POST', body });
      expect(refused.status).toBe(500);
      expect(errorOf(refused).code).toBe('settings');
    } finally {
      await host.stop();
    }
  });

  // Last: nothing works after it.
  it('without its storage says so at every door', async () => {
    await world.azurite.stop();
    const health = await world.slipway.send('health');
    expect(health).toMatchObject({ status: 503, body: { ok: false, storage: { ok: false } } });
    const body = startMessage('shop', { version: '2.0.0', key: 'no-storage' });
    const refused = await world.slipway.send('releases', { method: 'POST', body });
    expect(refused.status).toBe(503);
    expect(errorOf(refused).code).toBe('store-unavailable');
  });
});

/** The record of a message that holds this text. */
function poisonWith(text: string): Promise<PoisonSeen> {
  return eventually(`poison with ${text}`, async () =>
    (await world.slipway.poison()).find(({ message }) => message.includes(text)),
  );
}
