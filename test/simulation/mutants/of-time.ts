/** Defects of clocks and claims. */
import type { Loaded } from '../../../src/controller/ports/release-store.ts';
import { BLUE_GREEN, CANARY, type Defect, plot } from './defect.ts';

const HOUR = 3_600_000;

export const OF_TIME: readonly Defect[] = [
  {
    what: 'a worker that looks at the clock once',
    breaks: ['swap'],
    story: (story) => plot(story, { plan: BLUE_GREEN, rates: { stall: 0.1 } }),
    mutant: () => (ports) => {
      const atMs = ports.clock.now();
      return { ...ports, clock: { ...ports.clock, now: () => atMs } };
    },
  },
  {
    what: 'a clock that goes back an hour',
    breaks: ['time'],
    mutant: (stage) => (ports) => ({
      ...ports,
      clock: {
        ...ports.clock,
        now: () => ports.clock.now() - (stage.world.now() > stage.startMs + HOUR / 4 ? HOUR : 0),
      },
    }),
  },
  {
    what: "the machine's own time of day",
    breaks: ['time'],
    story: (story) => ({ ...story, wrongClocks: true, rates: { ...story.rates, jump: 0.05 } }),
    mutant: () => (ports, task) => ({
      ...ports,
      clock: { ...ports.clock, now: () => Math.floor(task.instance.machine.wallMs()) },
    }),
  },
  {
    what: 'a worker that does not read the row again before it calls Azure',
    breaks: ['audit', 'swap', 'exposure'],
    story: (story) =>
      plot(story, { plan: CANARY, rates: { messageTwice: 0.8, armLate: 1, stall: 0.05 } }),
    mutant: () => (ports) => {
      const known = new Map<string, Loaded>();
      return {
        ...ports,
        store: {
          ...ports.store,
          load: async (id) => {
            const loaded = known.get(id) ?? (await ports.store.load(id));
            if (loaded !== undefined) known.set(id, loaded);
            return loaded;
          },
          commit: async (change) => {
            const etag = await ports.store.commit(change);
            const before = known.get(change.release.id);
            if (before) known.set(before.release.id, { ...before, release: change.release, etag });
            return etag;
          },
        },
      };
    },
  },
];
