/** The page in a real Chromium, over whole releases of the real function app on local stand-ins. */
import path from 'node:path';

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';

import { whyNoBrowser } from '../support/browser.ts';
import type { LocalWorld } from '../support/local/local-world.ts';
import { SLOW_PLAN } from '../support/local/plans.ts';
import { begin } from '../support/local/story.ts';
import { eventually } from '../support/local/waiting.ts';
import { measure, seriousFindings, sideways } from '../support/page.ts';
import {
  appsIn,
  askForPagesOfTwo,
  changeOnTheWay,
  chart,
  firstPaintMs,
  focused,
  goTo,
  order,
  phaseIs,
  seen,
  signIn,
  WAIT_MS,
} from '../support/page-steps.ts';
import { type PageWorld, startPageWorld, type VisitOptions } from '../support/page-world.ts';

const LIMIT_MS = 300_000;
const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true } as const;

let pages: PageWorld;
let world: LocalWorld;
/** Within a story; stories of several shops go on at the same time. */
const IN_TURN = { concurrent: false, timeout: LIMIT_MS } as const;

const noBrowser = await whyNoBrowser();

beforeEach(({ skip }) => {
  skip(noBrowser !== undefined, noBrowser);
});

beforeAll(async () => {
  if (noBrowser !== undefined) return;
  pages = await startPageWorld(['shop', 'basket', 'search', 'stock', 'parcel']);
  ({ world } = pages);
});

afterAll(async () => {
  if (noBrowser === undefined) await pages.stop();
});

const visit = (options: VisitOptions = {}): Promise<Page> => pages.visit(options);
const hashOf = (shop: string): Promise<string> => pages.hashOf(shop);

describe('what is sent', () => {
  it('asks nobody but this Slipway, and comes with a strict policy', async () => {
    const page = await pages.open();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).origin));
    const answer = await page.reload();
    await page.getByLabel('Function key').waitFor();
    expect(new Set(asked)).toEqual(new Set([world.host.url]));
    const policy = answer?.headers()['content-security-policy'] ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
  });
});

describe('signing in with a key', () => {
  it('refuses a wrong key in words, and keeps a right one in the tab alone', async () => {
    const page = await pages.open();
    await signIn(page, 'guessed');
    await seen(page, 'That key is not valid.');
    await signIn(page, world.host.keys.host);
    await seen(page, 'Night Watch');
    // How a first release is started stands where there is none.
    await seen(page, 'az storage message put');
    const kept = await measure(page, '[localStorage.length, document.cookie]', z.unknown());
    expect(kept).toEqual([0, '']);
    await page.reload();
    await seen(page, 'Night Watch');
  });
});

