/** Releases by the command line alone, as a pipeline and the person on call do them. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { buildSlipway, type Ended, type Slipway } from '../cli/api-server.ts';
import { type LocalWorld, startLocalWorld } from '../support/local/local-world.ts';
import { CANARY_PLAN } from '../support/local/plans.ts';
import { SLOT } from '../support/local/shop.ts';
import { expectWholeAudit } from '../support/local/story.ts';
import { waitUntil } from '../support/local/waiting.ts';

/** Slow only on a loaded machine. */
const PATIENT = { timeout: 240_000 } as const;
const FAILS = 'shop@3.0.0?behaviour=failing&checkoutFailures=1';

let world: LocalWorld;
let slipway: Slipway;

beforeAll(async () => {
  world = await startLocalWorld({ shops: ['shop-good', 'shop-bad'] });
  slipway = await buildSlipway();
  writeFileSync(path.join(slipway.folder, 'plan.json'), JSON.stringify(CANARY_PLAN));
});

afterAll(async () => {
  await world.stop();
  slipway.remove();
});

function run(...args: readonly string[]): Promise<Ended> {
  const { url, keys } = world.host;
  return slipway.run(args, { SLIPWAY_URL: url, SLIPWAY_KEY: keys.host, SLIPWAY_ACTOR: 'ada' });
}

/** Deploys, and starts by the command line; the id of the release. */
async function start(name: string, content: string, version: string): Promise<string> {
  const shop = world.shop(name);
  await shop.deploy(content);
  const site = ['--site', shop.siteId, '--slot', SLOT];
  const more = ['--version', version, '--plan', 'plan.json', '--start-key', `${name}-${version}`];
  const { code, stdout, stderr } = await run('start', ...site, ...more, '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return (JSON.parse(stdout) as { readonly release: { readonly id: string } }).release.id;
}

const watch = (id: string, ...args: readonly string[]): Promise<Ended> =>
  run('watch', id, '--every', '500ms', '--timeout', '3m', ...args);

describe('the command line', () => {
  it('brings a good version into production, paused and resumed on the way', PATIENT, async () => {
    const siteId = world.shop('shop-good').siteId;
    expect((await run('apps', 'free', siteId)).code).toBe(0);
    const id = await start('shop-good', 'shop@2.0.0', '2.0.0');
    expect((await run('apps', 'free', siteId)).code).toBe(1);
    await waitUntil(id, ({ phase }) => phase === 'ramping', { slipway: world.slipway });

    const paused = await run('pause', '--app', siteId, '--reason', 'lunch');
    expect(paused).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^pause: paused/) as string,
    });
    expect(await watch(id, '--stop-at-pause')).toMatchObject({ code: 3 });
    const refused = await run('advance', id, '--reason', 'x', '--expected-sequence', '1');
    expect(refused.code).toBe(1);
    expect((await run('resume', id, '--reason', 'lunch is over')).code).toBe(0);

    const { code, stdout } = await watch(id);
    expect(code).toBe(0);
    expect(stdout).toMatch(/operator: .*lunch is over.* \(ada\)/);
    expect(stdout).toContain('shop-good 2.0.0 succeeded');
    const again = await start('shop-good', 'shop@2.0.0', '2.0.0');
    expect(again).toBe(id);
    const none = id.replace(/.{4}$/, 'ffff');
    expect(await run('abort', none, '--reason', 'x')).toMatchObject({ code: 3 });
    await expectWholeAudit(world, id);
  });

  it(
    'says with exit code 1 that a bad version was taken back, and writes it down',
    PATIENT,
    async () => {
      const id = await start('shop-bad', FAILS, '3.0.0');
      const { code, stdout } = await watch(id, '--json');
      expect(code).toBe(1);
      const lines = stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { kind: string });
      expect(lines.at(-1), stdout).toMatchObject({
        kind: 'end',
        exit: 1,
        release: { phase: 'rolled-back' },
      });
      const summary = await run('summary', id);
      expect(summary.stdout).toMatch(/^## ❌ shop-bad 3\.0\.0: rolled-back\n/);
      expect(summary.stdout).toContain('```mermaid');
      // Where a browser can go: the page is open to everybody, the API is not.
      const [page = ''] = /https?:\/\/[^)\s]+#\/releases\/[^)\s]+/.exec(summary.stdout) ?? [];
      expect(page).toContain(id);
      expect((await fetch(page)).headers.get('content-type')).toMatch(/^text\/html/);
      const rows = await run('audit', id);
      expect(rows.stdout).toContain('harm: ');
    },
  );
});
