/** `npm run screenshots`: plays two releases on the local stack and writes the pictures of the page. */
import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import type { Browser, Page } from 'playwright-core';

import { startBrowser } from '../support/browser.ts';
import { startLocalWorld, type LocalWorld } from '../support/local/local-world.ts';
import { CANARY_PLAN } from '../support/local/plans.ts';
import { begin } from '../support/local/story.ts';
import { pause } from '../support/local/waiting.ts';
import { openPage, type OpenOptions } from '../support/page.ts';

const PLAN = {
  ...CANARY_PLAN,
  steps: [
    { weight: 10, bake: '25s' },
    { weight: 25, bake: '25s' },
    { weight: 50, bake: '90s' },
  ],
  watch: '60s',
  analysis: { ...CANARY_PLAN.analysis, metrics: { latency: { on: 'notify' } } },
} as const;
/** Of a quarter of all visits, which are checkouts. */
const GOOD = 'shop@2.4.0?behaviour=failing&checkoutFailures=0.01';
const BAD =
  'shop@3.1.0?behaviour=failing-late&afterSeconds=0&afterRequests=90&checkoutFailures=0.6';
/** So that the last step has something to show. */
const INTO_THE_STEP_MS = 15_000;

const DESK = { viewport: { width: 1180, height: 820 } } as const;
const PHONE = {
  ...{
    viewport: { width: 360, height: 720 },
    deviceScaleFactor: 2,
    isMobile: true,
    hasTouch: true,
  },
} as const;

interface Picture extends Omit<OpenOptions, 'origin'> {
  readonly name: string;
}

async function take(world: LocalWorld, browser: Browser, picture: Picture): Promise<void> {
  const { name, ...options } = picture;
  const opened = await openPage(browser, { origin: world.host.url, ...options });
  const { page } = opened;
  await signIn(page, world.host.keys.host);
  await page.locator('.plot canvas').first().waitFor();
  await page.getByText('chain verified').waitFor();
  // The pictures of the charts are drawn a moment after their places are there.
  await pause(1_000);
  const file = fileURLToPath(new URL(`../../docs/images/${name}.png`, import.meta.url));
  await page.screenshot({ path: file });
  await opened.close();
  process.stdout.write(`${name}.png: ${Math.round((await stat(file)).size / 1024)} KB\n`);
}

async function signIn(page: Page, key: string): Promise<void> {
  await page.getByLabel('Function key').fill(key);
  await page.getByLabel('Your name').fill('on call');
  await page.keyboard.press('Enter');
}

const world = await startLocalWorld({ shops: ['shop', 'basket'] });
const browser = await startBrowser();
try {
  const [good, bad] = await Promise.all([
    begin(world, 'shop', { content: GOOD, plan: PLAN }),
    begin(world, 'basket', { content: BAD, plan: PLAN }),
  ]);
  await bad.until('rolled-back');
  const badHash = `#/releases/${bad.id}`;
  await take(world, browser, {
    name: 'dashboard-dark',
    hash: badHash,
    colorScheme: 'dark',
    ...DESK,
  });
  await good.atWeight(50);
  await pause(INTO_THE_STEP_MS);
  const hash = `#/releases/${good.id}`;
  await take(world, browser, { name: 'dashboard-light', hash, colorScheme: 'light', ...DESK });
  await take(world, browser, { name: 'dashboard-phone', hash, ...PHONE });
} finally {
  await browser.close();
  await world.stop();
}
