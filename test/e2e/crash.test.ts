/** What a crash does to a swap, and what an edited row does to the audit of it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { auditRow } from '../../src/adapters/store/keys.ts';
import { openAppService } from '../../src/app.ts';
import { rescue } from '../../src/cli/rescue.ts';
import { rawTable } from '../support/azurite.ts';
import { startLocalWorld, type LocalWorld } from '../support/local/local-world.ts';
import { BLUE_GREEN_PLAN } from '../support/local/plans.ts';
import { RESOURCE_GROUP, SLOT, SUBSCRIPTION } from '../support/local/shop.ts';
import { begin, changes, expectWholeAudit, reasonFor, way } from '../support/local/story.ts';
import { eventually, pause } from '../support/local/waiting.ts';

let world: LocalWorld;

beforeAll(async () => {
  world = await startLocalWorld({ shops: ['shop-a', 'shop-b', 'shop-c'], swapMs: 6_000 });
});

afterAll(async () => {
  await world.stop();
});

const WAY = ['preflight', 'promoting', 'watching', 'succeeded'];

describe.concurrent('one POST a swap, whatever happens to it', { timeout: 240_000 }, () => {
  it('the functions host is killed while the swap runs; the audit tells, until it is edited', async () => {
    const { shop, id, until } = await begin(world, 'shop-a', {
      content: 'shop@2.0.0',
      plan: BLUE_GREEN_PLAN,
    });
    await eventually('a swap', () => shop.isSwapping());
    await world.restartHost();

    await until('succeeded');
    expect(changes(shop)).toEqual(['swap']);
    expect(await way(world, id)).toEqual(WAY);
    expect(shop.contents()).toEqual({ production: 'shop@2.0.0', slot: 'shop@1.0.0' });
    await expectWholeAudit(world, id);

    const whole = await world.cli('audit', 'verify', id);
    expect(whole.stdout).toContain('verifies');
    expect(whole.exitCode).toBe(0);
    await editAuditRow(id, 3);
    const edited = await world.cli('audit', 'verify', id);
    expect(edited.stdout).toContain('row 3');
    expect(edited.exitCode).toBe(1);
  });

  it("Azure's answer to the POST is lost on its way", async () => {
    world.appService.faults.add({
      match: { method: 'POST', pathIncludes: '/sites/shop-b/' },
      times: 1,
      action: { kind: 'apply-then-drop' },
    });
    const { shop, id, until } = await begin(world, 'shop-b', {
      content: 'shop@2.0.0',
      plan: BLUE_GREEN_PLAN,
    });
    await until('succeeded');
    // Writes that change nothing ask whether an operation still runs (design section 4).
    expect(changes(shop).filter((change) => change !== 'rules')).toEqual(['swap']);
    expect(await way(world, id)).toEqual(WAY);
    expect(shop.contents()).toEqual({ production: 'shop@2.0.0', slot: 'shop@1.0.0' });
    await expectWholeAudit(world, id);
  });
});

/** Beside the stories above: one of them kills the host meanwhile. */
describe.concurrent('break glass', { timeout: 240_000 }, () => {
  it('a rescue in mid-ramp is found by the function app, which ends the release', async () => {
    const story = await begin(world, 'shop-c', { content: 'shop@2.0.0' });
    const { shop, id } = story;
    await story.atWeight(20);
    const report = await rescue(
      {
        target: { subscriptionId: SUBSCRIPTION, resourceGroup: RESOURCE_GROUP, site: 'shop-c' },
        ...{ slot: SLOT, swapBack: false, yes: true },
      },
      {
        ...openAppService(world.appService.armUrl),
        who: async () => 'anna@example.com',
        say: () => undefined,
        ask: undefined,
        sleep: pause,
        save: (name) => name,
      },
    );
    expect(report).toMatchObject({ exit: 0, ruleGone: true, recorded: { written: true } });
    expect(await story.until('aborted')).toMatchObject({ reason: 'rescued', finished: true });
    expect(shop.rules()).toEqual([]);
    expect(shop.contents()).toEqual({ production: 'shop@1.0.0', slot: 'shop@2.0.0' });
    expect(await reasonFor(world, id, 'rolling-back')).toBe('rescued');
    await expectWholeAudit(world, id);
  });
});

/** Makes an audit row tell another story, as somebody with the storage key could. */
async function editAuditRow(id: string, sequence: number): Promise<void> {
  const table = rawTable(world.azurite, 'releases');
  const [partitionKey = ''] = id.split('-');
  const rowKey = auditRow(id, sequence);
  const { body } = await table.getEntity<{ body: string }>(partitionKey, rowKey);
  const edited = body.replace('"to":"', '"to":"not ');
  expect(edited).not.toBe(body);
  await table.updateEntity({ partitionKey, rowKey, body: edited }, 'Merge');
}
