// The same settings are named everywhere, and host.json agrees with what the code takes from it.
import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import { ROUTE_PREFIX } from '../../src/api/links.ts';
import { QUEUE_ENCODING } from '../../src/app.ts';
import { readConfig, SETTINGS } from '../../src/config.ts';

const read = (file: string): string =>
  readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');

const names = SETTINGS.map(({ name }) => name as string).toSorted();
const sample = z
  .object({ Values: z.record(z.string(), z.string()) })
  .parse(JSON.parse(read('local.settings.sample.json'))).Values;

/** First cells of the tables that list settings. */
const documented = [...read('docs/settings.md').matchAll(/^\| `([A-Za-z_]+)` +\|/gm)]
  .map(([, name]) => name)
  .filter((name) => name !== undefined && /^[A-Z]/.test(name));

describe('the settings', () => {
  it('are the same in config.ts, in the sample and in the docs', () => {
    expect(Object.keys(sample).toSorted()).toEqual(names);
    expect(documented.toSorted()).toEqual(names);
  });

  it('are read by name in config.ts and storage-settings.ts', () => {
    const readers = `${read('src/config.ts')}${read('src/storage-settings.ts')}`;
    const readBySlipway = SETTINGS.filter(({ readBy }) => readBy === 'slipway');
    const unread = readBySlipway.filter(({ name }) => !readers.includes(`'${name}'`));
    expect(unread).toEqual([]);
  });

  it('of infra/ are all known, and none of them is for local use', () => {
    const bicep = read('infra/modules/function-app.bicep');
    const [, list = ''] = /appSettings: concat\(\[([\s\S]*?)\n {6}\]\)/.exec(bicep) ?? [];
    const set = [...list.matchAll(/name: '(\w+)'/g)].map(([, name]) => name ?? '');
    expect(set.length).toBeGreaterThan(4);
    expect(set.filter((name) => !names.includes(name))).toEqual([]);
    expect(set.filter((name) => /_ENDPOINT$|TIME_SCALE/.test(name))).toEqual([]);
  });

  it('of the sample work as they are', () => {
    expect(readConfig(sample)).toMatchObject({ timeScale: 1, local: undefined });
  });
});

describe('host.json', () => {
  const host = z
    .object({
      version: z.literal('2.0'),
      functionTimeout: z.string(),
      extensionBundle: z.object({ id: z.string(), version: z.string() }),
      extensions: z.object({
        http: z.object({ routePrefix: z.string() }),
        queues: z.object({
          maxPollingInterval: z.string().regex(/^00:00:0[1-5]$/, 'at least every 5 s'),
          visibilityTimeout: z.string(),
          maxDequeueCount: z.number(),
          messageEncoding: z.string(),
        }),
      }),
    })
    .parse(JSON.parse(read('host.json')));

  it('says the route prefix and the message encoding that the code relies on', () => {
    expect(host.extensions.http.routePrefix).toBe(ROUTE_PREFIX);
    expect(host.extensions.queues.messageEncoding).toBe(QUEUE_ENCODING);
  });

  it('shows a message again and again, some time apart: what is given up sooner, the functions say', () => {
    expect(host.extensions.queues).toMatchObject({
      maxDequeueCount: 10_000,
      visibilityTimeout: '00:00:10',
    });
  });
});
