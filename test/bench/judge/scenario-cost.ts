/** What judging costs on this machine: thread time, beside a yardstick of the same run. */
import { createHash } from 'node:crypto';

import { foldHarm, startHarm } from '../../../src/judge/harm.ts';
import { judge } from '../../../src/judge/judge.ts';
import { BINS, bins, config, FIVE, inputOf, meanMs } from './cost-cases.ts';
import { atMost, type Goal, type Scenario, type Table, together } from './scenario.ts';

const MEGABYTE = Buffer.alloc(1 << 20, 'slipway');

export const cost: Scenario = {
  name: 'cost',
  run: ({ quick, say }) => {
    say('cost: bins of a week');
    const rounds = quick ? 10 : 100;
    const week = bins(BINS, false);
    const yardstickMs = meanMs(() => createHash('sha256').update(MEGABYTE).digest(), rounds);
    const foldMs = meanMs(() => {
      const state = startHarm(config);
      for (const bin of week) foldHarm(state, bin);
    }, rounds);
    const five = inputOf(FIVE);
    const fiveMs = meanMs(() => judge(five), rounds);
    const toldMs = meanMs(() => judge({ ...five, details: true }), Math.ceil(rounds / 5));
    const rows: readonly (readonly [string, number])[] = [
      ['harm of one metric, all bins', foldMs],
      ['verdict on 5 metrics (latency with 9 edges), 5 steps', fiveMs],
      ['the same with interval and outlook, as every look tells them', toldMs],
    ];
    const table: Table = {
      title: `Cost of judging ${BINS.toLocaleString('en-US')} bins (a week of minutes), one thread`,
      head: ['what', 'ms', 'µs a bin', 'times hashing a megabyte (SHA-256)'],
      rows: rows.map(([what, ms]) => [
        what,
        ms.toFixed(1),
        ((1_000 * ms) / BINS).toFixed(2),
        (ms / yardstickMs).toFixed(1),
      ]),
      note: 'Thread time, so that other work on the machine counts little. The last column is what can be compared between machines.',
    };
    const foldUs = (1_000 * foldMs) / BINS;
    const goal: Goal = {
      figure: 'cost: folding a bin for one metric; all bins of a 7-day release, 5 metrics',
      must: '≤ 1 µs; ≤ 50 ms',
      stretch: '',
      value: `${foldUs.toFixed(2)} µs; ${fiveMs.toFixed(0)} ms`,
      reached: together([atMost(foldUs, { must: 1 }), atMost(fiveMs, { must: 50 })]),
      note: `with interval and outlook ${toldMs.toFixed(0)} ms`,
    };
    // Times differ from machine to machine: they are printed, not kept.
    return { goals: [goal], tables: [table], data: { bins: BINS, rounds } };
  },
};
