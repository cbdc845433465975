/**
 * An App Service of a thousand sites: ARM's surface, its throttling and the front end are the local
 * stand-in's own; in place of two processes a site, one small server answers for every slot.
 */
import { createServer } from 'node:http';

import { createArmServer } from '../../src/local/app-service/arm-server.ts';
import { createChangeLog } from '../../src/local/app-service/change-log.ts';
import { createFaults } from '../../src/local/app-service/faults.ts';
import { createFrontEnd } from '../../src/local/app-service/front-end.ts';
import { close, listen } from '../../src/local/app-service/http.ts';
import { openState } from '../../src/local/app-service/state.ts';
import { createSwaps } from '../../src/local/app-service/swap.ts';
import { createThrottle } from '../../src/local/app-service/throttle.ts';
import type { Workers } from '../../src/local/app-service/workers.ts';
import { createRights } from '../../src/local/app-service/rights.ts';
import type { Target } from '../../src/release/start-message.ts';

export const SLOT = 'staging';
const RESOURCE_GROUP = 'sites';
/** Buckets that are filled so much faster are never empty. */
const LENIENT = 10_000;

export interface SitesOptions {
  readonly count: number;
  /** ARM's buckets are per subscription; sites are dealt to them in turn. */
  readonly subscriptions: number;
  /** ARM turns nobody away before `enforce` is called. */
  readonly lenient: boolean;
  readonly log: (line: string) => void;
}

export interface ArmCounts {
  readonly reads: number;
  readonly writes: number;
  /** Answered with 429. */
  readonly throttled: number;
}

export interface Sites {
  readonly armUrl: string;
  readonly frontEndUrl: string;
  target(index: number): Target;
  /** From now on ARM's buckets hold. */
  enforce(): void;
  counts(): ArmCounts;
  /** Sites with a rule now. */
  withRule(): number;
  /** Successful writes of rules, by site. */
  rulesWritten(): ReadonlyMap<string, number>;
  /** Swaps that were accepted. */
  swaps(): number;
  stop(): Promise<void>;
}

export function siteName(index: number): string {
  return `app-${String(index).padStart(5, '0')}`;
}

export async function startSites(options: SitesOptions): Promise<Sites> {
  const target = (index: number): Target => ({
    subscriptionId: subscriptionId(index % options.subscriptions),
    resourceGroup: RESOURCE_GROUP,
    site: siteName(index),
  });
  const definitions = Array.from({ length: options.count }, (_, index) => {
    const { site: name, ...place } = target(index);
    return { ...place, name, content: 'app@1.0.0', slots: [{ name: SLOT, content: 'app@2.0.0' }] };
  });
  const store = openState(definitions, undefined);
  const app = createServer((_request, response) => response.end('ok'));
  const workers = lightWorkers(Number(new URL(await listen(app, 0)).port));
  const nowMs = (): number => Date.now();
  const strict = createThrottle({ timeScale: 1, nowMs });
  const lenient = createThrottle({ timeScale: LENIENT, nowMs });
  let enforced = !options.lenient;
  const changes = createChangeLog();
  const swaps = createSwaps({ store, workers, changes, durationMs: 60_000, log: options.log });
  const seen = { reads: 0, writes: 0, throttled: 0, swaps: 0 };
  const written = new Map<string, number>();
  const arm = createArmServer({
    services: { store, swaps, workers, changes, rights: createRights() },
    faults: createFaults(),
    throttle: { take: (...asked) => (enforced ? strict : lenient).take(...asked) },
    record: ({ method, url, status }) => {
      if (method === 'GET') seen.reads += 1;
      else seen.writes += 1;
      if (status === 429) seen.throttled += 1;
      if (method === 'POST' && status === 202) seen.swaps += 1;
      const site = /\/sites\/([^/?]+)\/config\/web/i.exec(url)?.[1];
      if (method === 'PATCH' && status === 200 && site !== undefined)
        written.set(site, (written.get(site) ?? 0) + 1);
    },
    control: () => false,
    log: options.log,
  });
  const frontEnd = createFrontEnd({
    sites: store.sites,
    workers,
    cookieMaxAgeSeconds: 3_600,
    random: () => Math.random(),
    idleTimeoutMs: 30_000,
  });
  return {
    armUrl: await listen(arm, 0),
    frontEndUrl: await listen(frontEnd, 0),
    target,
    enforce: () => {
      enforced = true;
    },
    counts: () => ({ reads: seen.reads, writes: seen.writes, throttled: seen.throttled }),
    withRule: () => store.sites.filter(({ slots }) => (slots[0]?.rules.length ?? 0) > 0).length,
    rulesWritten: () => written,
    swaps: () => seen.swaps,
    stop: async () => {
      await Promise.all([close(arm), close(frontEnd), close(app), swaps.stop()]);
    },
  };
}

/** Every slot runs, all the time, behind one port. */
function lightWorkers(port: number): Workers {
  const nothing = async (): Promise<void> => undefined;
  return { port: () => port, ensure: nothing, restart: nothing, stop: nothing };
}

function subscriptionId(number: number): string {
  return `11111111-1111-4111-8111-${String(number).padStart(12, '0')}`;
}
