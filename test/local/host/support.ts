import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';
import { z } from 'zod';

import { spawnFunctionsHost } from '../../../src/local/host/spawn.ts';
import type { HostLimits } from '../../../src/local/host/functions-host.ts';
import type { SpawnedFunctionsHost } from '../../../src/local/host/spawn.ts';

const eventSchema = z.looseObject({ event: z.string() });
export type SampleEvent = z.output<typeof eventSchema>;

/** A temporary folder with the bundled sample app. */
export interface SampleApp {
  readonly folder: string;
  readonly mainFile: string;
  remove(): Promise<void>;
}

export const KEYS = { host: 'the-host-key', master: 'the-master-key' };

export async function buildSampleApp(): Promise<SampleApp> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-host-'));
  const mainFile = join(folder, 'main.cjs');
  await build({
    entryPoints: [fileURLToPath(new URL('./sample-app.ts', import.meta.url))],
    outfile: mainFile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['@azure/functions-core'],
    logLevel: 'warning',
  });
  return { folder, mainFile, remove: () => rm(folder, { recursive: true }) };
}

/** A running sample host with what it logged and did. */
export interface SampleHost extends SpawnedFunctionsHost {
  readonly lines: readonly string[];
  events(name: string): Promise<SampleEvent[]>;
}

/** Starts the sample app; hosts with the same prefix share queues and the record of what happened. */
export async function startSampleHost(
  sample: SampleApp,
  options: {
    storageConnectionString: string;
    prefix: string;
    queues?: object;
    env?: Record<string, string>;
    home?: string;
    limits?: Partial<HostLimits>;
  },
): Promise<SampleHost> {
  const { prefix, storageConnectionString } = options;
  const eventsFile = join(sample.folder, `${prefix}.jsonl`);
  await writeFile(eventsFile, '', { flag: 'a' });
  const hostJsonFile = join(sample.folder, `${prefix}-host.json`);
  const queues = { maxPollingInterval: '00:00:00.2', messageEncoding: 'none', ...options.queues };
  const hostJson = JSON.stringify({ version: '2.0', extensions: { queues } }, null, 2);
  await writeFile(hostJsonFile, `// with a comment\n${hostJson}`);
  const lines: string[] = [];
  const host = await spawnFunctionsHost({
    mainFile: sample.mainFile,
    hostJsonFile,
    storageConnectionString,
    port: 0,
    env: { EVENTS_FILE: eventsFile, PREFIX: prefix, SCHEDULE: '0 0 0 1 1 *', ...options.env },
    log: (line) => lines.push(line),
    functionKeys: KEYS,
    home: options.home,
    limits: { stopLimitMs: 3000, ...options.limits },
  });
  return {
    ...host,
    lines,
    events: async (name) => {
      const written = (await readFile(eventsFile, 'utf8')).split('\n').filter(Boolean);
      return written
        .map((line) => eventSchema.parse(JSON.parse(line)))
        .filter(({ event }) => event === name);
    },
  };
}

/** Looks until `check` gives something, 15 s at most. */
export async function eventually<T>(check: () => Promise<T | undefined>): Promise<T> {
  const deadlineMs = Date.now() + 15_000;
  while (Date.now() < deadlineMs) {
    const found = await check();
    if (found !== undefined) return found;
    await sleep(50);
  }
  throw new Error('What the test waits for did not come within 15 s.');
}

/** Waits until the host recorded that many events of a name. */
export function eventuallyEvents(host: SampleHost, name: string, count: number) {
  return eventually(async () => {
    const events = await host.events(name);
    return events.length >= count ? events : undefined;
  });
}
