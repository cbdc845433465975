/** What the docs talk of, on this machine: `shop` with its slot, keys, ids; names in the docs become real ones. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, mkdir, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { z } from 'zod';

import type { LocalWorld } from '../local/local-world.ts';
import { CANARY_PLAN } from '../local/plans.ts';
import { RESOURCE_GROUP, SLOT, SUBSCRIPTION } from '../local/shop.ts';
import { eventually, waitUntil } from '../local/waiting.ts';
import { makePrograms, type Workplace } from './run-block.ts';

const inProject = (file: string): string =>
  fileURLToPath(new URL(`../../../${file}`, import.meta.url));

export interface DocsWorld {
  /**
   * A folder that looks like a clone, for the blocks of one page.
   * @param yaml the page's own files; one with `apps:` is what it applies
   */
  workplace(yaml: readonly string[]): Promise<Workplace>;
  /** As the page has it, with names of this world in place of the made-up ones. */
  filledIn(script: string): string;
  /** `shop` is an app with 1.0.0 in production, 2.4.0 in the slot, and no release. */
  freshShop(): Promise<void>;
  /** `shop` has a release that bakes for a long time. */
  bakingRelease(): Promise<void>;
}

const PLAIN_APPS = `apps:
  - name: shop
    target: { subscriptionId: SUBSCRIPTION_ID, resourceGroup: rg-shop, site: shop }
    slot: staging
`;

/** Few visitors come: what they do not certify goes on as not certified, and no page waits for a person. */
const QUIET_PLAN = { ...CANARY_PLAN, maxBake: '3x', onUndecided: 'advance' };

/** A bake that no page outlasts. */
const SLOW_PLAN = { ...CANARY_PLAN, steps: [{ weight: 20, bake: '1h' }], deadline: '2h' };

/** @param sites names of shops of the world, each for one fresh start */
export function createDocsWorld(world: LocalWorld, sites: readonly string[]): DocsWorld {
  const left = [...sites];
  const master = { 'x-functions-key': world.host.keys.master };
  let site = '';
  let release = { id: '0'.repeat(20) + '-' + '0'.repeat(19), head: '0'.repeat(64), sequence: 1 };

  const register = async (): Promise<void> => {
    const target = { subscriptionId: SUBSCRIPTION, resourceGroup: RESOURCE_GROUP, site };
    const apps = [{ name: 'shop', target, slot: SLOT, defaultPlan: QUIET_PLAN }];
    const answer = await world.slipway.send('apps?prune=true', {
      method: 'PUT',
      headers: master,
      body: { apps },
    });
    if (answer.status !== 200)
      throw new Error(`shop was not registered: ${JSON.stringify(answer.body)}`);
  };
  const freshShop = async (): Promise<void> => {
    const next = left.shift();
    if (next === undefined) throw new Error('the world of the docs has too few shops');
    // The page before may have applied lists that let nobody abort.
    if (site !== '') await register();
    await stopReleases(world, site);
    if (site !== '') world.shop(site).visitors.stop();
    site = next;
    await register();
    await world.shop(site).deploy('shop@2.4.0');
  };
  return {
    freshShop,
    bakingRelease: async () => {
      if (!(await isBaking(world, release.id))) {
        await freshShop();
        const key = randomUUID();
        const message = { version: '2.4.0', key, plan: SLOW_PLAN };
        await world.send('releases', world.shop(site).message(message));
        release = { ...release, id: await judgedRelease(world, key) };
      }
      const { id, chainHead: head, sequence } = await world.slipway.release(release.id);
      release = { id, head, sequence };
    },
    workplace: async (yaml) => {
      const apps = yaml.find((text) => /^apps:/m.test(text)) ?? PLAIN_APPS;
      const folder = await clone(fill(apps, { world, site, release }));
      return { folder, env: await environment(world, folder) };
    },
    filledIn: (script) => fill(script, { world, site, release }),
  };
}

/** Waits until a release bakes and has a final bin: until then there is nothing to look at. */
async function judgedRelease({ slipway }: LocalWorld, key: string): Promise<string> {
  const { id } = await eventually('the release is there', async () => {
    const [found] = await slipway.releasesByKey(key);
    return found;
  });
  await waitUntil(id, ({ step }) => typeof step?.confirmedAt === 'string', { slipway });
  await eventually('it is judged', async () => {
    const { body } = await slipway.send(`releases/${id}/evidence`);
    return z.object({ points: z.array(z.unknown()).nonempty() }).safeParse(body).success;
  });
  return id;
}

