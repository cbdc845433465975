/** The short form of `npm run crash`: real hosts are killed at the worst moments, and storage goes away. */
import { beforeAll, describe, expect, it } from 'vitest';

import { runFaults } from '../crash/faults/run-faults.ts';
import { STORAGE_SCENARIOS } from '../crash/faults/storage.ts';
import { runKills } from '../crash/run-kills.ts';
import { buildApp } from '../support/local/local-world.ts';

beforeAll(async () => {
  await buildApp();
});

const quiet = { log: () => undefined, tell: () => undefined };

describe('real crashes', { timeout: 600_000 }, () => {
  it('two hosts are killed around swaps and rules; every release ends right', async () => {
    const { checked, stories, killed } = await runKills({
      ...quiet,
      ...{ seed: 1, kills: 6, minutes: 4, everyMs: 6_000, sites: 3, releases: 3 },
      kinds: ['good', 'bad', 'blue-green-bad'],
      share: { swap: 1, rules: 1, commit: 0 },
    });
    expect(checked.problems).toEqual([]);
    expect(stories).toHaveLength(3);
    // How many come to pass depends on how fast the machine is.
    expect(killed).toBeGreaterThan(2);
  });

  it('storage goes away while a version fails; nothing is done until it is back', async () => {
    const scenarios = STORAGE_SCENARIOS.filter(({ name }) => name.includes('a version fails'));
    expect(scenarios).toHaveLength(1);
    const { problems, checked } = await runFaults({ ...quiet, scenarios });
    expect(problems).toEqual([]);
    expect(checked.releases).toBe(1);
  });
});
