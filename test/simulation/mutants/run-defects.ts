/** Tells stories with each defect until a checker sees it, and prints which promise did, at which seed. */
import type { SimulateOptions } from '../options.ts';
import { type StoryResult, runStory } from '../run-story.ts';
import { createStory } from '../story/create-story.ts';
import type { Story } from '../story/story.ts';
import type { Defect } from './defect.ts';
import { DEFECTS, UNREPEATABLE } from './defects.ts';

export interface Sighting {
  readonly seed: number;
  readonly promise: string;
  readonly what: string;
}

/** The first seed at which one of the promises is seen broken that the defect breaks. */
export async function firstSighting(
  defect: Defect,
  { from, seeds }: { readonly from: number; readonly seeds: number },
): Promise<Sighting | undefined> {
  const { breaks, mutant, story = (same: Story): Story => same } = defect;
  for (let seed = from; seed < from + seeds; seed += 1) {
    const told = { story: story(createStory(seed)), mutant, giveUpAfter: 1 };
    const { violations } = await runStory(told);
    const seen = violations.find(({ promise }) => breaks.includes(promise));
    if (seen !== undefined) return { seed, promise: seen.promise, what: seen.what };
  }
  return undefined;
}

/** True when every defect was seen. */
export async function runDefects(options: SimulateOptions): Promise<boolean> {
  Error.stackTraceLimit = 0;
  let unseen = 0;
  for (const defect of DEFECTS) {
    const seen = await firstSighting(defect, options);
    if (seen === undefined) unseen += 1;
    say(seen === undefined ? 'NOT SEEN' : `${seen.promise} at seed ${seen.seed}`, defect.what);
    if (options.verbose && seen !== undefined) say('', seen.what.slice(0, 200));
  }
  const told = { story: createStory(options.from), mutant: UNREPEATABLE };
  const [one, other]: StoryResult[] = [await runStory(told), await runStory(told)];
  const differs = one?.fingerprint !== other?.fingerprint;
  if (!differs) unseen += 1;
  say(differs ? `determinism at seed ${options.from}` : 'NOT SEEN', 'random numbers of its own');
  const all = DEFECTS.length + 1;
  say(`${all - unseen} of ${all}`, `defects seen, each within ${options.seeds} seeds`);
  return unseen === 0;
}

function say(first: string, second: string): void {
  process.stdout.write(`${first.padEnd(26)} ${second}\n`);
}
