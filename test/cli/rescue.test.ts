// Break glass against the App Service stand-in over HTTP: there is no storage and no Slipway anywhere.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { openAppService } from '../../src/app.ts';
import { type RescueIo, type RescueReport, rescue } from '../../src/cli/rescue.ts';
import { limitsAt } from '../../src/limits.ts';
import type { AppServiceStandIn } from '../../src/local/app-service/app-service.ts';
import type { ArmRequest } from '../../src/local/app-service/arm-server.ts';
import { RESCUE_TAG, readRescue } from '../../src/release/rescue-record.ts';
import {
  SHOP,
  arm,
  eventually,
  pollToEnd,
  rule,
  setRules,
  startTiny,
  swapBody,
} from '../local/app-service/fixture.ts';

const TARGET = {
  subscriptionId: SHOP.subscriptionId,
  resourceGroup: SHOP.resourceGroup,
  site: SHOP.name,
};
const TAGS = '/providers/Microsoft.Resources/tags/default';
const BETA = { name: 'beta', actionHostName: 'shop-beta.azurewebsites.net', reroutePercentage: 0 };

/** A site that nobody ever swapped; no process runs for it. */
const UNTOUCHED = {
  subscriptionId: SHOP.subscriptionId,
  resourceGroup: SHOP.resourceGroup,
  name: 'untouched',
  slots: [{ name: 'staging' }],
};

let azure: AppServiceStandIn;
/** The last request before the test began. */
let mark: ArmRequest | undefined;

beforeAll(async () => {
  azure = await startTiny({ sites: [SHOP, UNTOUCHED] });
});
afterAll(() => azure.stop());

/** One site serves all tests, for its processes take their time: swapped once, nothing else. */
beforeEach(async () => {
  azure.faults.clear();
  azure.swap.release('shop');
  await eventually(() => azure.site('shop').operations.every(({ status }) => status !== 'running'));
  await arm(azure, 'POST', '/slots/staging/resetSlotConfig');
  await setRules(azure);
  await arm(azure, 'PATCH', TAGS, { operation: 'Replace', properties: { tags: {} } });
  await swapped();
  mark = azure.requests.at(-1);
});

interface Run {
  readonly report: RescueReport;
  readonly lines: readonly string[];
  readonly questions: readonly string[];
  readonly saved: readonly string[];
}

interface Story {
  readonly swapBack?: boolean;
  readonly yes?: boolean;
  readonly site?: string;
  /** Answers, one a question; `null`: there is no terminal. */
  readonly answers?: readonly boolean[] | null;
  /** What happens while it asks, or waits. */
  readonly meanwhile?: () => Promise<unknown> | undefined;
}

async function run({
  swapBack = false,
  yes = false,
  site = 'shop',
  answers = [],
  meanwhile,
}: Story): Promise<Run> {
  const lines: string[] = [];
  const questions: string[] = [];
  const saved: string[] = [];
  const left = [...(answers ?? [])];
  const io: RescueIo = {
    ...openAppService(azure.armUrl),
    limits: { ...limitsAt(1), rescuePollMs: 20, rescueBusyMs: 1_200, rescueSwapMs: 800 },
    who: async () => 'anna@example.com',
    say: (line) => void lines.push(line),
    ask:
      answers === null
        ? undefined
        : async (question) => {
            questions.push(question);
            await meanwhile?.();
            return left.shift() ?? false;
          },
    sleep: async (ms) => {
      await new Promise((resolve) => setTimeout(resolve, Math.min(ms, 20)));
      if (answers === null) await meanwhile?.();
    },
    save: (name, text) => {
      saved.push(text);
      return `/somewhere/${name}`;
    },
  };
  const target = { ...TARGET, site };
  const report = await rescue({ target, slot: 'staging', swapBack, yes }, io);
  return { report, lines, questions, saved };
}

const rules = () => azure.site('shop').slots[0]?.rules.map(({ name }) => name);
const volumes = () => azure.site('shop').slots.map(({ volume }) => volume.deploymentId);
const record = () => readRescue(azure.site('shop').slots[0]?.tags[RESCUE_TAG], Date.now());
const writes = (part: string) => {
  const since = mark === undefined ? 0 : azure.requests.indexOf(mark) + 1;
  return azure.requests
    .slice(since)
    .filter(({ method, url }) => method !== 'GET' && url.includes(part));
};

/** A swap that ends when what is returned is called: when the rescue first waits, that is. */
async function runningSwap(): Promise<() => undefined> {
  azure.swap.next({ kind: 'hang' });
  await arm(azure, 'POST', '/slots/staging/slotsswap', swapBody('production'));
  return () => {
    azure.swap.release('shop');
    return undefined;
  };
}

async function swapped(): Promise<void> {
  await pollToEnd(
    azure,
    await arm(azure, 'POST', '/slots/staging/slotsswap', swapBody('production')),
  );
}

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

  it('cannot be told about without rights to read: exit 3, nothing changed', async () => {
    await setRules(azure, rule(25));
    forbid('GET', 'config/web');
    expect((await run({ yes: true })).report.exit).toBe(3);
    expect(rules()).toEqual(['staging']);
  });
});

function forbid(method: string, pathIncludes: string): void {
  const message = 'The client does not have authorization to perform this action.';
  const body = { error: { code: 'AuthorizationFailed', message } };
  const action = { kind: 'answer', status: 403, body } as const;
  azure.faults.add({ match: { method, pathIncludes }, times: 99, action });
}

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
