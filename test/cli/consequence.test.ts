// The command line tells what a command will do, where the page would offer it.
import { describe, expect, it } from 'vitest';

import { commandWords } from '../../src/api/words/command-words.ts';
import { Links } from '../../src/api/links.ts';
import { releaseView } from '../../src/api/release-view.ts';
import { consequence, insteadOf } from '../../src/cli/consequence.ts';
import { refusedBecause } from '../../src/dashboard/view/commands.ts';
import { COMMANDS } from '../../src/release/event.ts';
import { STAGES } from '../support/release-samples.ts';
import { samplePlan } from '../support/store-samples.ts';
import { toldRelease } from './told-release.ts';

const LINKS = new Links('https://slipway.example.net/api');
const PLAN = samplePlan();
const CASES = Object.values(STAGES).flatMap((stage) =>
  COMMANDS.flatMap((kind) => [true, false].map((reversible) => ({ kind, stage, reversible }))),
);
const view = (change: Parameters<typeof toldRelease>[0]) => releaseView(toldRelease(change), LINKS);

describe('what a command will do', () => {
  it.each(CASES)(
    'is told unless it can only be refused: $kind, $stage.phase, $reversible',
    (one) => {
      const { kind, stage, reversible } = one;
      for (const weight of [0, 25]) {
        const seen = { ...view({ stage, weight }), reversible };
        const said = consequence(kind, seen, PLAN);
        if (refusedBecause(kind, seen) === undefined)
          expect(said).toBe(commandWords(kind, seen, PLAN));
        else expect([undefined, commandWords(kind, seen, PLAN)]).toContain(said);
      }
    },
  );

  it('leads whoever means one step to the command of it, while there is one', () => {
    const first = view({});
    const last = { ...first, step: { number: 3, of: 3, weight: 50, since: '', confirmedAt: null } };
    expect(insteadOf('promote', first)).toBe(`slipway advance ${first.id}`);
    expect(insteadOf('promote', last)).toBeUndefined();
    expect(insteadOf('advance', first)).toBeUndefined();
  });
});
