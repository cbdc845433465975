/** The list of the page where it is longer than one answer, in a real Chromium over the real function app. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { startBrowser, whyNoBrowser } from '../support/browser.ts';
import { startLocalWorld, type LocalWorld } from '../support/local/local-world.ts';
import { CANARY_PLAN } from '../support/local/plans.ts';
import { begin, startedBy, type Story } from '../support/local/story.ts';
import { type Opened, openPage } from '../support/page.ts';

let world: LocalWorld;
let browser: Browser;
const opened: Opened[] = [];

const noBrowser = await whyNoBrowser();

beforeEach(({ skip }) => {
  skip(noBrowser !== undefined, noBrowser);
});

beforeAll(async () => {
  if (noBrowser !== undefined) return;
  [world, browser] = await Promise.all([startLocalWorld({ shops: ['shop'] }), startBrowser()]);
});

afterAll(async () => {
  if (noBrowser !== undefined) return;
  await browser.close();
  await world.stop();
});

/** Pages of two releases, and what is asked for them. */
async function visit(hash: string, questions: string[]): Promise<Page> {
  const one = await openPage(browser, { origin: world.host.url, hash });
  opened.push(one);
  const { page } = one;
  await page.route('**/api/releases?*', (route) => {
    const url = new URL(route.request().url());
    questions.push(url.search);
    return route.continue({ url: url.href.replace('max=50', 'max=2') });
  });
  await page.getByLabel('Function key').fill(world.host.keys.host);
  await page.getByLabel('Your name').fill('Night Watch');
  await page.keyboard.press('Enter');
  return page;
}

/** Starts of a busy app: newer releases, that are over at once. */
async function startInVain({ shop }: Story, keys: readonly string[]): Promise<void> {
  for (const key of keys) {
    await world.send('releases', shop.message({ version: '2.0.0', key, plan: CANARY_PLAN }));
    await startedBy(world, key);
  }
}

describe('a release that is older than the newest page', () => {
  it('is shown while it is under way, in the list of all and in that of the active ones', async () => {
    const story = await begin(world, 'shop', { content: 'shop@2.0.0' });
    await world.slipway.command(story.id, 'pause', { reason: 'it shall wait' });
    await startInVain(story, ['newer', 'newest']);

    const questions: string[] = [];
    const [all, active] = [await visit('#/', questions), await visit('#/?phase=active', questions)];
    const link = (page: Page) => page.locator(`.releases a[href="#/releases/${story.id}"]`);
    await Promise.all([link(all).waitFor(), link(active).waitFor()]);
    expect(await all.locator('.releases a').count()).toBe(3);
    expect(await active.locator('.releases a').count()).toBe(1);

    await world.slipway.command(story.id, 'abort', { reason: 'enough' });
    await link(active).waitFor({ state: 'detached' });
    await active.getByRole('link', { name: 'Show all' }).waitFor();
    await link(all).waitFor({ state: 'detached' });
    expect(await all.locator('.releases a').count()).toBe(2);
    // Older ones come on demand, with what became of them.
    await all.getByRole('button', { name: 'Older releases' }).click();
    await link(all).waitFor();
    await all.getByRole('row', { name: 'aborted' }).waitFor();

    const more = questions.filter((question) => question.includes('continuation'));
    expect(more).toHaveLength(1);
    expect(new Set(questions)).toEqual(new Set(['?max=50', '?finished=false&max=50', ...more]));
    expect(opened.flatMap(({ problems }) => problems)).toEqual([]);
  });
});
