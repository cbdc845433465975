/** Paired probes make no false evidence: what a window counts is what the two versions answered in it. */
import type { Tally } from '../../../src/judge/types.ts';
import { type Checker, type Eyes, type Probed } from './checker.ts';
import type { Entity } from '../cloud/tables.ts';
import type { Task } from '../instance.ts';

const MINUTE = 60_000;
/** The plans of these stories say nothing else. */
const GOOD = { from: 200, to: 399 };

export function probesChecker(eyes: Eyes): Checker {
  const { ledger, history, violate } = eyes;
  // What was counted may reach the table when its worker has given up.
  const asked = new WeakMap<Task, Probed[]>();

  function checkCounts(row: Entity, claim: unknown, task: Task): void {
    const { answers } = JSON.parse(String(row.counts)) as Counts;
    const name = String(row.rowKey);
    const tell = (what: string): void => violate('probes', `${name}, ${task.name}: ${what}`);
    if (claim !== row.claim) tell('counted without its claim');
    const heard = asked.get(task) ?? [];
    const release = ledger.releases.get(name.split(':')[1] ?? '');
    const subject = release?.subject;
    if (release === undefined || subject === undefined) {
      tell('counted for no release that was validated');
      return;
    }
    // What is pushed by hand while a swap runs goes with it, and is not the validated version any more.
    const { content, volumes } = history.handAt;
    if (Math.max(content, volumes) >= release.createdAt - MINUTE) return;
    const sides = { canary: subject.canaryContent, baseline: subject.baselineContent };
    for (const side of ['canary', 'baseline'] as const) {
      const real = tallyOf(heard.filter(({ content: from }) => from === sides[side]));
      const { n, x } = answers[side];
      if (real.n === n && real.x[0] === x[0]) continue;
      tell(`${side} ${x.join()} of ${n}; really ${real.x.join()} of ${real.n}`);
    }
  }

  return {
    probed: (task, answer) => {
      const before = asked.get(task);
      if (before === undefined) asked.set(task, [answer]);
      else before.push(answer);
    },
    applied: (writes, task) => {
      for (const { rowKey, before, after } of writes) {
        if (!rowKey.startsWith('probes:') || after?.counts === undefined) continue;
        if (task === undefined) continue;
        // A request that was sent again writes the same.
        if (before?.counts === undefined) checkCounts(after, before?.claim, task);
        else if (before.counts !== after.counts) violate('probes', `${rowKey} is counted twice`);
      }
    },
  };
}

interface Counts {
  readonly answers: { readonly canary: Tally; readonly baseline: Tally };
}

function tallyOf(answers: readonly Probed[]): Tally {
  const bad = answers.filter(
    ({ status }) => status === undefined || status < GOOD.from || status > GOOD.to,
  );
  return { n: answers.length, x: [bad.length] };
}
