import { describe, expect, it } from 'vitest';
import { DEFECTS, UNREPEATABLE } from '../support/chaos/mutants.ts';
import { report } from '../support/chaos/report.ts';
import { runSeed, runStory } from '../support/chaos/run-story.ts';
import { type Story, createStory } from '../support/chaos/story.ts';

/**
 * Random stories on the in-memory world: several workers, faults at every call, people who meddle.
 * `CHAOS_SEEDS=500 vitest run test/controller/chaos.test.ts` tells more of them than the suite does,
 * `CHAOS_SEED=17` tells one again.
 */
const ONE = process.env.CHAOS_SEED;
const SEEDS = Number(process.env.CHAOS_SEEDS ?? 100);
const AT_ONCE = 10;
/** Within so many seeds each defect must be seen. */
const SEEDS_FOR_A_DEFECT = 40;

const chunks =
  ONE === undefined
    ? Array.from({ length: Math.ceil(SEEDS / AT_ONCE) }, (_, index) =>
        Array.from({ length: AT_ONCE }, (_unused, place) => index * AT_ONCE + place + 1),
      )
    : [[Number(ONE)]];

describe('whatever fails, and whoever meddles', () => {
  it.each(chunks.map((seeds) => [seeds.at(0), seeds.at(-1), seeds] as const))(
    'every promise holds in the stories of seeds %i to %i',
    { timeout: 60_000 },
    async (_first, _last, seeds) => {
      for (const seed of seeds) {
        const result = await runSeed(seed);
        expect.soft(result.violations, report(result)).toEqual([]);
        expect(result.ends.length).toBeGreaterThan(0);
      }
    },
  );

  it('the same seed twice is the same story, to the last event', { timeout: 30_000 }, async () => {
    for (const seed of [3, 11, 27]) {
      const [one, other] = [await runSeed(seed), await runSeed(seed)];
      expect(other.log).toEqual(one.log);
      expect(other.fingerprint).toBe(one.fingerprint);
    }
  });
});

// Left out when one story is told again (CHAOS_SEED): the defects have seeds of their own.
describe.skipIf(ONE !== undefined)('the checks bite', () => {
  it.each(DEFECTS)('$what is seen: $breaks', { timeout: 60_000 }, async (defect) => {
    const { breaks, mutant, story = (same: Story): Story => same } = defect;
    const seen = new Set<string>();
    for (let seed = 1; seed <= SEEDS_FOR_A_DEFECT && !seen.has(breaks); seed += 1) {
      const { violations } = await runStory({
        story: story(createStory(seed)),
        mutant,
        giveUpAfter: 1,
      });
      for (const { promise } of violations) seen.add(promise);
    }
    expect(seen).toContain(breaks);
  });

  it('a story that cannot be repeated is seen', { timeout: 30_000 }, async () => {
    const again = { story: createStory(3), mutant: UNREPEATABLE };
    const [one, other] = [await runStory(again), await runStory(again)];
    expect(other.fingerprint).not.toBe(one.fingerprint);
  });
});
