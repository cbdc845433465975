/** Who may press what in the page: roles, keys, Entra, a page of another site. */
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';

import type { Azurite } from '../../src/local/azurite.ts';
import type { SpawnedFunctionsHost } from '../../src/local/host/spawn.ts';
import { startTestAzurite } from '../support/azurite.ts';
import { startBrowser, whyNoBrowser } from '../support/browser.ts';
import { signedInHeader } from '../support/client-principal.ts';
import { buildApp, startApp } from '../support/local/local-world.ts';
import { startMessage } from '../support/local/shop.ts';
import { measure, type Opened, openPage } from '../support/page.ts';

let azurite: Azurite;
let browser: Browser;
let anonymous: SpawnedFunctionsHost;
let easyAuth: SpawnedFunctionsHost;
/** Stands where no check of preflight can end: nobody answers as Azure. */
let id: string;
const opened: Opened[] = [];

const RELEASE = z.object({ release: z.object({ id: z.string(), phase: z.string() }) });
const AUDIT = z.object({ rows: z.array(z.object({ body: z.object({ action: z.string() }) })) });
const SIZE_AT_MOST_BYTES = 150 * 1024;
const NOBODY = 'http://127.0.0.1:1';

const noBrowser = await whyNoBrowser();

beforeEach(({ skip }) => {
  skip(noBrowser !== undefined, noBrowser);
});

beforeAll(async () => {
  if (noBrowser !== undefined) return;
  await buildApp();
  [azurite, browser] = await Promise.all([startTestAzurite(), startBrowser()]);
  [anonymous, easyAuth] = await Promise.all([host('anonymous'), host('easy-auth')]);
  const answer = await fetch(`${anonymous.url}/api/releases`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: startMessage('shop', { version: '2.0.0', key: 'one' }),
  });
  ({ id } = RELEASE.parse(await answer.json()).release);
});

afterAll(async () => {
  if (noBrowser !== undefined) return;
  await browser.close();
  await Promise.all([anonymous.stop(), easyAuth.stop()]);
  await azurite.stop();
});

function host(mode: string): Promise<SpawnedFunctionsHost> {
  return startApp({
    azurite,
    settings: {
      SLIPWAY_AUTH: mode,
      SLIPWAY_APPS: 'open',
      // Once a year: nothing happens by itself here.
      SLIPWAY_CLOCK_SCHEDULE: '0 0 0 1 1 *',
      SLIPWAY_ARM_ENDPOINT: NOBODY,
      SLIPWAY_LOGS_ENDPOINT: NOBODY,
      SLIPWAY_SITES_ENDPOINT: NOBODY,
    },
    log: () => undefined,
  });
}

async function visit(origin: string, role?: string): Promise<Page> {
  const one = await openPage(browser, {
    origin,
    hash: `#/releases/${id}`,
    // What Easy Auth would add for somebody who is signed in.
    ...(role === undefined
      ? {}
      : { extraHTTPHeaders: { 'x-ms-client-principal': signedInHeader(role) } }),
  });
  opened.push(one);
  return one.page;
}

async function buttonsOf(page: Page): Promise<readonly string[]> {
  await page.getByText('What is not possible').or(page.getByText('You can look.')).waitFor();
  const labels = await page.locator('.commands .group button').allInnerTexts();
  return labels.map((label) => label.split(/\s(?=\S$)/)[0] ?? '');
}

describe('the files of the page', () => {
  it('is under 150 KB compressed', async () => {
    const files = ['index.html', 'app.js', 'app.css'].map((name) =>
      fileURLToPath(new URL(`../../dist/dashboard/${name}`, import.meta.url)),
    );
    const sizes = await Promise.all(
      files.map(async (file) => gzipSync(await readFile(file)).length),
    );
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(SIZE_AT_MOST_BYTES);
  });
});

