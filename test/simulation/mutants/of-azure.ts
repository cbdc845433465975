/** Defects of how Azure is changed and believed. */
import { AzureCallError } from '../../../src/controller/ports/azure-errors.ts';
import type { Rule } from '../../../src/release/azure-facts.ts';
import { BLUE_GREEN, CANARY, type Defect, loading, ordered, plot, simple } from './defect.ts';

export const OF_AZURE: readonly Defect[] = [
  {
    what: 'retry the swap: a POST without an answer is sent again',
    breaks: ['swap'],
    story: (story) => plot(story, { plan: BLUE_GREEN, rates: { arm: 0.1, armLate: 1 } }),
    mutant: (stage) => (ports) => ({
      ...ports,
      swapper: {
        ...ports.swapper,
        submitSwap: async (target, slot) => {
          try {
            return await ports.swapper.submitSwap(target, slot);
          } catch (error) {
            if (!(error instanceof AzureCallError) || error.failure !== 'unknown') throw error;
            await stage.scheduler.sleep(2_000);
            return ports.swapper.submitSwap(target, slot);
          }
        },
      },
    }),
  },
  {
    what: 'trust the poller: volumes are taken for swapped once the POST was accepted',
    breaks: ['swap', 'audit'],
    story: (story) =>
      plot(story, {
        plan: BLUE_GREEN,
        acts: [{ atMs: 6_000, act: { kind: 'next-swap', outcome: 'fail' } }],
      }),
    mutant: () => {
      let accepted = false;
      return (ports) => ({
        ...ports,
        swapper: {
          ...ports.swapper,
          submitSwap: async (target, slot) => {
            const answer = await ports.swapper.submitSwap(target, slot);
            accepted = true;
            return answer;
          },
        },
        site: {
          ...ports.site,
          readSite: async (target, slot) => {
            const site = await ports.site.readSite(target, slot);
            const { production, slot: other, ...volumes } = site.volumes;
            const swapped = { ...volumes, production: other, slot: production };
            return accepted ? { ...site, volumes: swapped } : site;
          },
        },
      });
    },
  },
  {
    what: 'believe at once that a swap without an answer was not done',
    breaks: ['swap'],
    story: (story) => plot(story, { plan: BLUE_GREEN, rates: { armLate: 3, arm: 0.05 } }),
    mutant: (stage) =>
      loading((loaded) => {
        const { release } = loaded;
        const { intent } = release;
        if (intent?.kind !== 'swap' || intent.claim === undefined) return loaded;
        // Once the call has been given up.
        if (stage.world.now() < intent.claim.at + 35_000 || intent.poller !== undefined)
          return loaded;
        return { ...loaded, release: { ...release, intent: { ...intent, claim: undefined } } };
      })(stage),
  },
  {
    what: 'a reader of content that remembers what it read first',
    breaks: ['swap'],
    // Somebody deploys into the slot while the release is in preflight or about to swap.
    story: (story) =>
      plot(story, {
        plan: BLUE_GREEN,
        acts: [
          { atMs: 30_000 + (story.seed % 100) * 2_000, act: { kind: 'deploy', place: 'slot' } },
        ],
      }),
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
    what: 'a router that writes five times the weight and reads back what was asked for',
    breaks: ['exposure', 'audit'],
    mutant: simple(({ router }) => ({
      router: {
        readRules: async (target) => scaled(await router.readRules(target), 1 / 5),
        writeRules: (target, rules) => router.writeRules(target, scaled(rules, 5)),
      },
    })),
  },
  {
    what: 'a router that reads back a removal that never happened',
    breaks: ['exposure', 'audit'],
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
    what: "a router that forgets other slots' rules",
    breaks: ['audit'],
    story: (story) =>
      plot(story, {
        plan: CANARY,
        acts: [{ atMs: 240_000, act: { kind: 'rules-by-hand', edit: 'foreign', weight: 20 } }],
      }),
    mutant: (stage) =>
      simple(({ router }) => ({
        router: {
          ...router,
          writeRules: (target, rules) => {
            const { slot } = stage.world.azure;
            return router.writeRules(
              target,
              rules.filter(({ name }) => name === slot),
            );
          },
        },
      }))(stage),
  },
  {
    what: 'a proof of idleness that writes back the rules as it read them, ours too',
    breaks: ['exposure'],
    // The swap fails, and somebody sets our rule before that is proven.
    story: (story) =>
      plot(story, {
        plan: BLUE_GREEN,
        acts: [
          { atMs: 6_000, act: { kind: 'next-swap', outcome: 'fail' } },
          { atMs: 240_000, act: { kind: 'rules-by-hand', edit: 'own', weight: 50 } },
        ],
      }),
    mutant: () => (ports, task) => {
      let read: readonly Rule[] = [];
      return {
        ...ports,
        router: {
          readRules: async (target) => (read = await ports.router.readRules(target)),
          writeRules: (target, rules) =>
            ports.router.writeRules(target, task.committed?.intent?.kind === 'swap' ? read : rules),
        },
      };
    },
  },
  {
    what: 'a proof of idleness that removes our rule, and no row says so',
    breaks: ['audit'],
    story: (story) =>
      plot(story, {
        plan: BLUE_GREEN,
        acts: [
          { atMs: 6_000, act: { kind: 'next-swap', outcome: 'fail' } },
          { atMs: 240_000, act: { kind: 'rules-by-hand', edit: 'own', weight: 50 } },
        ],
      }),
    // The decision does not see the rule, the write removes it all the same.
    mutant: (stage) => (ports, task) => {
      const own = ({ name }: Rule): boolean => name === stage.world.azure.slot;
      return {
        ...ports,
        router: {
          ...ports.router,
          readRules: async (target) => {
            const rules = await ports.router.readRules(target);
            const { intent } = task.committed ?? {};
            return intent === undefined || intent.kind === 'swap'
              ? rules.filter((rule) => !own(rule))
              : rules;
          },
        },
      };
    },
  },
  {
    what: 'forget the second read-back: the first clear read ends a rollback, whatever was claimed',
    breaks: ['aftercare'],
    story: (story) =>
      plot(story, {
        plan: CANARY,
        rates: { armLate: 3 },
        acts: ordered('abort', [150, 210, 270, 330]),
      }),
    mutant: loading((loaded, { limits }) => {
      const { release } = loaded;
      if (release.stage.phase !== 'rolling-back') return loaded;
      const stage = { ...release.stage, clearAt: release.stage.since - limits.claimMs };
      return { ...loaded, release: { ...release, stage, claimsEndAt: 0 } };
    }),
  },
  {
    what: 'do not look for the record of a rescue',
    breaks: ['exposure'],
    story: (story) =>
      plot(story, {
        plan: CANARY,
        acts: [{ atMs: 240_000, act: { kind: 'rescue' } }, ...ordered('resume', [420, 480, 540])],
      }),
    mutant: simple(({ site }) => ({
      site: {
        ...site,
        readSite: async (target, slot) => ({
          ...(await site.readSite(target, slot)),
          rescueTag: undefined,
        }),
      },
    })),
  },
  {
    what: 'swap back what is irreversible',
    breaks: ['swap'],
    // It turns bad when it is in production: then a person has to be called.
    story: (story) =>
      plot(story, {
        plan: BLUE_GREEN,
        reversible: false,
        acts: [{ atMs: 240_000, act: { kind: 'turns-bad', place: 'production' } }],
      }),
    mutant: loading((loaded) => ({ ...loaded, release: { ...loaded.release, reversible: true } })),
  },
  {
    what: 'no aftercare',
    breaks: ['aftercare', 'exposure'],
    mutant: simple(({ limits }) => ({ limits: { ...limits, aftercareMs: 0 } })),
  },
  {
    what: 'a promotion and a rollback without a limit',
    breaks: ['liveness'],
    story: (story) =>
      plot(story, {
        plan: BLUE_GREEN,
        acts: [{ atMs: 6_000, act: { kind: 'next-swap', outcome: 'hang' } }],
      }),
    mutant: simple(({ limits }) => ({
      limits: { ...limits, promoteMs: Infinity, rollBackMs: Infinity },
    })),
  },
];

function scaled(rules: readonly Rule[], factor: number): readonly Rule[] {
  return rules.map((rule) => ({ ...rule, weight: Math.min(100, rule.weight * factor) }));
}
