/** What somebody needs who looks after a broken promise: how to see it again, and what happened. */
import type { StoryResult } from './run-story.ts';

const AUDIT_LINES = 60;
const LOG_LINES = 40;

export function report(result: StoryResult): string {
  const { story, violations, audit, log } = result;
  const acts = story.acts.map(({ atMs, act }) => `  ${seconds(atMs)} ${JSON.stringify(act)}`);
  const outages = story.outages.map(
    ({ of, fromMs, toMs }) => `  ${seconds(fromMs)} to ${seconds(toMs)}: no ${of}`,
  );
  const firstAtMs = violations[0]?.atMs ?? Infinity;
  const until = log.filter((line) => Number.parseInt(line, 10) <= firstAtMs);
  return [
    `seed ${story.seed} breaks a promise; see it again: ${replayCommand(story.seed)}`,
    ...violations.map(({ promise, atMs, what }) => `  ${seconds(atMs)} ${promise}: ${what}`),
    `${story.instances} instances, harmful: ${story.harmful}, rates ${JSON.stringify(story.rates)}`,
    ...acts,
    ...outages,
    'the audit:',
    ...audit.slice(-AUDIT_LINES).map((line) => `  ${line}`),
    'the last events before:',
    ...until.slice(-LOG_LINES).map((line) => `  ${line}`),
  ].join('\n');
}

export function replayCommand(seed: number): string {
  return `npm run simulate -- --from ${seed} --seeds 1 --verbose`;
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1_000)}s`;
}