describe.concurrent('a good release', () => {
  it('is watched from start to promotion; paused and resumed by clicking', IN_TURN, async () => {
    const page = await visit();
    await page.evaluate('window.neverReloaded = true');
    // Somebody has to come in time to press the button.
    const steps = [{ weight: 20, bake: '30s' }, SLOW_PLAN.steps[1]];
    const analysis = { ...SLOW_PLAN.analysis, metrics: { latency: { on: 'notify' } } };
    const story = await begin(world, 'shop', {
      content: 'shop@2.0.0',
      plan: { ...SLOW_PLAN, steps, analysis },
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
    await seen(page, /certified.* 2\.0\.0 gets 50 % of production/);
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
    // What the charts say stands when it is over, and is what was judged: over the ramp and the watch.
    const { verdict } = await world.slipway.release(story.id);
    const counted = [verdict?.canary, verdict?.baseline].map(
      (counts) => `(${counts?.failures} of ${counts?.requests.toLocaleString('en-GB')})`,
    );
    await eventually('the chart has the counts of the verdict', async () => {
      const text = await chart(page, 'Failed requests');
      return counted.every((counts) => text.includes(counts));
    });
    expect(await chart(page, 'Evidence')).toMatch(/, certified .* of the 20 needed \(step 2\)$/);
    await page.getByRole('heading', { name: /^95th percentile/ }).waitFor();
    await page.getByRole('img', { name: '2.0.0 ended at 100 % of production' }).waitFor();
    // Over: there is nothing to press any more.
    expect(await page.getByRole('region', { name: 'Overrides' }).count()).toBe(0);
  });

  it(
    'has its audit to filter and to take along: the command verifies the file',
    IN_TURN,
    async () => {
      const page = await visit({ hash: await hashOf('shop') });
      await seen(page, 'chain verified');
      await page.getByLabel('Filter').fill('night WATCH called');
      await seen(page, /^1 of \d+ rows$/);
      const download = page.waitForEvent('download');
      await page.getByRole('button', { name: 'Export' }).click();
      const file = path.join(pages.folder, 'audit.jsonl');
      await (await download).saveAs(file);
      const verified = await world.cli('audit', 'verify', '--file', file, '--json');
      expect(verified.exitCode, verified.stdout).toBe(0);
      expect(JSON.parse(verified.stdout)).toMatchObject({ ok: true });
    },
  );

  it('whose audit was changed on the way is told so', IN_TURN, async () => {
    const page = await visit();
    await changeOnTheWay(page, '**/audit?*', ['somebody called', 'nobody called']);
    await page.evaluate(`location.hash = '${await hashOf('shop')}'`);
    await seen(page, /chain broken at row \d+: the body does not give the stored hash/);
  });
});

describe.concurrent('a bad release', () => {
  it('is seen going back, with where it hurts', IN_TURN, async () => {
    // Harm is found before any bin is final: what is drawn is what the verdict counts.
    const plan = { ...SLOW_PLAN, analysis: { ...SLOW_PLAN.analysis, settle: '1m' } };
    const content = 'shop@2.0.0?behaviour=failing&checkoutFailures=1';
    const story = await begin(world, 'basket', { content, plan });
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
    const { canary } = (await world.slipway.release(story.id)).verdict ?? {};
    const counted = `(${canary?.failures} of ${canary?.requests.toLocaleString('en-GB')})`;
    expect(await chart(page, 'Failed requests')).toContain(counted);
  });
});

describe.concurrent('without a mouse', () => {
  it('is taken back: from the list, by keys alone', IN_TURN, async () => {
    const story = await begin(world, 'search', { content: 'shop@2.0.0', plan: SLOW_PLAN });
    const page = await visit();
    await page.getByRole('link', { name: 'search 2.0.0' }).waitFor({ timeout: WAIT_MS });
    await page.keyboard.press('Tab');
    for (let presses = 0; !(await focused(page)).startsWith('search'); presses += 1) {
      expect(presses, await focused(page)).toBeLessThan(20);
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
    expect(await focused(page)).toContain('Abort');

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
    // More weight than wanted is lowered while paused: rows that would come between opening and sending.
    await eventually('it is lowered', async () => {
      const { intent, weights } = await world.slipway.release(story.id);
      return intent === null && weights.confirmed === 20;
    });
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
  it('can be filtered by phase and by app; the address keeps it', async () => {
    const page = await visit();
    await page.getByLabel('Phase').selectOption('aborted');
    await eventually(
      'two were aborted',
      async () => (await appsIn(page)).join() === 'parcel,stock',
    );
    await page.getByLabel('App').selectOption({ label: 'stock' });
    await eventually('one is of this app', async () => (await appsIn(page)).join() === 'stock');
    await page.reload();
    await eventually('it is kept', async () => (await appsIn(page)).join() === 'stock');
    await page.getByLabel('Phase').selectOption('paused');
    await page.getByRole('link', { name: 'Show all' }).click();
    await eventually('all are there', async () => (await appsIn(page)).length === 5);
  });

  it('has older ones on demand', async () => {
    const page = await visit();
    await askForPagesOfTwo(page);
    await page.reload();
    await eventually('the newest are there', async () => (await appsIn(page)).length === 2);
    const older = page.getByRole('button', { name: 'Older releases' });
    await older.click();
    await eventually('two more', async () => (await appsIn(page)).length === 4);
    await older.click();
    await eventually('all', async () => (await appsIn(page)).length === 5);
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
  const places = async (): Promise<readonly string[]> => [
    '#/',
    ...(await Promise.all(['shop', 'basket'].map(hashOf))),
  ];

  it('axe finds nothing serious, in the list, in releases, in a dialog', async () => {
    const page = await visit({ colorScheme });
    for (const place of await places()) {
      await goTo(page, place);
      expect(await seriousFindings(page), place).toEqual([]);
    }
    await page.getByRole('button', { name: 'Keyboard' }).click();
    expect(await seriousFindings(page)).toEqual([]);
  });

  it('nothing has to be scrolled sideways on a phone', async () => {
    const page = await visit({ colorScheme, ...PHONE });
    for (const place of await places()) {
      await goTo(page, place);
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
    const [first, usable] = [
      await firstPaintMs(page),
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
    expect(pages.opened.length).toBeGreaterThan(0);
    expect(pages.opened.flatMap(({ problems }) => problems)).toEqual([]);
  });
});
