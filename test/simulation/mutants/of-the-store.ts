/** Defects of what is recorded, and in which order. */
import type { Change, Loaded } from '../../../src/controller/ports/release-store.ts';
import { ConflictError } from '../../../src/controller/ports/store-errors.ts';
import type { AuditBody } from '../../../src/release/audit.ts';
import { settles } from '../checkers/changes.ts';
import { BLUE_GREEN, CANARY, type Defect, committing, plot, simple } from './defect.ts';

export const OF_THE_STORE: readonly Defect[] = [
  {
    what: 'skip the intent: Azure is changed first, and recorded together with the answer',
    breaks: ['audit', 'swap'],
    mutant: () => {
      const held = new Map<string, { readonly change: Change; readonly loaded: Loaded }>();
      return (ports) => ({
        ...ports,
        store: {
          ...ports.store,
          load: async (id) => held.get(id)?.loaded ?? ports.store.load(id),
          commit: async (change) => {
            const { release, etag } = change;
            const before = held.get(release.id);
            held.delete(release.id);
            const whole = before === undefined ? change : joined(before.change, change);
            if (before !== undefined || !claims(change)) return ports.store.commit(whole);
            const loaded = await ports.store.load(release.id);
            if (loaded === undefined) return etag;
            held.set(release.id, { change, loaded: { ...loaded, release, etag } });
            return etag;
          },
        },
      });
    },
  },
  {
    what: 'drop the etag: whoever writes last wins',
    breaks: ['audit'],
    story: (story) => plot(story, { plan: BLUE_GREEN, rates: { messageTwice: 0.8, stall: 0.03 } }),
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
    what: 'lose a fact on a conflict: what Azure answered is not committed onto the newer row',
    breaks: ['audit'],
    story: (story) =>
      plot(story, { plan: CANARY, rates: { messageTwice: 0.8, messageLate: 0.3, stall: 0.02 } }),
    mutant: simple(({ store }) => ({
      store: {
        ...store,
        commit: async (change) => {
          try {
            return await store.commit(change);
          } catch (error) {
            if (error instanceof ConflictError && answers(change)) return change.etag;
            throw error;
          }
        },
      },
    })),
  },
  {
    what: 'a store that changes the words of an audit row',
    breaks: ['audit'],
    mutant: committing((change) => ({
      ...change,
      audit: change.audit.map((row) => ({ ...row, body: row.body.replace('own rule', 'no rule') })),
    })),
  },
  {
    what: 'an audit row that says confirmed when nothing was read back',
    breaks: ['audit'],
    mutant: simple(({ router }) => {
      let written: Awaited<ReturnType<typeof router.readRules>> | undefined;
      return {
        router: {
          readRules: async (target) => written ?? router.readRules(target),
          writeRules: async (target, rules) => {
            written = rules;
            await router.writeRules(target, rules).catch(() => undefined);
          },
        },
      };
    }),
    story: (story) => plot(story, { plan: CANARY, rates: { arm: 0.2 } }),
  },
  {
    what: 'a release that ends without freeing its app',
    breaks: ['one-active'],
    mutant: committing((change) => ({ ...change, app: undefined })),
  },
  {
    what: 'a start that takes an app which another release holds',
    breaks: ['one-active'],
    story: (story) => ({ ...story, acts: doubled(story.acts) }),
    mutant: simple(({ store }) => ({
      store: {
        ...store,
        loadApp: async (appKey) => {
          const loaded = await store.loadApp(appKey);
          return loaded && { ...loaded, app: { ...loaded.app, active: undefined } };
        },
      },
    })),
  },
  {
    what: 'a start that does not look for its key',
    breaks: ['once'],
    story: (story) => ({ ...story, acts: doubled(story.acts, 4) }),
    mutant: () => {
      let starts = 0;
      return (ports) => ({
        ...ports,
        store: {
          ...ports.store,
          findStart: async () => undefined,
          create: (creation) => {
            const keyHash = `${creation.start.keyHash}-${(starts += 1)}`;
            return ports.store.create({ ...creation, start: { ...creation.start, keyHash } });
          },
        },
      });
    },
  },
  {
    what: 'hints that are never written',
    breaks: ['liveness'],
    mutant: simple(({ due }) => ({ due: { ...due, put: async () => undefined } })),
  },
  {
    what: 'a row that counts as told before it was',
    breaks: ['notices'],
    story: (story) => ({ ...story, rates: { ...story.rates, notice: 0.3 } }),
    mutant: simple(({ notifier }) => ({
      notifier: notifier && {
        receivers: notifier.receivers.map((receiver) => ({
          ...receiver,
          tell: (notice) => receiver.tell(notice).catch(() => undefined),
        })),
      },
    })),
  },
];

function claims({ release, audit }: Change): boolean {
  if (release.intent?.claim === undefined) return false;
  return audit.some((row) => ['intent-decided', 'intent-claimed'].includes(bodyOf(row).action));
}

function answers({ audit }: Change): boolean {
  return audit.length > 0 && audit.every((row) => settles(bodyOf(row).action));
}

function bodyOf({ body }: { readonly body: string }): AuditBody {
  return JSON.parse(body) as AuditBody;
}

function joined(first: Change, second: Change): Change {
  return {
    ...second,
    etag: first.etag,
    audit: [...first.audit, ...second.audit],
    bins: second.bins ?? first.bins,
    app: second.app ?? first.app,
  };
}

/** Every start comes some times, and the last one again while the first holds the app. */
function doubled(
  acts: Parameters<NonNullable<Defect['story']>>[0]['acts'],
  times = 1,
): Parameters<NonNullable<Defect['story']>>[0]['acts'] {
  const starts = acts.map(({ atMs, act }) =>
    act.kind === 'start' ? { atMs, act: { ...act, times } } : { atMs, act },
  );
  const [first] = starts.filter(({ act }) => act.kind === 'start');
  return first === undefined ? starts : [...starts, { ...first, atMs: first.atMs + 60_000 }];
}