/** The one of a page before serves as well. */
async function isBaking({ slipway }: LocalWorld, id: string): Promise<boolean> {
  if (/^0+-/.test(id)) return false;
  return (await slipway.release(id)).phase === 'ramping';
}

async function stopReleases(world: LocalWorld, site: string): Promise<void> {
  if (site === '') return;
  const { siteId } = world.shop(site);
  const app = await world.slipway.app(siteId);
  if (app.active === null) return;
  const { id } = app.active;
  await world.slipway.command(id, 'abort');
  await waitUntil(id, ({ finished }) => finished, { slipway: world.slipway });
}

/** Enough of a clone for what the docs do in it. */
async function clone(apps: string): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'slipway-docs-'));
  await mkdir(path.join(folder, 'infra'));
  await Promise.all(
    ['main.bicep', 'main.sample.bicepparam', 'app-roles.json'].map((file) =>
      symlink(inProject(`infra/${file}`), path.join(folder, 'infra', file)),
    ),
  );
  await mkdir(path.join(folder, '.config/fish/completions'), { recursive: true });
  const request = { key: randomUUID(), app: 'shop', version: '2.4.0' };
  await writeFile(path.join(folder, 'start.json'), JSON.stringify(request));
  await writeFile(path.join(folder, 'shop.zip'), '');
  const bin = {
    canary: { requests: 105, failures: 1 },
    baseline: { requests: 1905, failures: 2 },
  };
  await writeFile(path.join(folder, 'minutes.jsonl'), `${JSON.stringify(bin)}\n`);
  await writeFile(path.join(folder, 'plan.yaml'), 'preset: standard\n');
  await writeFile(path.join(folder, 'apps.yaml'), apps);
  return folder;
}

async function environment(
  world: LocalWorld,
  folder: string,
): Promise<Readonly<Record<string, string>>> {
  const { url, keys } = world.host;
  const answers = {
    'functionapp keys list': keys.master,
    'functionapp show': new URL(url).host,
    'account get-access-token': 'a-token',
    'ad app create': '44444444-4444-4444-8444-444444444444',
    'webapp show': '/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites/shop',
  };
  return {
    PATH: await makePrograms(path.join(folder, '.programs')),
    HOME: folder,
    USER: 'ada',
    LANG: 'C.UTF-8',
    AzureWebJobsStorage: world.azurite.connectionString,
    DOCS_NPM: path.join(folder, 'npm.jsonl'),
    DOCS_AZ: JSON.stringify({ storage: world.azurite.connectionString, answers }),
    SLIPWAY_URL: url,
    SLIPWAY_KEY: keys.master,
    DOCS_ARM: world.appService.armUrl,
  };
}

interface Known {
  readonly world: LocalWorld;
  readonly site: string;
  readonly release: { readonly id: string; readonly head: string; readonly sequence: number };
}

function fill(script: string, { world, site, release }: Known): string {
  const { url, keys } = world.host;
  const siteId = `/subscriptions/${SUBSCRIPTION}/resourceGroups/${RESOURCE_GROUP}/providers/Microsoft.Web/sites/${site}`;
  const names: readonly (readonly [RegExp, string])[] = [
    [/https:\/\/my-slipway\.azurewebsites\.net/g, url],
    [/https:\/\/FUNCTION_APP_HOST_NAME/g, url],
    [/\bSLIPWAY_KEY=…/g, `SLIPWAY_KEY=${keys.master}`],
    [/\bKEY=…/g, `KEY=${keys.master}`],
    [
      /\/subscriptions\/…\/resourceGroups\/rg-shop\/providers\/Microsoft\.Web\/sites\/shop/g,
      siteId,
    ],
    [/\$ID\b/g, release.id],
    [/subscriptionId: [-\w]+/g, `subscriptionId: ${SUBSCRIPTION}`],
    [/resourceGroup: rg-shop/g, `resourceGroup: ${RESOURCE_GROUP}`],
    [/site: shop(?![-\w])/g, `site: ${site}`],
    [/\bSUBSCRIPTION_ID\/RESOURCE_GROUP\/SITE\b/g, `${SUBSCRIPTION}/${RESOURCE_GROUP}/${site}`],
    [/\/local\/shop(?![-\w])/g, `/${RESOURCE_GROUP}/${site}`],
    [/http:\/\/127\.0\.0\.1:8081/g, world.appService.armUrl],
    [/0123456789abcdef0123-0123456789abcdef012/g, release.id],
    [/\bRELEASE\b/g, release.id],
    [/\bHASH\b/g, release.head],
    [/--sequence 17\b/g, `--sequence ${release.sequence}`],
  ];
  return names.reduce((text, [name, value]) => text.replaceAll(name, value), script);
}
