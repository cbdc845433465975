import type { StoryResult } from './run-story.ts';

const LINES_AT_MOST = 120;

/** What somebody needs who looks after a broken promise: how to see it again, and what happened. */
export function report(result: StoryResult): string {
  const { story, violations, audit } = result;
  const acts = story.acts.map(({ atMs, act }) => `  ${seconds(atMs)} ${JSON.stringify(act)}`);
  const outages = story.outages.map(
    ({ of, fromMs, toMs }) => `  ${seconds(fromMs)} to ${seconds(toMs)}: no ${of}`,
  );
  return [
    `seed ${story.seed} breaks a promise; replay: CHAOS_SEED=${story.seed} vitest run test/controller/chaos.test.ts`,
    ...violations.map(({ promise, atMs, what }) => `  ${seconds(atMs)} ${promise}: ${what}`),
    `rates ${JSON.stringify(story.rates)}, harmful: ${story.harmful}`,
    ...acts,
    ...outages,
    ...audit.slice(-LINES_AT_MOST).map((line) => `  ${line}`),
  ].join('\n');
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1_000)}s`;
}
