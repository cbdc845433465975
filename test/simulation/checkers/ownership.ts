/** One active release per app; a start that is sent again is the same release, and none is lost. */
import { isFinished } from '../../../src/release/release.ts';
import type { Checker, Eyes } from './checker.ts';

export function oneActiveChecker({ ledger, violate }: Eyes): Checker {
  return {
    committed: () => {
      const holding = [...ledger.releases.values()].filter(({ stage }) => !isFinished(stage));
      const held = ledger.app?.active;
      if (holding.length > 1) {
        violate('one-active', holding.map(({ id, stage }) => `${id} ${stage.phase}`).join(', '));
      }
      if (held !== holding[0]?.id) {
        const unfinished = holding[0]?.id ?? 'none';
        violate('one-active', `the app row says ${held ?? 'free'}, unfinished is ${unfinished}`);
      }
    },
  };
}

/** @param sent keys of the starts that came by the queue and were not given up there */
export function onceChecker({ ledger, violate }: Eyes, sent: () => ReadonlySet<string>): Checker {
  const idOf = new Map<string, string>();
  return {
    committed: ({ release: { id, key } }) => {
      if (key === undefined) return;
      const known = idOf.get(key);
      if (known !== undefined && known !== id) violate('once', `${key} is ${known} and ${id}`);
      idOf.set(key, id);
    },
    over: () => {
      const keys = new Set([...ledger.releases.values()].map(({ key }) => key));
      for (const key of sent()) if (!keys.has(key)) violate('once', `the start ${key} is lost`);
    },
  };
}
