/** What a person does and sees in the page of a release, and in that of all releases. */
import type { Page } from 'playwright-core';
import { z } from 'zod';

import { measure } from './page.ts';

/** Less than a story may take, so that what was waited for is named. */
export const WAIT_MS = 150_000;

export async function signIn(page: Page, key: string): Promise<void> {
  await page.getByLabel('Function key').fill(key);
  await page.getByLabel('Your name').fill('Night Watch');
  await page.keyboard.press('Enter');
}

export const seen = (page: Page, text: string | RegExp): Promise<void> =>
  page.getByText(text).first().waitFor({ timeout: WAIT_MS });

export const phaseIs = (page: Page, text: string): Promise<void> =>
  page.locator('.release-head .mark', { hasText: text }).waitFor({ timeout: WAIT_MS });

/** What a person does in the dialog of a command. */
export async function order(page: Page, command: string, reason: string): Promise<void> {
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Reason').fill(reason);
  await dialog.getByRole('button', { name: command, exact: true }).click();
  await dialog.waitFor({ state: 'hidden' });
}

/** The app of each release in the list, sorted. */
export async function appsIn(page: Page): Promise<readonly string[]> {
  const links = await page.locator('.releases a').allInnerTexts();
  return links.map((text) => text.split(' ')[0] ?? '').toSorted();
}

/** Goes to the list or to a release, and waits until it is drawn. */
export async function goTo(page: Page, place: string): Promise<void> {
  await page.evaluate(`location.hash = '${place}'`);
  await page
    .locator(place === '#/' ? '.releases' : '.plot canvas')
    .first()
    .waitFor();
}

/** The text of what has the focus. */
export const focused = (page: Page): Promise<string> =>
  measure(page, 'document.activeElement.textContent', z.string());

/** From the start of the navigation; `null` where the browser does not tell. */
export function firstPaintMs(page: Page): Promise<number | null> {
  const paint =
    "performance.getEntriesByName('first-contentful-paint').map(({ startTime }) => startTime)[0] ?? null";
  return measure(page, paint, z.number().nullable());
}

/** From now on the list comes in answers of two releases. */
export async function askForPagesOfTwo(page: Page): Promise<void> {
  await page.route('**/api/releases?*', (route) =>
    route.continue({ url: route.request().url().replace('max=50', 'max=2') }),
  );
}

/** From now on the answers of these addresses come with another text in the place of the first such one. */
export async function changeOnTheWay(
  page: Page,
  addresses: string,
  [from, to]: readonly [from: string, to: string],
): Promise<void> {
  await page.route(addresses, async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, body: (await answer.text()).replace(from, to) });
  });
}

/** What a chart shows, in its one sentence. */
export async function chart(page: Page, title: string): Promise<string> {
  const picture = page.getByRole('img', { name: new RegExp(`^${title}\\. `) });
  return (await picture.getAttribute('aria-label')) ?? '';
}
