/**
 * A short fixed part of `npm run simulate` (docs/simulation.md): every promise holds in some stories,
 * and the checkers see what they are for.
 */
import { describe, expect, it } from 'vitest';
import type { Defect } from './mutants/defect.ts';
import { DEFECTS, UNREPEATABLE } from './mutants/defects.ts';
import { firstSighting } from './mutants/run-defects.ts';
import { readOptions } from './options.ts';
import { report } from './report.ts';
import { runSeed, runStory } from './run-story.ts';
import { createStory } from './story/create-story.ts';

const SEEDS = 80;
const AT_ONCE = 10;
/** Within so many seeds each defect must be seen. */
const SEEDS_FOR_A_DEFECT = 20;

const chunks = Array.from({ length: SEEDS / AT_ONCE }, (_, index) =>
  Array.from({ length: AT_ONCE }, (_unused, place) => index * AT_ONCE + place + 1),
);

describe('whatever fails, and whoever meddles', () => {
  it.each(chunks.map((seeds) => [seeds.at(0), seeds.at(-1), seeds] as const))(
    'every promise holds in the stories of seeds %i to %i',
    { timeout: 60_000 },
    async (_first, _last, seeds) => {
      let releases = 0;
      for (const seed of seeds) {
        const result = await runSeed(seed);
        expect.soft(result.violations, report(result)).toEqual([]);
        releases += result.ends.length;
      }
      expect(releases).toBeGreaterThan(AT_ONCE);
    },
  );

  it('the same seed twice is the same story, to the last event', { timeout: 60_000 }, async () => {
    for (const seed of [3, 11, 27]) {
      const [one, other] = [await runSeed(seed), await runSeed(seed)];
      expect(other.log).toEqual(one.log);
      expect(other.fingerprint).toBe(one.fingerprint);
    }
  });
});

describe('the checkers bite', () => {
  it.each(DEFECTS)('$what is seen: $breaks', { timeout: 60_000 }, async (defect: Defect) => {
    const seen = await firstSighting(defect, { from: 1, seeds: SEEDS_FOR_A_DEFECT });
    expect(defect.breaks).toContain(seen?.promise);
    // It is the defect that breaks the promise, and not the story that was made for it.
    const story = createStory(seen?.seed ?? 1);
    const sound = await runStory({ story: defect.story?.(story) ?? story });
    expect(sound.violations, report(sound)).toEqual([]);
  });

  it('a story that cannot be repeated is seen', { timeout: 60_000 }, async () => {
    const again = { story: createStory(3), mutant: UNREPEATABLE };
    const [one, other] = [await runStory(again), await runStory(again)];
    expect(other.fingerprint).not.toBe(one.fingerprint);
  });
});

describe('the command line', () => {
  it('takes numbers, and says what is wrong with anything else', () => {
    const { from, seeds, minutes } = readOptions(['--from', '7', '--seeds', '3', '--minutes', '2']);
    expect([from, seeds, minutes]).toEqual([7, 3, 2]);
    expect(() => readOptions(['--seeds', 'many'])).toThrow('--seeds is "many"');
    expect(() => readOptions(['--seed', '1'])).toThrow('--seed');
  });

  it('ends by the minutes alone where no seeds are given', () => {
    expect(readOptions(['--from', '7', '--minutes', '2']).seeds).toBe(Infinity);
    expect(readOptions(['--minutes', '2', '--mutants']).seeds).toBe(60);
    expect(readOptions([]).seeds).toBe(1_000);
  });

  it('prints one story at a time', () => {
    expect(() => readOptions(['--seeds', '2', '--verbose'])).toThrow('--seeds 1');
    expect(() => readOptions(['--verbose'])).toThrow('--seeds 1');
    expect(readOptions(['--seeds', '1', '--verbose']).verbose).toBe(true);
  });

  it('gives one command that tells a broken story again', async () => {
    const result = await runSeed(5);
    const violation = { promise: 'swap', atMs: 60_000, what: 'twice' } as const;
    const text = report({ ...result, violations: [violation] });
    expect(text).toContain('npm run simulate -- --from 5 --seeds 1 --verbose');
    expect(text).toContain('60s swap: twice');
  });
});
