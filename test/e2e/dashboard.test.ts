/** The page in a real Chromium, over whole releases of the real function app on local stand-ins. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';

import { startBrowser, whyNoBrowser } from '../support/browser.ts';
import { startLocalWorld, type LocalWorld } from '../support/local/local-world.ts';
import { CANARY_PLAN } from '../support/local/plans.ts';
import { begin } from '../support/local/story.ts';
import { eventually } from '../support/local/waiting.ts';
import {
  measure,
  type Opened,
  openPage,
  type OpenOptions,
  seriousFindings,
  sideways,
} from '../support/page.ts';

const LIMIT_MS = 300_000;
/** Less, so that what was waited for is named. */
const WAIT_MS = 150_000;
const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true } as const;
/** Long enough for somebody to press buttons in it. */
const SLOW_PLAN = {
  ...CANARY_PLAN,
  steps: [
    { weight: 20, bake: '8s' },
    { weight: 50, bake: '4s' },
  ],
} as const;

let world: LocalWorld;
let browser: Browser;
let folder: string;
const opened: Opened[] = [];
/** Within a story; stories of several shops go on at the same time. */
const IN_TURN = { concurrent: false, timeout: LIMIT_MS } as const;

const noBrowser = await whyNoBrowser();

beforeEach(({ skip }) => {
  skip(noBrowser !== undefined, noBrowser);
});

beforeAll(async () => {
  if (noBrowser !== undefined) return;
  folder = await mkdtemp(path.join(tmpdir(), 'slipway-page-'));
  [world, browser] = await Promise.all([
    startLocalWorld({ shops: ['shop', 'basket', 'search', 'stock', 'parcel'] }),
    startBrowser(),
  ]);
});

