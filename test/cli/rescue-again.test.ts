// A rescue that ended before the proof is run again: the bad version must not get INTO production.
import { beforeEach, describe, expect, it } from 'vitest';

import { fateOf } from '../../src/cli/rescue-sent.ts';
import { RESCUE_TAG, writeRescue } from '../../src/release/rescue-record.ts';
import { arm, eventually } from '../local/app-service/fixture.ts';
import {
  TAGS,
  azure,
  forbid,
  record,
  run,
  runningSwap,
  serveShop,
  swapped,
  volumes,
  writes,
} from './rescue-bench.ts';

serveShop();

let bad: (string | undefined)[];
let good: (string | undefined)[];
beforeEach(() => {
  bad = volumes();
  good = bad.toReversed();
});

const again = { swapBack: true, yes: true };

/** Run 1: its swap is on its way, and lands when nobody looks any more. */
async function cutAfterPost(): Promise<void> {
  await expect(run({ ...again, killed: true })).rejects.toThrow('killed');
}

async function landed(): Promise<void> {
  await eventually(() => azure.site('shop').operations.every(({ status }) => status !== 'running'));
  expect(volumes()).toEqual(good);
}

describe('a swap back that was cut right after the POST', () => {
  it('is told as done when it landed; the record says so, and nobody swaps again', async () => {
    await cutAfterPost();
    await landed();
    const { report, lines } = await run(again);
    expect(report).toMatchObject({ exit: 0, swappedBack: true });
    expect(lines.join('\n')).toContain('Swapped back already, nothing is swapped now');
    expect(record()).toMatchObject({ record: { did: 'swapped-back' } });
    expect((await run(again)).report.problem).toContain('swapped back already');
    expect(writes('/slotsswap')).toHaveLength(1);
    expect(volumes()).toEqual(good);
  });

  it('is not forgotten over runs that renew the record, nor asked about at a terminal', async () => {
    await cutAfterPost();
    await landed();
    for (let look = 0; look < 2; look += 1) {
      const { lines } = await run({ yes: true });
      expect(lines.join('\n')).toMatch(/a rescue asked at .* in production: it is there/);
    }
    expect((await run({ swapBack: true, answers: [true] })).report.exit).toBe(0);
    expect(writes('/slotsswap')).toHaveLength(1);
    expect(volumes()).toEqual(good);
  });

  it('is waited for when it still runs', async () => {
    azure.swap.next({ kind: 'hang' });
    await cutAfterPost();
    const meanwhile = () => {
      azure.swap.release('shop');
      return undefined;
    };
    const { report } = await run({ ...again, answers: null, meanwhile });
    expect(report).toMatchObject({ exit: 0, swappedBack: true });
    expect(writes('/slotsswap')).toHaveLength(1);
    expect(volumes()).toEqual(good);
  });

  it('and undone by somebody is for a person to say, as often as a script asks', async () => {
    await cutAfterPost();
    await landed();
    await swapped();
    const posts = writes('/slotsswap').length;
    for (let script = 0; script < 3; script += 1) {
      const { report } = await run(again);
      expect(report.exit).toBe(1);
      expect(report.problem).toMatch(
        /after the swap back that an earlier rescue[\s\S]*Production holds volume/,
      );
    }
    expect(writes('/slotsswap')).toHaveLength(posts);
    const { report, lines } = await run({ swapBack: true, answers: [true, true] });
    expect(lines.join('\n')).toContain('CAREFUL: a swap landed at');
    expect(report.exit).toBe(0);
    expect(volumes()).toEqual(good);
  });
});

describe('a swap back that ended with 3', () => {
  it('and landed later is done, run again', async () => {
    azure.swap.next({ kind: 'hang' });
    const { report } = await run(again);
    expect(report.exit).toBe(3);
    expect(report.problem).toContain('run this again');
    azure.swap.release('shop');
    await landed();
    expect((await run(again)).report).toMatchObject({ exit: 0, swappedBack: true });
    expect(volumes()).toEqual(good);
  });

  it('and never got to Azure is asked for again', async () => {
    const match = { method: 'POST', pathIncludes: 'slotsswap' };
    azure.faults.add({ match, times: 1, action: { kind: 'drop' } });
    expect((await run(again)).report.exit).toBe(3);
    expect((await run(again)).report).toMatchObject({ exit: 0, swappedBack: true });
    expect(volumes()).toEqual(good);
  });

  it('and could not be noted says to look first', async () => {
    forbid('PATCH', 'tags/default');
    azure.swap.next({ kind: 'hang' });
    const { report, lines } = await run(again);
    expect(report.exit).toBe(3);
    expect(report.problem).toContain('without --swap-back');
    expect(lines.join('\n')).toMatch(/NOT NOTED[\s\S]*do NOT run it again/);
  });
});

describe('a swap after the record of a rescue', () => {
  const HOUR = 3_600_000;
  const leave = (hoursAgo: number) => {
    const at = Date.now() - hoursAgo * HOUR;
    const tag = writeRescue({ at, did: 'rule-removed', by: 'bo@example.com', weight: 25 });
    const properties = { tags: { [RESCUE_TAG]: tag } };
    return arm(azure, 'PATCH', TAGS, { operation: 'Merge', properties });
  };

  it('may be the way back: a script is refused, with who did what and what is where', async () => {
    await leave(1);
    const { report } = await run(again);
    expect(report).toMatchObject({ exit: 1, ruleGone: true });
    expect(report.problem).toMatch(
      /after the rescue \(rule-removed\) by bo@example.com.*Production holds/,
    );
    expect(volumes()).toEqual(bad);
  });

  it('is shown to a person, who decides', async () => {
    await leave(1);
    const { report, lines } = await run({ swapBack: true, answers: [true, true] });
    expect(lines.join('\n')).toContain('CAREFUL');
    expect(report.exit).toBe(0);
  });

  it('does not matter after a day', async () => {
    await leave(25);
    expect((await run(again)).report.exit).toBe(0);
  });

  it('cannot be ruled out while the tags cannot be read: a script is refused', async () => {
    const meanwhile = await runningSwap();
    const denied = { error: { code: 'AuthorizationFailed', message: 'not yours' } };
    const action = { kind: 'answer', status: 403, body: denied } as const;
    azure.faults.add({
      match: { method: 'GET', pathIncludes: '/slots/staging' },
      times: 1,
      action,
    });
    const { report } = await run({ ...again, answers: null, meanwhile });
    expect(report.problem).toContain('could not be read whether');
  });
});

describe('the fate of a swap back that was asked for', () => {
  const at = Date.UTC(2026, 0, 5, 3);
  const sent = { at, to: 'old', lastSwap: '2026-01-05T02:30:00Z' };
  it.each([
    ['old', '2026-01-05T03:05:00Z', 'landed'],
    ['old', sent.lastSwap, 'landed'],
    ['new', sent.lastSwap, 'not-landed'],
    ['new', '2026-01-05T03:05:00Z', 'unclear'],
    ['old', '2026-01-05T04:00:01Z', 'unclear'],
  ])('production holds %s, last swap %s: %s', (volume, swappedAt, fate) => {
    const production = { volume, state: 'Running', host: 'shop', content: undefined };
    expect(fateOf(sent, { production, swappedAt })).toBe(fate);
  });
});
