/** The real function app on local stand-ins, a real Chromium, and every page that was opened in it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import type { Page } from 'playwright-core';

import { startBrowser } from './browser.ts';
import { type LocalWorld, startLocalWorld } from './local/local-world.ts';
import { type Opened, openPage, type OpenOptions } from './page.ts';
import { signIn } from './page-steps.ts';

export type VisitOptions = Omit<OpenOptions, 'origin'>;

export interface PageWorld {
  readonly world: LocalWorld;
  /** For what is downloaded; gone after `stop`. */
  readonly folder: string;
  readonly opened: readonly Opened[];
  /** Opens the page as somebody who has not signed in. */
  open(options?: VisitOptions): Promise<Page>;
  /** Opens the page, at the list unless told otherwise, as somebody who has the key. */
  visit(options?: VisitOptions): Promise<Page>;
  /** Where the page of the newest release of a shop is, from `#` on. */
  hashOf(shop: string): Promise<string>;
  stop(): Promise<void>;
}

/** @param shops the names of the apps that are there */
export async function startPageWorld(shops: readonly string[]): Promise<PageWorld> {
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-page-'));
  const [world, browser] = await Promise.all([startLocalWorld({ shops }), startBrowser()]);
  const opened: Opened[] = [];
  const open = async (options: VisitOptions = {}): Promise<Page> => {
    const one = await openPage(browser, { origin: world.host.url, ...options });
    opened.push(one);
    return one.page;
  };
  return {
    world,
    folder,
    opened,
    open,
    visit: async (options) => {
      const page = await open({ hash: '#/', ...options });
      await signIn(page, world.host.keys.host);
      return page;
    },
    hashOf: async (shop) => {
      const [release] = await world.slipway.releasesOfApp(world.shop(shop).siteId);
      return `#/releases/${release?.id ?? ''}`;
    },
    stop: async () => {
      await browser.close();
      await world.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
