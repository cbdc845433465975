/** People and dashboards that look: many readers over HTTP, each asking at its own pace. */
import { Agent, request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

import { percentiles, type Percentiles } from './turns.ts';
import type { World } from './world.ts';

export interface ReaderFigures {
  readonly readers: number;
  readonly requests: number;
  readonly perSecond: number;
  /** Answers other than 200, and none. */
  readonly errors: number;
  readonly byDoor: Readonly<Record<string, Percentiles & { readonly requests: number }>>;
}

export interface ReaderOptions {
  readonly readers: number;
  readonly seconds: number;
  /** Each reader asks once in so many milliseconds. */
  readonly everyMs: number;
  readonly releaseIds: readonly string[];
}

const ANSWER_LIMIT_MS = 20_000;
const APP_KEY_CHARS = 20;
const DOORS = [
  'release',
  'release',
  'release',
  'release',
  'release',
  'app',
  'app',
  'audit',
  'audit',
  'list',
] as const;

type Door = (typeof DOORS)[number];

export async function readFor(world: World, options: ReaderOptions): Promise<ReaderFigures> {
  const agent = new Agent({ keepAlive: true, maxSockets: options.readers });
  const took = new Map<Door, number[]>();
  let errors = 0;
  const endMs = Date.now() + options.seconds * 1_000;
  const read = async (reader: number): Promise<void> => {
    // Not all at the same moment.
    await wait((reader / options.readers) * options.everyMs);
    for (let turn = reader; Date.now() < endMs; turn += 1) {
      const door = DOORS[turn % DOORS.length] ?? 'release';
      const id = options.releaseIds[(turn * 37) % options.releaseIds.length] ?? '';
      const startedMs = performance.now();
      const status = await ask(world, agent, pathOf(door, id));
      const tookMs = performance.now() - startedMs;
      if (status !== 200) errors += 1;
      took.set(door, [...(took.get(door) ?? []), tookMs]);
      await wait(Math.max(0, options.everyMs - tookMs));
    }
  };
  await Promise.all(Array.from({ length: options.readers }, (_, reader) => read(reader)));
  agent.destroy();
  const requests = [...took.values()].reduce((sum, times) => sum + times.length, 0);
  const byDoor = Object.fromEntries(
    [...took].map(([door, times]) => [door, { requests: times.length, ...percentiles(times) }]),
  );
  return {
    ...{ readers: options.readers, requests, errors, byDoor },
    perSecond: requests / options.seconds,
  };
}

function pathOf(door: Door, id: string): string {
  switch (door) {
    case 'release':
      return `releases/${id}`;
    case 'audit':
      return `releases/${id}/audit`;
    case 'app':
      return `apps/${id.slice(0, APP_KEY_CHARS)}`;
    case 'list':
      return 'releases?max=20';
  }
}

/** The status of the whole answer; 0: there was none. */
export function ask(world: World, agent: Agent, path: string): Promise<number> {
  const { url, keys } = world.host;
  return new Promise((resolve) => {
    const call = request(
      `${url}/api/${path}`,
      { agent, headers: { 'x-functions-key': keys.host }, timeout: ANSWER_LIMIT_MS },
      (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode ?? 0));
        response.on('error', () => resolve(0));
      },
    );
    call.on('timeout', () => call.destroy(new Error('no answer')));
    call.on('error', () => resolve(0));
    call.end();
  });
}
