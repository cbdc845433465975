// The rule and the record: what a rescue takes away, and what it leaves behind.
import { describe, expect, it } from 'vitest';

import { arm, rule, setRules, swapBody } from '../local/app-service/fixture.ts';
import {
  BETA,
  azure,
  forbid,
  record,
  rules,
  run,
  runningSwap,
  serveShop,
  writes,
} from './rescue-bench.ts';

serveShop();

describe('the rule', () => {
  it('is shown, removed after a yes and read back; the rules of other slots stay', async () => {
    await setRules(azure, rule(25), BETA);
    const { report, lines, questions, saved } = await run({ answers: [true] });
    expect(report).toMatchObject({ exit: 0, ruleGone: true, swappedBack: false, problem: null });
    expect(rules()).toEqual(['beta']);
    const told = lines.join('\n');
    expect(told).toContain("rule staging: 25 % to shop-staging.azurewebsites.net (Slipway's");
    expect(told).toContain('rule beta: 0 % to shop-beta.azurewebsites.net (of another slot');
    expect(told).toMatch(/production: Running, volume shop\w*, newest deployment [0-9a-f]{32}/);
    expect(questions).toHaveLength(1);
    expect(JSON.parse(saved[0] ?? '')).toMatchObject({
      by: 'anna@example.com',
      steps: lines.slice(0, -1),
    });
    expect(writes('/config/web')).toHaveLength(2);
  });

  it('is removed by its host, too, whatever its name is', async () => {
    await setRules(azure, rule(25, { name: 'canary' }));
    expect((await run({ yes: true })).report.exit).toBe(0);
    expect(rules()).toEqual([]);
  });

  it('leaves a record by which Slipway knows: when by the clock of Azure, what, who, how much', async () => {
    await setRules(azure, rule(25));
    await run({ yes: true });
    const found = record();
    expect(found).toMatchObject({
      kind: 'record',
      record: { did: 'rule-removed', by: 'anna@example.com', weight: 25 },
    });
    expect(writes('/tags/default')).toHaveLength(1);
  });

  it('that is not there is no mistake: the record is left all the same', async () => {
    const { report, questions } = await run({ answers: [true] });
    expect(report).toMatchObject({ exit: 0, ruleGone: true });
    expect(questions[0]).toContain('no rule of staging');
    expect(writes('/config/web')).toEqual([]);
    expect(record()).toMatchObject({ record: { did: 'rule-removed' } });
  });

  it('stays when the answer is no, and when nobody can be asked', async () => {
    await setRules(azure, rule(25));
    expect((await run({ answers: [false] })).report.exit).toBe(1);
    const alone = await run({ answers: null });
    expect(alone.report.exit).toBe(2);
    expect(alone.report.problem).toContain('--yes');
    expect(rules()).toEqual(['staging']);
    expect(record().kind).toBe('none');
  });

  it('is removed when the running swap has ended; until then it says why it waits', async () => {
    await setRules(azure, rule(25));
    const meanwhile = await runningSwap();
    const { report, lines } = await run({ yes: true, answers: null, meanwhile });
    expect(report.exit).toBe(0);
    expect(lines.join('\n')).toMatch(
      /RUNNING NOW[\s\S]*A swap or another operation runs[\s\S]*waits up to/,
    );
    expect(rules()).toEqual([]);
  });

  it('is not removed while the operation never ends: exit 1, and not for ever', async () => {
    await setRules(azure, rule(25));
    azure.swap.next({ kind: 'hang' });
    await arm(azure, 'POST', '/slots/staging/slotsswap', swapBody('production'));
    const { report } = await run({ yes: true });
    expect(report).toMatchObject({ exit: 1, ruleGone: false });
    expect(report.problem).toContain('try again later');
  });

  it.each([
    ['after it was written', 'apply-then-drop'],
    ['before it was written', 'drop'],
  ] as const)('is gone when the answer is lost %s: the read tells', async (_, kind) => {
    await setRules(azure, rule(25));
    azure.faults.add({
      match: { method: 'PATCH', pathIncludes: 'config/web' },
      times: 1,
      action: { kind },
    });
    expect((await run({ yes: true })).report.exit).toBe(0);
    expect(rules()).toEqual([]);
  });

  it('that comes back at every write is told, exit 1', async () => {
    await setRules(azure, rule(25));
    const ok = { kind: 'answer', status: 200, body: { properties: {} } } as const;
    azure.faults.add({
      match: { method: 'PATCH', pathIncludes: 'config/web' },
      times: 9,
      action: ok,
    });
    const { report } = await run({ yes: true });
    expect(report).toMatchObject({ exit: 1, ruleGone: false });
    expect(report.problem).toContain('still there after 3 writes');
  });

  it('that Azure refuses to change: exit 1, with the right that is missing', async () => {
    await setRules(azure, rule(25));
    forbid('PATCH', 'config/web');
    const { report } = await run({ yes: true });
    expect(report.exit).toBe(1);
    expect(report.problem).toContain('Microsoft.Web/sites/config/write');
  });

  it('is removed although the slot is gone and cannot be read', async () => {
    await setRules(azure, rule(25));
    const gone = { error: { code: 'ResourceNotFound', message: 'no such slot' } };
    const action = { kind: 'answer', status: 404, body: gone } as const;
    azure.faults.add({
      match: { method: 'GET', pathIncludes: '/slots/staging' },
      times: 99,
      action,
    });
    const { report } = await run({ yes: true });
    expect(report.exit).toBe(0);
    expect(rules()).toEqual([]);
  });

  it('of a slot that there is not is a typing mistake: exit 2, nothing done and no record', async () => {
    await setRules(azure, rule(25));
    const { report } = await run({ yes: true, slot: 'stagin' });
    expect(report).toMatchObject({ exit: 2, ruleGone: false, recorded: null });
    expect(report.problem).toMatch(/has no slot stagin .*staging.*--slot/);
    expect(rules()).toEqual(['staging']);
    expect(writes('/tags/default')).toEqual([]);
  });

  it('cannot be told about without rights to read: exit 3, nothing changed', async () => {
    await setRules(azure, rule(25));
    forbid('GET', 'config/web');
    expect((await run({ yes: true })).report.exit).toBe(3);
    expect(rules()).toEqual(['staging']);
  });
});

describe('a record that may not be written', () => {
  it('is said, with what to do in Slipway instead; what was done stays done', async () => {
    await setRules(azure, rule(25));
    forbid('PATCH', 'tags/default');
    const { report, lines } = await run({ yes: true });
    expect(report).toMatchObject({ exit: 0, ruleGone: true, recorded: { written: false } });
    expect(lines.join('\n')).toMatch(/NO RECORD[\s\S]*Tag Contributor[\s\S]*abort/);
    expect(rules()).toEqual([]);
  });

  it('is tried again when Azure is busy', async () => {
    const busy = { kind: 'answer', status: 429, headers: { 'retry-after': '0' } } as const;
    azure.faults.add({ match: { pathIncludes: 'tags/default' }, times: 2, action: busy });
    expect((await run({ yes: true })).report.recorded?.written).toBe(true);
  });
});