afterAll(async () => {
  if (noBrowser !== undefined) return;
  await browser.close();
  await world.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Opens the page as somebody who has the key. */
async function visit(options: Partial<OpenOptions> = {}): Promise<Page> {
  const { hash = '#/', ...rest } = options;
  const one = await openPage(browser, { origin: world.host.url, hash, ...rest });
  opened.push(one);
  await signIn(one.page, world.host.keys.host);
  return one.page;
}

async function signIn(page: Page, key: string): Promise<void> {
  await page.getByLabel('Function key').fill(key);
  await page.getByLabel('Your name').fill('Night Watch');
  await page.keyboard.press('Enter');
}

const seen = (page: Page, text: string | RegExp): Promise<void> =>
  page.getByText(text).first().waitFor({ timeout: WAIT_MS });

const phaseIs = (page: Page, text: string): Promise<void> =>
  page.locator('.release-head .mark', { hasText: text }).waitFor({ timeout: WAIT_MS });

/** What a person does in the dialog of a command. */
async function order(page: Page, command: string, reason: string): Promise<void> {
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Reason').fill(reason);
  await dialog.getByRole('button', { name: command, exact: true }).click();
  await dialog.waitFor({ state: 'hidden' });
}

describe('what is sent', () => {
  it('asks nobody but this Slipway, and comes with a strict policy', async () => {
    const one = await openPage(browser, { origin: world.host.url });
    opened.push(one);
    const asked: string[] = [];
    one.page.on('request', (request) => asked.push(new URL(request.url()).origin));
    const answer = await one.page.reload();
    await one.page.getByLabel('Function key').waitFor();
    expect(new Set(asked)).toEqual(new Set([world.host.url]));
    const policy = answer?.headers()['content-security-policy'] ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
  });
});

describe('signing in with a key', () => {
  it('refuses a wrong key in words, and keeps a right one in the tab alone', async () => {
    const one = await openPage(browser, { origin: world.host.url });
    opened.push(one);
    await signIn(one.page, 'guessed');
    await seen(one.page, 'That key is not valid.');
    await signIn(one.page, world.host.keys.host);
    await seen(one.page, 'Night Watch');
    // How a first release is started stands where there is none.
    await seen(one.page, 'az storage message put');
    const kept = await measure(one.page, '[localStorage.length, document.cookie]', z.unknown());
    expect(kept).toEqual([0, '']);
    await one.page.reload();
    await seen(one.page, 'Night Watch');
  });
});

describe.concurrent('a good release', () => {
  it('is watched from start to promotion; paused and resumed by clicking', IN_TURN, async () => {
    const page = await visit();
    await page.evaluate('window.neverReloaded = true');
    // Somebody has to come in time to press the button.
    const steps = [{ weight: 20, bake: '20s' }, SLOW_PLAN.steps[1]];
    const story = await begin(world, 'shop', {
      content: 'shop@2.0.0',
      plan: { ...SLOW_PLAN, steps },
    });

    // It comes by itself.
    await page.getByRole('link', { name: 'shop 2.0.0' }).click({ timeout: WAIT_MS });
    await phaseIs(page, 'ramping, step 1 of 2');
    await seen(page, /^Bakes at 20 %/);
    await page.getByRole('button', { name: 'Pause' }).click();
    await order(page, 'Pause', 'somebody called');
    await phaseIs(page, 'paused');
    expect(await world.slipway.release(story.id)).toMatchObject({ phase: 'paused' });
    await seen(page, /^Waits for a person/);

    await page.getByRole('button', { name: 'Resume' }).click();
    await order(page, 'Resume', 'it was nothing');
    await phaseIs(page, 'ramping, step 2 of 2');
    await phaseIs(page, 'watching');
    await page.getByRole('img', { name: '2.0.0 serves 100 % of production' }).waitFor();
    await phaseIs(page, 'succeeded');
    await seen(page, 'chain verified');
    expect(await measure(page, 'window.neverReloaded', z.unknown())).toBe(true);

    const rows = await world.slipway.audit(story.id);
    const commands = rows.filter(({ action }) => action === 'command-accepted');
    expect(commands.map(({ actor, message }) => [actor.name, message])).toEqual([
      ['Night Watch', 'pause by Night Watch: somebody called'],
      ['Night Watch', 'resume by Night Watch: it was nothing'],
    ]);
    // Over: there is nothing to press any more.
    expect(await page.getByRole('region', { name: 'Overrides' }).count()).toBe(0);
  });

  it(
    'has its audit to filter and to take along: the command verifies the file',
    IN_TURN,
    async () => {
      const [release] = await world.slipway.releasesOfApp(world.shop('shop').siteId);
      const page = await visit({ hash: `#/releases/${release?.id ?? ''}` });
      await seen(page, 'chain verified');
      await page.getByLabel('Filter').fill('night WATCH called');
      await seen(page, /^1 of \d+ rows$/);
      const download = page.waitForEvent('download');
      await page.getByRole('button', { name: 'Export' }).click();
      const file = path.join(folder, 'audit.jsonl');
      await (await download).saveAs(file);
      const verified = await world.cli('audit', 'verify', '--file', file, '--json');
      expect(verified.exitCode, verified.stdout).toBe(0);
      expect(JSON.parse(verified.stdout)).toMatchObject({ ok: true });
    },
  );

  it('whose audit was changed on the way is told so', IN_TURN, async () => {
    const [release] = await world.slipway.releasesOfApp(world.shop('shop').siteId);
    const page = await visit();
    await page.route('**/audit?*', async (route) => {
      const answer = await route.fetch();
      await route.fulfill({
        response: answer,
        body: (await answer.text()).replace('somebody called', 'nobody called'),
      });
    });
    await page.evaluate(`location.hash = '#/releases/${release?.id ?? ''}'`);
    await seen(page, /chain broken at row \d+: the body does not give the stored hash/);
  });
});

describe.concurrent('a bad release', () => {
  it('is seen going back, with where it hurts', IN_TURN, async () => {
    const story = await begin(world, 'basket', {
      content: 'shop@2.0.0?behaviour=failing&checkoutFailures=1',
    });
    const page = await visit({ hash: `#/releases/${story.id}` });
    await phaseIs(page, 'ramping');
    await phaseIs(page, 'roll');
    // For those who hear the page.
    await page
      .locator('[role=status]', { hasText: /basket 2\.0\.0: roll/ })
      .waitFor({ state: 'attached' });
    await phaseIs(page, 'rolled back');
    await page.getByRole('heading', { name: 'Where it hurts' }).waitFor();
    await page.locator('.hurts').getByText('GET /api/checkout').waitFor();
    await page
      .locator('main')
      .getByText(/fails .* % of requests/)
      .first()
      .waitFor();
    // The pictures have their numbers as text.
    await page
      .getByText(/^harm .* of the 100 needed/)
      .first()
      .click();
    expect(await page.getByRole('region', { name: 'Evidence, numbers' }).isVisible()).toBe(true);
  });
});

describe.concurrent('without a mouse', () => {
  it('is taken back: from the list, by keys alone', IN_TURN, async () => {
    const story = await begin(world, 'search', { content: 'shop@2.0.0', plan: SLOW_PLAN });
    const page = await visit();
    await page.getByRole('link', { name: 'search 2.0.0' }).waitFor({ timeout: WAIT_MS });
    await page.keyboard.press('Tab');
    const focused = (): Promise<string> =>
      measure(page, 'document.activeElement.textContent', z.string());
    for (let presses = 0; !(await focused()).startsWith('search'); presses += 1) {
      expect(presses, await focused()).toBeLessThan(20);
      await page.keyboard.press('Tab');
    }
    await page.keyboard.press('Enter');
    await phaseIs(page, 'ramping');
    expect(await measure(page, 'document.activeElement.tagName', z.string())).toBe('H1');

    // Escape gives the focus back to where it was.
    await page.getByRole('button', { name: 'Abort' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    expect(await focused()).toContain('Abort');

    await page.keyboard.press('r');
    await page.keyboard.type('it looks wrong');
    await page.keyboard.press('Enter');
    await phaseIs(page, 'rolled back');
    expect(world.shop('search').rules()).toEqual([]);
    const rows = await world.slipway.audit(story.id);
    expect(rows.map(({ message }) => message)).toContain('rollback by Night Watch: it looks wrong');
  });
});

describe.concurrent('somebody else was faster', () => {
  it('is shown before and after sending; nothing is ordered of an old state', IN_TURN, async () => {
    const story = await begin(world, 'stock', {
      content: 'shop@2.0.0',
      plan: { ...SLOW_PLAN, steps: [{ weight: 20, bake: '60s' }] },
    });
    await story.atWeight(20);
    const page = await visit({ hash: `#/releases/${story.id}` });
    await phaseIs(page, 'ramping');
    await page.getByRole('button', { name: 'Promote' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Reason').fill('it looks good');
    await world.slipway.command(story.id, 'pause', { reason: 'faster' });
    await dialog.getByText(/It has moved on since\. Now: paused/).waitFor();
    await dialog.getByRole('button', { name: 'Promote' }).click();
    await dialog.getByRole('alert').waitFor();
    // The answer brought the present state: now it is of that one that something would be ordered.
    await dialog.getByText(/^Now: paused/).waitFor();
    expect(await world.slipway.release(story.id)).toMatchObject({ phase: 'paused' });
    await page.keyboard.press('Escape');

    // Stop is there while paused, too.
    await page.keyboard.press('x');
    await order(page, 'Abort', 'enough');
    await phaseIs(page, 'aborted');
  });
});

describe.concurrent('after somebody changed the rules by hand', () => {
  it('resuming asks what to do with what was found', IN_TURN, async () => {
    const shop = world.shop('parcel');
    const plan = { ...SLOW_PLAN, steps: [{ weight: 20, bake: '60s' }] };
    const story = await begin(world, 'parcel', { content: 'shop@2.0.0', plan });
    await story.atWeight(20);
    const page = await visit({ hash: `#/releases/${story.id}` });
    await shop.setWeightByHand(60);
    await phaseIs(page, 'paused');
    await seen(page, /choose what to do with what was found/);
    await page.getByRole('button', { name: 'Resume' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Reason').fill('ours counts');
    await dialog.getByRole('button', { name: 'Resume' }).click();
    // Not sent without a choice.
    expect(await dialog.isVisible()).toBe(true);
    await dialog.getByLabel(/^Reapply/).check();
    await order(page, 'Resume', 'ours counts');
    await phaseIs(page, 'ramping');
    await eventually('it is as the plan wants', () => shop.rules()[0] === 'staging=20');
    await page.keyboard.press('x');
    await order(page, 'Abort', 'seen enough');
    await phaseIs(page, 'aborted');
  });
});

describe('the list', () => {
  const names = async (page: Page): Promise<readonly string[]> => {
    const links = await page.locator('.releases a').allInnerTexts();
    return links.map((text) => text.split(' ')[0] ?? '').toSorted();
  };

  it('can be filtered by phase and by app; the address keeps it', async () => {
    const page = await visit();
    await page.getByLabel('Phase').selectOption('aborted');
    await eventually('two were aborted', async () => (await names(page)).join() === 'parcel,stock');
    await page.getByLabel('App').selectOption({ label: 'stock' });
    await eventually('one is of this app', async () => (await names(page)).join() === 'stock');
    await page.reload();
    await eventually('it is kept', async () => (await names(page)).join() === 'stock');
    await page.getByLabel('Phase').selectOption('paused');
    await page.getByRole('link', { name: 'Show all' }).click();
    await eventually('all are there', async () => (await names(page)).length === 5);
  });

  it('has older ones on demand', async () => {
    const page = await visit();
    await page.route('**/api/releases?*', (route) =>
      route.continue({ url: route.request().url().replace('max=50', 'max=2') }),
    );
    await page.reload();
    await eventually('the newest are there', async () => (await names(page)).length === 2);
    const older = page.getByRole('button', { name: 'Older releases' });
    await older.click();
    await eventually('two more', async () => (await names(page)).length === 4);
    await older.click();
    await eventually('all', async () => (await names(page)).length === 5);
    await older.waitFor({ state: 'detached' });
  });
});

describe('a connection that is lost', () => {
  it('is said, with the age of what is shown', async () => {
    const page = await visit();
    await seen(page, 'live');
    await page.context().setOffline(true);
    // The list has nothing under way, so it would ask only now and then: coming back to the tab asks at once.
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
    await seen(page, /last seen \d+ s ago/);
    expect(await page.getByRole('link', { name: 'shop 2.0.0' }).count()).toBe(1);
    await page.context().setOffline(false);
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
    await seen(page, 'live');
  });
});

describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
  const places = async (): Promise<readonly string[]> => {
    const ids = await Promise.all(
      ['shop', 'basket'].map(async (name) => {
        const [release] = await world.slipway.releasesOfApp(world.shop(name).siteId);
        return `#/releases/${release?.id ?? ''}`;
      }),
    );
    return ['#/', ...ids];
  };

  it('axe finds nothing serious, in the list, in releases, in a dialog', async () => {
    const page = await visit({ colorScheme });
    for (const place of await places()) {
      await page.evaluate(`location.hash = '${place}'`);
      await page
        .locator(place === '#/' ? '.releases' : '.plot canvas')
        .first()
        .waitFor();
      expect(await seriousFindings(page), place).toEqual([]);
    }
    await page.getByRole('button', { name: 'Keyboard' }).click();
    expect(await seriousFindings(page)).toEqual([]);
  });

  it('nothing has to be scrolled sideways on a phone', async () => {
    const page = await visit({ colorScheme, ...PHONE });
    for (const place of await places()) {
      await page.evaluate(`location.hash = '${place}'`);
      await page
        .locator(place === '#/' ? '.releases' : '.plot canvas')
        .first()
        .waitFor();
      expect(await sideways(page), place).toBe(0);
    }
  });

  it('the switch overrules the system, and is remembered', async () => {
    const page = await visit({ colorScheme });
    const paper = (): Promise<string> =>
      measure(page, 'getComputedStyle(document.documentElement).backgroundColor', z.string());
    const before = await paper();
    await page.getByRole('button', { name: /^Colours/ }).click();
    await page.getByRole('button', { name: /^Colours/ }).click();
    const dark = await paper();
    await page.getByRole('button', { name: /^Colours/ }).click();
    expect(await paper()).toBe(before);
    expect(dark === before).toBe(colorScheme === 'dark');
  });
});

describe('how soon it can be used', () => {
  it('is measured, not promised', async () => {
    const page = await visit();
    await page.getByRole('link', { name: 'shop 2.0.0' }).waitFor();
    await page.evaluate('sessionStorage.setItem("seen", "once")');
    await page.reload();
    await page.getByRole('link', { name: 'shop 2.0.0' }).waitFor();
    const paint =
      "performance.getEntriesByName('first-contentful-paint').map(({ startTime }) => startTime)[0] ?? null";
    const [first, usable] = [
      await measure(page, paint, z.number().nullable()),
      await measure(page, 'performance.now()', z.number()),
    ];
    process.stdout.write(
      `page: first paint after ${Math.round(first ?? NaN)} ms, the list after at most ${Math.round(usable)} ms\n`,
    );
    await eventually('the list is there', async () => (await page.getByRole('row').count()) > 4);
  });
});

describe('all that was opened', () => {
  it('had nothing that the policy refused, and no script that failed', () => {
    expect(opened.length).toBeGreaterThan(0);
    expect(opened.flatMap(({ problems }) => problems)).toEqual([]);
  });
});
