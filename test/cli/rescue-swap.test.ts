// The swap back: shown, asked for, done once, and refused where it can only be wrong.
import { describe, expect, it } from 'vitest';

import { arm, rule, setRules, swapBody } from '../local/app-service/fixture.ts';
import {
  azure,
  record,
  rules,
  run,
  runningSwap,
  serveShop,
  volumes,
  writes,
} from './rescue-bench.ts';

serveShop();

describe('the swap back', () => {
  it('shows what goes where, asks again, and is proven by the volumes', async () => {
    const before = volumes();
    const { report, lines, questions } = await run({ swapBack: true, answers: [true, true] });
    expect(report).toMatchObject({ exit: 0, swappedBack: true });
    expect(volumes()).toEqual(before.toReversed());
    expect(questions).toHaveLength(2);
    const told = lines.join('\n');
    expect(told).toContain(`now:   production holds volume ${before[0] ?? ''}, newest deployment`);
    expect(told).toContain(`after: production holds volume ${before[1] ?? ''}, newest deployment`);
    expect(record()).toMatchObject({ record: { did: 'swapped-back' } });
    expect(writes('/slotsswap')).toHaveLength(1);
  });

  it('does not happen without the second yes; the rule is gone and recorded', async () => {
    const before = volumes();
    const { report } = await run({ swapBack: true, answers: [true, false] });
    expect(report).toMatchObject({ exit: 1, ruleGone: true, swappedBack: false });
    expect(volumes()).toEqual(before);
    expect(record()).toMatchObject({ record: { did: 'rule-removed' } });
  });

  it.each([
    [
      'the slot still has visitors by a rule',
      async () => setRules(azure, rule(25)),
      'INTO production',
    ],
    [
      'a preview is pending',
      async () => arm(azure, 'POST', '/slots/staging/applySlotConfig', swapBody('production')),
      'preview',
    ],
  ])('is refused when %s', async (_, prepare, why) => {
    await prepare();
    const before = volumes();
    const { report } = await run({ swapBack: true, yes: true });
    expect(report).toMatchObject({ exit: 1, ruleGone: true, swappedBack: false });
    expect(report.problem).toContain(why);
    expect(volumes()).toEqual(before);
    expect(rules()).toEqual([]);
  });

  it('is refused when nobody ever swapped', async () => {
    const { report } = await run({ swapBack: true, yes: true, site: 'untouched' });
    expect(report.problem).toContain('never swapped');
  });

  it('run again and again never brings the new version into production', async () => {
    await setRules(azure, rule(25));
    const before = volumes();
    for (let again = 0; again < 3; again += 1) {
      const { report } = await run({ swapBack: true, yes: true });
      expect(report.problem).toContain('INTO production');
    }
    expect(volumes()).toEqual(before);
  });

  it('run again and again does not undo itself', async () => {
    const before = volumes();
    expect((await run({ swapBack: true, yes: true })).report.exit).toBe(0);
    for (const swapBack of [true, false, true]) {
      const { report } = await run({ swapBack, yes: true });
      if (swapBack) expect(report.problem).toContain('swapped back already');
    }
    expect(volumes()).toEqual(before.toReversed());
    expect(writes('/slotsswap')).toHaveLength(1);
  });

  it('waits for the swap that runs, and decides on what it finds then', async () => {
    const meanwhile = await runningSwap();
    const { report } = await run({ swapBack: true, yes: true, answers: null, meanwhile });
    expect(report).toMatchObject({ exit: 1, ruleGone: true });
    expect(report.problem).toContain('landed meanwhile');
  });

  it('is not asked for when the site changed while the person was asked', async () => {
    let asked = 0;
    const meanwhile = () =>
      (asked += 1) === 2
        ? azure.deploy({ site: 'shop', slot: 'staging', content: 'tiny@3' })
        : undefined;
    const { report } = await run({ swapBack: true, answers: [true, true], meanwhile });
    expect(report.problem).toContain('changed while you were asked');
    expect(writes('/slotsswap')).toEqual([]);
  });

  it.each([
    ['drop', false],
    ['apply-then-drop', true],
  ] as const)('is POSTed once, whatever becomes of the answer (%s)', async (kind, done) => {
    const before = volumes();
    azure.faults.add({
      match: { method: 'POST', pathIncludes: 'slotsswap' },
      times: 1,
      action: { kind },
    });
    const { report } = await run({ swapBack: true, yes: true });
    expect(report.exit).toBe(done ? 0 : 3);
    expect(volumes()).toEqual(done ? before.toReversed() : before);
    expect(writes('/slotsswap')).toHaveLength(1);
  });

  it('that fails is told with the reason of Azure', async () => {
    azure.swap.next({
      kind: 'fail',
      status: 417,
      code: 'ExpectationFailed',
      message: 'no http ping',
    });
    const { report } = await run({ swapBack: true, yes: true });
    expect(report.exit).toBe(1);
    expect(report.problem).toContain('no http ping');
    expect(writes('/slotsswap')).toHaveLength(1);
  });
});
