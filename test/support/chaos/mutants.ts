/**
 * Deliberate defects, each of them one that a careless change could bring. They are made around the
 * ports, so that the controller stays as it is; the watchman must see every one of them.
 */
import { AzureCallError } from '../../../src/controller/ports/azure-errors.ts';
import { ConflictError } from '../../../src/controller/ports/store-errors.ts';
import type { Change } from '../../../src/controller/ports/release-store.ts';
import type { Ports } from '../../../src/controller/ports.ts';
import type { Rule } from '../../../src/release/azure-facts.ts';
import type { Mutant } from './stage.ts';
import { NO_FAULTS, type Rates, type Story, type TimedAct } from './story.ts';
import type { Promised } from './watchman.ts';

const HOUR = 3_600_000;

export interface Defect {
  readonly what: string;
  /** The promise that it breaks. */
  readonly breaks: Promised;
  readonly mutant: Mutant;
  /** What must happen in a story for the defect to matter, when that is rare. */
  readonly story?: (story: Story) => Story;
}

/** A defect that keeps nothing from worker to worker. */
const simple =
  (worsen: (ports: Ports) => Partial<Ports>): Mutant =>
  () =>
  (ports) => ({ ...ports, ...worsen(ports) });

/** A defect of what is committed. */
const committing = (worsen: (change: Change) => Change): Mutant =>
  simple(({ store }) => ({
    store: { ...store, commit: (change) => store.commit(worsen(change)) },
  }));

export const DEFECTS: readonly Defect[] = [
  {
    what: 'a swapper that sends a POST without an answer again',
    breaks: 'swap',
    story: (story) => blueGreen(story, { arm: 0.1, armLate: 1 }),
    mutant: (_world, scheduler) => (ports) => ({
      ...ports,
      swapper: {
        ...ports.swapper,
        submitSwap: async (target, slot) => {
          try {
            return await ports.swapper.submitSwap(target, slot);
          } catch (error) {
            if (!(error instanceof AzureCallError) || error.failure !== 'unknown') throw error;
            await scheduler.sleep(2_000);
            return ports.swapper.submitSwap(target, slot);
          }
        },
      },
    }),
  },
  {
    what: 'a reader of content that remembers what it read first',
    breaks: 'swap',
    // Somebody deploys into the slot while the release is in preflight or about to swap.
    story: (story) =>
      blueGreen(story, {}, [
        { atMs: 30_000 + story.seed * 2_000, act: { kind: 'deploy', place: 'slot' } },
      ]),
    mutant: () => {
      const first = new Map<string, { production: string; slot: string }>();
      return (ports) => ({
        ...ports,
        site: {
          ...ports.site,
          readContent: async (target, slot) => {
            const content = await ports.site.readContent(target, slot);
            const known = first.get(content.production) ?? content;
            first.set(content.production, known);
            return known;
          },
        },
      });
    },
  },
  {
    what: 'a store that ignores etags',
    breaks: 'audit',
    story: (story) => blueGreen(story, { tickTwice: 0.8, stall: 0.03 }),
    mutant: simple(({ store }) => ({
      store: {
        ...store,
        commit: async (change) => {
          try {
            return await store.commit(change);
          } catch (error) {
            if (!(error instanceof ConflictError)) throw error;
            const newest = await store.load(change.release.id);
            if (newest === undefined) throw error;
            const { sequence } = newest.release;
            const audit = change.audit.filter((row) => row.sequence > sequence);
            return store.commit({ ...change, audit, etag: newest.etag });
          }
        },
      },
    })),
  },
  {
    what: 'a store that changes the words of an audit row',
    breaks: 'audit',
    mutant: committing((change) => ({
      ...change,
      audit: change.audit.map((row) => ({ ...row, body: row.body.replace('own rule', 'no rule') })),
    })),
  },
  {
    what: 'a release that ends without freeing its app',
    breaks: 'one-active',
    mutant: committing((change) => ({ ...change, app: undefined })),
  },
  {
    what: 'a router that writes five times the weight and reads back what was asked for',
    breaks: 'exposure',
    mutant: simple(({ router }) => ({
      router: {
        readRules: async (target) => scaled(await router.readRules(target), 1 / 5),
        writeRules: (target, rules) => router.writeRules(target, scaled(rules, 5)),
      },
    })),
  },
  {
    what: 'a router that reads back a removal that never happened',
    breaks: 'exposure',
    mutant: () => {
      let hidden = false;
      return (ports) => ({
        ...ports,
        router: {
          readRules: async (target) => (hidden ? [] : ports.router.readRules(target)),
          writeRules: async (target, rules) => {
            hidden = rules.length === 0;
            if (!hidden) await ports.router.writeRules(target, rules);
          },
        },
      });
    },
  },
  {
    what: 'no aftercare',
    breaks: 'exposure',
    mutant: simple(({ limits }) => ({ limits: { ...limits, aftercareMs: 0 } })),
  },
  {
    what: 'telemetry that hides failures',
    breaks: 'harm',
    mutant: simple(({ telemetry }) => ({
      telemetry: {
        ...telemetry,
        countRequests: async (query) => {
          const answer = await telemetry.countRequests(query);
          return { ...answer, rows: answer.rows.map((row) => ({ ...row, failures: 0 })) };
        },
      },
    })),
  },
  {
    what: 'hints that are never written',
    breaks: 'liveness',
    mutant: simple(({ due }) => ({ due: { ...due, put: async () => undefined } })),
  },
  {
    what: 'a promotion and a rollback without a limit',
    breaks: 'liveness',
    story: (story) =>
      blueGreen(story, {}, [{ atMs: 6_000, act: { kind: 'next-swap', outcome: 'hang' } }]),
    mutant: simple(({ limits }) => ({
      limits: { ...limits, promoteMs: Infinity, rollBackMs: Infinity },
    })),
  },
  {
    what: 'a worker that looks at the clock once',
    breaks: 'swap',
    story: (story) => blueGreen(story, { stall: 0.1 }),
    mutant: () => (ports) => {
      const atMs = ports.clock.now();
      return { ...ports, clock: { ...ports.clock, now: () => atMs } };
    },
  },
  {
    what: 'a clock that goes back an hour',
    breaks: 'time',
    mutant: (world) => {
      const startMs = world.now();
      return (ports) => ({
        ...ports,
        clock: {
          ...ports.clock,
          now: () => ports.clock.now() - (world.now() > startMs + HOUR / 4 ? HOUR : 0),
        },
      });
    },
  },
];

/** A story with nothing in it but a release that is promoted after its preflight, and what is given. */
function blueGreen(story: Story, rates: Partial<Rates>, acts: readonly TimedAct[] = []): Story {
  return {
    ...story,
    rates: { ...NO_FAULTS, ...rates },
    outages: [],
    acts: [{ atMs: 5_000, act: { kind: 'start', plan: 'blue-green', twice: false } }, ...acts],
  };
}

function scaled(rules: readonly Rule[], factor: number): readonly Rule[] {
  return rules.map((rule) => ({ ...rule, weight: Math.min(100, rule.weight * factor) }));
}

/** Claims that nobody can repeat: the same seed is not the same story any more. */
export const UNREPEATABLE: Mutant = () => {
  return (ports) => ({
    ...ports,
    random: () => Math.random().toString(16).slice(2, 10).padEnd(8, '0'),
  });
};
