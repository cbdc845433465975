/** Checkers that allow what nobody can prevent, and nothing more. */
import { describe, expect, it } from 'vitest';
import type { Rule } from '../../../src/release/azure-facts.ts';
import { createPrng } from '../../support/prng.ts';
import { type World, createWorld } from '../../support/world.ts';
import { type Task, createInstance, newTask } from '../instance.ts';
import { createStory } from '../story/create-story.ts';
import { createAzureHistory } from '../truth/azure-history.ts';
import { createLedger } from '../truth/ledger.ts';
import { changesChecker } from './changes.ts';
import type { Eyes } from './checker.ts';
import { exposureChecker } from './exposure.ts';

const MINUTE = 60_000;

interface Watched {
  readonly world: World;
  readonly eyes: Eyes;
  readonly told: string[];
}

function watched(overrides: Partial<Eyes> = {}): Watched {
  const world = createWorld();
  const told: string[] = [];
  const now = (): number => world.now();
  const eyes: Eyes = {
    world,
    story: createStory(1),
    now,
    ledger: createLedger(() => undefined),
    history: createAzureHistory(world.azure, now),
    violate: (_promise, what) => told.push(what),
    outageMs: () => 0,
    unattendedMs: () => 0,
    calmFromMs: () => Infinity,
    harmShows: () => false,
    ...overrides,
  };
  return { world, eyes, told };
}

function foreign(weight: number): Rule {
  return { name: 'insiders', host: 'shop-insiders.azurewebsites.net', weight, autoRamp: false };
}

describe("other slots' rules", () => {
  /** Workers read when they are made, and write whenever told to. */
  function workers({ world, eyes }: Watched): {
    edit: (rules: readonly Rule[]) => void;
    worker: (name: string) => Task;
    write: (task: Task, rules: readonly Rule[]) => void;
  } {
    const checker = changesChecker(eyes);
    const { azure } = world;
    const now = (): number => world.now();
    const pass = (): void => {
      eyes.history.look();
      world.idle(MINUTE);
    };
    return {
      edit: (rules) => {
        azure.editRules(rules);
        eyes.history.handAt.rules = now();
        pass();
      },
      worker: (name) => {
        const prng = createPrng(1);
        const task = newTask(name, createInstance('a', { now, prng, wrongClocks: false }));
        task.readAt.rules = now();
        pass();
        return task;
      },
      write: (task, rules) => {
        const before = azure.state.rules;
        azure.editRules(rules);
        const after = azure.state.rules;
        checker.rulesWritten?.(task, { sentAt: now(), sent: rules, before, after });
        pass();
      },
    };
  }
  const changed = ({ told }: Watched): string[] =>
    told.filter((what) => what.includes('other slots'));

  it('may be taken away by a late write, and put back by one that had read them', () => {
    const seen = watched();
    const { edit, worker, write } = workers(seen);
    const late = worker('late');
    edit([foreign(20)]);
    const next = worker('next');
    write(late, []);
    write(next, [foreign(20)]);
    expect(changed(seen)).toEqual([]);
  });

  it.each([
    ['forgotten', []],
    ['as they were before somebody edited them', [foreign(10)]],
  ])('are not %s', (_how, rules) => {
    const seen = watched();
    const { edit, worker, write } = workers(seen);
    edit([foreign(10)]);
    edit([foreign(20)]);
    write(worker('careless'), rules);
    expect(changed(seen)).toHaveLength(1);
  });

  it('are not brought back by a worker that did not read them', () => {
    const seen = watched();
    const { edit, worker, write } = workers(seen);
    const late = worker('late');
    edit([foreign(20)]);
    write(late, []);
    write(worker('careless'), [foreign(20)]);
    expect(changed(seen)).toHaveLength(1);
  });

  it('are not written as another worker read them, also not after an edit', () => {
    const seen = watched();
    const { edit, worker, write } = workers(seen);
    const stalled = worker('stalled');
    edit([foreign(20)]);
    write(stalled, [foreign(10)]);
    expect(changed(seen)).toHaveLength(1);
  });
});

describe('more of the canary than the plan allows', () => {
  it.each([
    { minutes: 21, unattended: 0, outage: 0, isSeen: true },
    { minutes: 19, unattended: 0, outage: 0, isSeen: false },
    { minutes: 30, unattended: 11, outage: 0, isSeen: false },
    { minutes: 30, unattended: 9, outage: 0, isSeen: true },
    { minutes: 33, unattended: 11, outage: 1, isSeen: false },
    { minutes: 34, unattended: 11, outage: 1, isSeen: true },
  ])(
    'for $minutes min, $unattended of them with no instance, an outage of $outage: seen $isSeen',
    async ({ minutes, unattended, outage, isSeen }) => {
      const { world, eyes, told } = watched({
        unattendedMs: () => unattended * MINUTE,
        outageMs: () => outage * MINUTE,
      });
      const { id } = await world.start();
      await world.untilTrue('baking', ({ reason }) => reason === 'baking', id);
      const release = await world.release(id);
      const { azure } = world;
      const { slot } = azure.state;
      azure.editRules([{ name: azure.slot, host: slot.host, weight: 50, autoRamp: false }]);
      const ledger = { ...eyes.ledger, releases: new Map([[id, release]]) };
      const checker = exposureChecker({ ...eyes, ledger });
      checker.look?.();
      world.idle(minutes * MINUTE);
      checker.look?.();
      expect(told).toHaveLength(isSeen ? 1 : 0);
    },
  );
});
