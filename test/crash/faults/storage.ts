/** Storage breaks. Without it Slipway does nothing at all; with it, it goes on where it was. */
import { CANARY } from '../plans.ts';
import {
  atFirstStep,
  inPhase,
  IN_FLIGHT_MS,
  isCommit,
  STORAGE,
  type Bench,
  type Scenario,
} from './bench.ts';

const OUTAGE_MS = 8_000;
/** The store's adapter gives a call up after 10 s, whatever the time scale. */
const TOO_LATE_MS = 11_000;
/** Five deliveries and more, a second apart (the setting of this world). */
const LONG_OUTAGE_MS = 30_000;

/** Nothing may be done to Azure while nothing can be recorded. */
export async function outage(bench: Bench, ms = OUTAGE_MS): Promise<readonly string[]> {
  bench.fault(STORAGE, { kind: 'unreachable' });
  await bench.pause(IN_FLIGHT_MS);
  const fromMs = Date.now();
  await bench.pause(ms);
  const written = bench.written(fromMs);
  bench.heal();
  return written.map((change) => `changed Azure while storage was away: ${change}`);
}

export const STORAGE_SCENARIOS: readonly Scenario[] = [
  {
    name: 'storage is unreachable in mid-ramp',
    expected: 'nothing is done meanwhile, then the release goes on and is promoted',
    sites: 1,
    play: async (bench) => {
      await bench.begin({ kind: 'good' }).until(atFirstStep);
      return outage(bench);
    },
  },
  {
    name: 'storage is unreachable while a version fails',
    expected: 'no rollback meanwhile, rolled back when storage is there again',
    sites: 1,
    play: async (bench) => {
      const running = bench.begin({ kind: 'bad' });
      const seen = await running.until(({ stage }) => stage.phase === 'ramping');
      if (seen === undefined) return ['the release ended before storage was broken'];
      return outage(bench);
    },
  },
  {
    name: 'storage is unreachable in mid-swap',
    expected: 'one POST, and the swap is found done',
    sites: 1,
    play: async (bench) => {
      const running = bench.begin({ kind: 'blue-green' });
      await running.until(({ intent }) => intent?.kind === 'swap');
      const problems = await outage(bench);
      await running.story;
      const posts = bench.written(0).filter((change) => change.includes('slotsswap'));
      return posts.length === 1 ? problems : [...problems, `${posts.length} swaps were asked for`];
    },
  },
  {
    name: 'storage is unreachable and both hosts are killed',
    expected: 'they start when storage is there again, and go on',
    sites: 1,
    play: async (bench) => {
      await bench.begin({ kind: 'good' }).until(atFirstStep);
      const broken = outage(bench);
      await bench.pause(IN_FLIGHT_MS);
      await Promise.all(bench.world.hosts.map((host) => host.kill(0)));
      return broken;
    },
  },
  {
    name: 'storage is unreachable for one host only',
    expected: 'the other one goes on',
    sites: 1,
    play: async (bench) => {
      const running = bench.begin({ kind: 'good' });
      await running.until(atFirstStep);
      bench.fault(STORAGE, { kind: 'unreachable' }, { hosts: bench.world.hosts.slice(0, 1) });
      const story = await running.story;
      return story.end?.stage.phase === 'succeeded' ? [] : ['the other host did not go on'];
    },
  },
  {
    name: 'storage is slow',
    expected: 'everything takes longer, nothing else',
    sites: 1,
    play: async (bench) => {
      bench.fault(STORAGE, { kind: 'slow', delayMs: 600 }, { share: 0.5 });
      await bench.begin({ kind: 'good' }).story;
      return [];
    },
  },
  {
    name: 'storage answers commits too late or never',
    expected: 'each commit happens once, and the chains hold',
    sites: 2,
    play: async (bench) => {
      const all = [bench.begin({ kind: 'good' }, 0), bench.begin({ kind: 'bad' }, 1)];
      await Promise.all(all.map((one) => one.until(inPhase('ramping'))));
      bench.fault(
        ['tables'],
        { kind: 'late-answer', delayMs: TOO_LATE_MS },
        { of: isCommit, share: 0.15 },
      );
      await bench.pause(TOO_LATE_MS * 2);
      bench.fault(['tables'], { kind: 'lost-answer' }, { of: isCommit, share: 0.3 });
      await Promise.all(all.map(({ story }) => story));
      return [];
    },
  },
  {
    name: 'the tables are away while starts come in',
    expected: 'the start waits on its queue, longer than five deliveries, and happens once',
    sites: 1,
    play: async (bench) => {
      bench.fault(['tables'], { kind: 'answer', status: 503 });
      const running = bench.begin({ kind: 'good', plan: CANARY });
      await bench.pause(LONG_OUTAGE_MS);
      const poisoned = await bench.world.waiting('releasesPoison');
      bench.heal();
      await running.story;
      return poisoned === 0 ? [] : [`${poisoned} starts were given up`];
    },
  },
];