describe('signed in with Entra', () => {
  it('a reader sees everything and can press nothing; the page says why', async () => {
    const page = await visit(easyAuth.url, 'Slipway.Reader');
    expect(await buttonsOf(page)).toEqual([]);
    await page.getByText('The role Slipway.Reader does not allow: pause, resume').waitFor();
    await page.keyboard.press('r');
    expect(await page.getByRole('dialog').count()).toBe(0);
    await page.getByText('chain verified').waitFor();
  });

  it.each(['Slipway.Operator', 'Slipway.Approver', 'Slipway.Admin'])(
    '%s can stop it; what the release does not admit is not offered',
    async (role) => {
      const page = await visit(easyAuth.url, role);
      expect(await buttonsOf(page)).toEqual(['Roll back', 'Abort', 'Pause']);
      const text = await page.locator('.commands .why').textContent();
      expect(text?.includes('does not allow: advance, promote')).toBe(role === 'Slipway.Operator');
      expect(text).toContain('Resume: it is not paused');
    },
  );

  it('somebody without any role is told what is missing', async () => {
    const page = await visit(easyAuth.url, 'Unknown.Role');
    await page
      .getByText(/takes Slipway\.Reader/)
      .first()
      .waitFor();
  });

  it('nobody: the page leads to Entra, and back to where one was', async () => {
    const page = await visit(easyAuth.url);
    const link = page.getByRole('link', { name: 'Sign in with Entra' });
    const href = new URL((await link.getAttribute('href')) ?? '', easyAuth.url);
    expect(href.pathname).toBe('/.auth/login/aad');
    expect(href.searchParams.get('post_login_redirect_uri')).toBe(`/api/dashboard#/releases/${id}`);
  });
});

describe('a page of another site', () => {
  let evil: Server;

  beforeAll(async () => {
    evil = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html').end('<!doctype html><title>evil</title>');
    });
    await new Promise<void>((resolve) => evil.listen(0, '127.0.0.1', resolve));
  });

  afterAll(() => {
    evil.close();
  });

  it('cannot order anything, cannot read anything, cannot put the page in a frame', async () => {
    const { port } = evil.address() as AddressInfo;
    const context = await browser.newContext();
    const page = await context.newPage();
    const statuses: number[] = [];
    page.on('response', (answer) => {
      if (answer.request().method() === 'POST') statuses.push(answer.status());
    });
    // Another host than 127.0.0.1, so another site.
    await page.goto(`http://localhost:${port}/`);
    const target = `${anonymous.url}/api/releases/${id}`;
    const tries = await measure(
      page,
      `(async () => {
        const body = JSON.stringify({ reason: 'evil' });
        const say = (answer) => answer.type, fail = () => 'failed';
        const send = (how) => fetch('${target}/abort', { method: 'POST', body, ...how }).then(say, fail);
        return [
          await send({ mode: 'no-cors', headers: { 'content-type': 'text/plain' } }),
          await send({ headers: { 'content-type': 'application/json' } }),
          await fetch('${target}').then(say, fail),
        ];
      })()`,
      z.array(z.string()),
    );
    expect(tries).toEqual(['opaque', 'failed', 'failed']);
    expect(statuses).toEqual([403]);
    const form = `document.body.innerHTML = '<form method="post" enctype="text/plain" action="${target}/abort"><input name="{\\"reason\\":\\"" value="evil\\"}"></form>'; document.forms[0].submit()`;
    await page.evaluate(form);
    await page.waitForURL(`${target}/abort`);
    expect(statuses).toEqual([403, 403]);

    await page.goto(`http://localhost:${port}/`);
    await page.evaluate(
      `document.body.innerHTML = '<iframe src="${anonymous.url}/api/dashboard"></iframe>'`,
    );
    await page.waitForLoadState('load');
    const [, framed] = page.frames();
    await framed?.waitForLoadState('load');
    // What Chromium shows in place of a page that may not be framed.
    expect(framed?.url()).toMatch(/^chrome-error:/);
    await context.close();

    const release = await fetch(target);
    expect(RELEASE.parse(await release.json()).release.phase).not.toBe('aborted');
    const audit = AUDIT.parse(await (await fetch(`${target}/audit`)).json());
    expect(audit.rows.map(({ body }) => body.action)).not.toContain('command-accepted');
  });
});

describe('all that was opened', () => {
  it('had nothing that the policy refused, and no script that failed', () => {
    expect(opened.flatMap(({ problems }) => problems)).toEqual([]);
  });
});
