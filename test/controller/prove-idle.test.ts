/** The write that asks whether a swap still runs, as it reaches Azure. */
import { describe, expect, it } from 'vitest';
import { createController } from '../../src/controller/create-controller.ts';
import type { Ports } from '../../src/controller/ports.ts';
import type { Rule } from '../../src/release/azure-facts.ts';
import { type World, createWorld } from '../support/world.ts';

const MINUTE = 60_000;
const BETA: Rule = { name: 'beta', host: 'beta.azurewebsites.net', weight: 0, autoRamp: false };

function ourRule({ azure }: World): Rule {
  return { name: azure.slot, host: azure.state.slot.host, weight: 50, autoRamp: false };
}

function rulesWritten({ azure }: World): readonly (readonly Rule[] | undefined)[] {
  return azure
    .writes()
    .filter(({ call }) => call === 'writeRules')
    .map(({ rules }) => rules);
}

/** A release whose swap was accepted and failed: it waits until that is proven. */
async function unproven(): Promise<{ world: World; id: string }> {
  const world = createWorld();
  world.azure.failSwap('SwapFailed', 'the slot did not warm up');
  const { id } = await world.start({ plan: 'blue-green' });
  const refused = await world.untilTrue(
    'a failed swap',
    ({ intent }) => intent?.kind === 'swap' && intent.refusal !== undefined,
    id,
  );
  // One turn before the proof may be asked for.
  const believable = (refused.intent?.claim?.notAfter ?? 0) + 2 * MINUTE;
  while (world.now() < believable - 30_000) await world.pass(30_000);
  expect(rulesWritten(world)).toEqual([]);
  return { world, id };
}

type Load = Ports['store']['load'];

/** Passes until a proof is decided; `meanwhile` comes between its commit and what the worker loads then. */
async function untilDecided(
  { world, id }: { world: World; id: string },
  meanwhile: (loaded: Awaited<ReturnType<Load>>) => Awaited<ReturnType<Load>>,
): Promise<void> {
  const { store } = world.ports;
  for (let turn = 0; turn < 10; turn += 1) {
    world.idle(30_000);
    let loads = 0;
    const load: Load = async (of) => {
      const loaded = await store.load(of);
      return (loads += 1) === 2 ? meanwhile(loaded) : loaded;
    };
    await createController({ ...world.ports, store: { ...store, load } }).tick(id);
    if (loads > 1) return;
  }
  throw new Error('no proof was decided');
}

describe('the proof that no swap runs', () => {
  it("writes other slots' rules as they are, and nothing else", async () => {
    const { world, id } = await unproven();
    world.azure.editRules([BETA]);
    expect((await world.until(id, ['rolled-back'])).reason).toBe('azure-refused');
    expect(rulesWritten(world)).toEqual([[BETA]]);
  });

  it('never brings our rule back: it removes it, with a row before and one after', async () => {
    const { world, id } = await unproven();
    world.azure.editRules([ourRule(world), BETA]);
    await world.until(id, ['rolled-back']);
    expect(rulesWritten(world)).toEqual([[BETA]]);
    expect(world.azure.state.rules).toEqual([BETA]);
    const audit = await world.audit(id);
    const before = audit.findIndex(({ facts }) => 'takesAway' in facts);
    expect(audit[before]).toMatchObject({ action: 'intent-claimed' });
    expect(audit[before]?.message).toContain('50 %');
    expect(audit[before + 1]).toMatchObject({
      action: 'azure-answered',
      facts: { idle: true, removed: { weight: 50 } },
    });
    expect(await world.chainHolds(id)).toBe(true);
  });

  it('waits for its row when our rule came only after the decision', async () => {
    const { world, id } = await unproven();
    await untilDecided({ world, id }, (loaded) => {
      world.azure.editRules([ourRule(world)]);
      return loaded;
    });
    expect(rulesWritten(world)).toEqual([]);
    expect((await world.release(id)).intent).not.toHaveProperty('idleAt');
    await world.until(id, ['rolled-back']);
    expect(world.azure.state.rules).toEqual([]);
    expect((await world.audit(id)).filter(({ facts }) => 'takesAway' in facts)).toHaveLength(1);
  });

  it('says what Azure answered when the rule could not be removed, and asks again', async () => {
    const { world, id } = await unproven();
    world.azure.editRules([ourRule(world)]);
    world.azure.failNext({ call: 'writeRules', how: 'before' });
    await world.until(id, ['rolled-back']);
    const answers = (await world.audit(id)).filter(({ facts }) => 'idle' in facts);
    expect(answers.map(({ facts }) => facts.idle)).toEqual([false, true]);
    expect(answers[0]?.message).toContain('ECONNRESET');
  });

  it('is not asked by a worker that stood still since it was decided', async () => {
    const { world, id } = await unproven();
    await untilDecided({ world, id }, (loaded) => {
      world.idle(15 * MINUTE);
      return loaded;
    });
    expect(rulesWritten(world)).toEqual([]);
    const { intent } = await world.release(id);
    expect(intent?.kind).toBe('swap');
    expect(intent).not.toHaveProperty('idleAt');
    await world.until(id, ['rolled-back']);
  });

  it('is not asked when the reads that it belongs to were begun anew', async () => {
    const { world, id } = await unproven();
    await untilDecided({ world, id }, (loaded) => {
      const intent = loaded?.release.intent;
      if (loaded === undefined || intent?.kind !== 'swap') return loaded;
      const anew = { ...intent, unchangedAt: world.now() + MINUTE };
      return { ...loaded, release: { ...loaded.release, intent: anew } };
    });
    expect(rulesWritten(world)).toEqual([]);
  });
});
