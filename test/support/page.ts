/** The page in a real browser: every problem that it reports is kept, and pieces of script are plain text. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { z } from 'zod';

export interface Opened {
  readonly page: Page;
  /** Errors of the console and of scripts, and what the content security policy refused. */
  readonly problems: readonly string[];
  close(): Promise<void>;
}

export interface OpenOptions extends BrowserContextOptions {
  /** Without `/api`. */
  readonly origin: string;
  /** From `#` on. */
  readonly hash?: string;
  readonly path?: string;
}

/** Told by the browser for every answer that is no success: the page itself shows what it means. */
const ANSWER_WAS_NO_SUCCESS = 'Failed to load resource';

/** A tab of its own, with its own storage. */
export async function openPage(browser: Browser, options: OpenOptions): Promise<Opened> {
  const { origin, hash = '', path = '/api/dashboard', ...rest } = options;
  // Without a locale `navigator.language` is that of the machine, which may be none (LANG=C).
  const context = await browser.newContext({ locale: 'en-GB', acceptDownloads: true, ...rest });
  const problems: string[] = [];
  await context.exposeBinding('slipwayTestProblem', (_source, text: string) => problems.push(text));
  await context.addInitScript(
    `document.addEventListener('securitypolicyviolation', (event) =>
       slipwayTestProblem(event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sample));`,
  );
  // A busy machine is slow, not wrong.
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  page.on('console', (message) => {
    const text = message.text();
    if (message.type() === 'error' && !text.startsWith(ANSWER_WAS_NO_SUCCESS)) problems.push(text);
  });
  page.on('pageerror', ({ message }) => problems.push(message));
  await page.goto(`${origin}${path}${hash}`);
  return { page, problems, close: () => context.close() };
}

export async function measure<T>(page: Page, script: string, shape: z.ZodType<T>): Promise<T> {
  return shape.parse(await page.evaluate(script));
}

/** How far the page can be scrolled sideways, in pixels. */
export function sideways(page: Page): Promise<number> {
  const script = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
  return measure(page, script, z.number());
}

const VIOLATIONS = z.object({
  violations: z.array(
    z.object({
      id: z.string(),
      impact: z.string().nullable(),
      nodes: z.array(z.object({ html: z.string(), failureSummary: z.string().optional() })),
    }),
  ),
});

/** What axe-core finds serious or critical, as `rule: element`. */
export async function seriousFindings(page: Page): Promise<readonly string[]> {
  const file = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
  // Evaluated, not added as a script: the page's policy would rightly refuse that.
  await page.evaluate(await readFile(file, 'utf8'));
  const { violations } = await measure(page, 'axe.run(document)', VIOLATIONS);
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary ?? ''}`),
    );
}
