/** What a fault scenario is told with: releases, moments of them, and services that break. */
import { setTimeout as delay } from 'node:timers/promises';

import type { Release } from '../../../src/release/release.ts';
import { createPrng } from '../../support/prng.ts';
import type { ProxyFault, ProxyRequest } from '../../support/faulting-proxy.ts';
import { SERVICES, type CrashHost, type Service } from '../crash-host.ts';
import type { CrashWorld } from '../crash-world.ts';
import { playStory, type Story, type StoryOptions } from '../story.ts';

export interface Scenario {
  readonly name: string;
  /** What must happen, by the design. */
  readonly expected: string;
  /** How many sites it takes; each gets one release. */
  readonly sites: number;
  /** What went otherwise; what must hold for every release is checked elsewhere. */
  readonly play: (bench: Bench) => Promise<readonly string[]>;
}

/** One release under way. */
export interface Running {
  readonly site: string;
  readonly story: Promise<Story>;
  /** The release as soon as it holds; undefined when it ended before. */
  until(holds: (release: Release) => boolean): Promise<Release | undefined>;
}

export type Order = Pick<StoryOptions, 'kind' | 'plan' | 'may'>;

export interface Bench {
  readonly world: CrashWorld;
  readonly sites: readonly string[];
  /** Deploys and starts a release on the site of that index. */
  begin(order: Order, index?: number): Running;
  /** Breaks a service for all hosts, or for some, until `heal`. */
  fault(services: readonly Service[], fault: ProxyFault, options?: FaultOptions): void;
  heal(): void;
  /** What changed the sites of this scenario in Azure since then, and since it began; calls to ARM only. */
  written(sinceMs: number): readonly string[];
  pause(ms: number): Promise<void>;
}

export interface FaultOptions {
  readonly hosts?: readonly CrashHost[];
  /** Only these requests, and of them only this share. */
  readonly of?: (request: ProxyRequest) => boolean;
  readonly share?: number;
}

export const STORAGE: readonly Service[] = ['tables', 'queues'];

/** A call that was under way when its service broke may still arrive. */
export const IN_FLIGHT_MS = 3_000;

export interface BenchOptions {
  readonly sites: readonly string[];
  /** Of the releases: each site has had one for each scenario before. */
  readonly number: number;
}

export function createBench(world: CrashWorld, options: BenchOptions): Bench {
  const { sites, number } = options;
  const prng = createPrng(number);
  const createdMs = Date.now();
  const stories: Promise<Story>[] = [];
  return {
    world,
    sites,
    begin: (order, index = 0) => {
      const running = begin(world, { ...order, site: sites[index] ?? '', number, prng });
      stories.push(running.story);
      return running;
    },
    fault: (services, fault, { hosts = world.hosts, of = () => true, share = 1 } = {}) => {
      for (const host of hosts) {
        for (const service of services) {
          host.proxies[service].fault((request) =>
            of(request) && prng.chance(share) ? fault : undefined,
          );
        }
      }
    },
    heal: () => {
      for (const host of world.hosts) {
        for (const service of SERVICES) host.proxies[service].heal();
      }
    },
    written: (sinceMs) =>
      world.appService.changes.flatMap((change) =>
        change.kind === 'written' &&
        sites.includes(change.site) &&
        change.atMs >= Math.max(sinceMs, createdMs)
          ? [`${change.site} ${change.method} ${change.rest} ${change.body}`]
          : [],
      ),
    pause: async (ms) => {
      await delay(ms);
    },
  };
}

interface Waiting {
  readonly holds: (release: Release) => boolean;
  readonly found: (release: Release | undefined) => void;
}

function begin(
  world: CrashWorld,
  order: Order & Pick<StoryOptions, 'site' | 'number' | 'prng'>,
): Running {
  let waiting: readonly Waiting[] = [];
  const story = playStory({
    ...{ world, ...order },
    onLook: (release) => {
      const [found, others] = split(waiting, ({ holds }) => holds(release));
      waiting = others;
      for (const one of found) one.found(release);
    },
  }).finally(() => waiting.forEach(({ found }) => found(undefined)));
  return {
    site: order.site,
    story,
    until: (holds) =>
      new Promise((resolve) => {
        waiting = [...waiting, { holds, found: resolve }];
        // One that has ended already is not looked at any more.
        story.then(
          () => resolve(undefined),
          () => resolve(undefined),
        );
      }),
  };
}

function split<T>(all: readonly T[], test: (one: T) => boolean): [readonly T[], readonly T[]] {
  return [all.filter(test), all.filter((one) => !test(one))];
}

/** The first step's weight was read back. */
export function atFirstStep({ stage }: Release): boolean {
  return stage.phase === 'ramping' && stage.confirmedAt !== undefined;
}

export function inPhase(phase: string): (release: Release) => boolean {
  return ({ stage }) => stage.phase === phase;
}

export function isWrite({ method, url }: ProxyRequest): boolean {
  const path = url.split('?')[0] ?? '';
  return (
    (method === 'POST' && path.endsWith('/slotsswap')) ||
    (method === 'PATCH' && path.endsWith('/config/web'))
  );
}

export function isCommit({ method, url }: ProxyRequest): boolean {
  return method === 'POST' && (url.split('?')[0] ?? '').endsWith('/$batch');
}
