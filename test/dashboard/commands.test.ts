/** The page offers exactly the commands that the transition table admits, and says what each will do. */
import { describe, expect, it } from 'vitest';

import { commandWords } from '../../src/api/words/command-words.ts';
import type { ReleaseView } from '../../src/api/contract.ts';
import { Links } from '../../src/api/links.ts';
import { releaseView } from '../../src/api/release-view.ts';
import {
  COMMAND_WORDS,
  COMMANDS,
  type CommandName,
  offersFor,
  refusedBecause,
} from '../../src/dashboard/view/commands.ts';
import { Draft } from '../../src/release/draft.ts';
import { COMMANDS as KNOWN_COMMANDS } from '../../src/release/event.ts';
import type { Release, Stage } from '../../src/release/release.ts';
import { transition } from '../../src/release/transition.ts';
import { NOW, sampleContext, sampleRelease, STAGES } from '../support/release-samples.ts';

const LINKS = new Links('https://slipway.example/api/releases');
const view = (release: Release): ReleaseView => releaseView(release, LINKS);

const FOUND = {
  kind: 'drift',
  since: NOW,
  seen: 'rules: staging=50 %',
  ownWeight: 50,
  foreignRules: [],
  volumes: 'baseline-in-production',
} as const;
const DRIFTED: Stage = { ...STAGES.paused, found: FOUND };
const PAUSED_WATCH: Stage = { ...STAGES.paused, from: STAGES.watching };
const PAUSED_QUEUE: Stage = { ...STAGES.paused, from: STAGES.queued };
const ACKNOWLEDGED: Stage = { ...STAGES.failed, acknowledgedAt: NOW };

const IRREVERSIBLE = sampleRelease(STAGES.watching, {
  where: 'canary-in-production',
  swappedAt: NOW,
  reversible: false,
});

const STANDS: Readonly<Record<string, Stage>> = {
  ...STAGES,
  'paused after drift': DRIFTED,
  'paused in the watch': PAUSED_WATCH,
  'paused in the queue': PAUSED_QUEUE,
  'failed, acknowledged': ACKNOWLEDGED,
};

function isAdmitted(release: Release, command: CommandName): boolean {
  const draft = new Draft(release, sampleContext());
  const choice = command === 'resume' && release.stage === DRIFTED ? 'reapply' : undefined;
  return transition(draft, { kind: command, reason: 'a reason', choice }).kind === 'moved';
}

describe('offers', () => {
  it('know every command', () => {
    expect([...COMMANDS].toSorted()).toEqual([...KNOWN_COMMANDS].toSorted());
  });

  it.each(Object.entries(STANDS))('agree with the transition table: %s', (_name, stage) => {
    const release = sampleRelease(stage);
    for (const command of COMMANDS) {
      const offered = refusedBecause(command, view(release)) === undefined;
      expect({ command, offered }).toEqual({ command, offered: isAdmitted(release, command) });
    }
  });

  it('take away what goes on after harm', () => {
    const verdict = {
      ...{ at: NOW, outcome: 'harm', sentence: 'it is worse', harm: 9, harmThreshold: 4.6 },
      ...{ certify: undefined, certifyThreshold: 3 },
      canary: { requests: 9, failures: 9 },
      baseline: { requests: 9, failures: 0 },
    };
    const release = sampleRelease(STAGES.ramping, { verdict });
    expect(isAdmitted(release, 'advance')).toBe(false);
    expect(offersFor(view(release), { commands: COMMANDS }).can).toEqual([
      ...['pause', 'rollback', 'abort'],
    ]);
  });

  it('tell apart what the role and what the release does not allow', () => {
    const offers = offersFor(view(sampleRelease(STAGES.ramping)), {
      commands: ['pause', 'resume'],
    });
    expect(offers.can).toEqual(['pause']);
    expect(offers.notNow).toEqual([{ command: 'resume', why: 'it is not paused' }]);
    expect(offers.notYours).toEqual(['advance', 'promote', 'rollback', 'abort', 'acknowledge']);
  });

  it('have one way back that stands out', () => {
    const first = COMMANDS.filter((command) => COMMAND_WORDS[command].first);
    expect(first).toEqual(['rollback']);
  });

  it('have a key each', () => {
    const keys = COMMANDS.map((command) => COMMAND_WORDS[command].key);
    expect(new Set(keys).size).toBe(COMMANDS.length);
  });
});

describe('what will happen', () => {
  const ramping = sampleRelease(STAGES.ramping, { weight: 5, where: 'baseline-in-production' });

  it.each([
    ['pause', ramping, '2.0.0 keeps 5 % of production'],
    ['advance', ramping, '2.0.0 gets 25 % of production'],
    ['advance', sampleRelease({ ...STAGES.ramping, step: 2 }), 'this is the promotion'],
    ['rollback', ramping, 'Removes the rule at once: 1.0.0 serves all of production again'],
    ['rollback', sampleRelease(STAGES.queued), 'Production was not touched'],
    ['abort', sampleRelease(STAGES.promoting), 'The swap is settled first'],
    [
      'abort',
      sampleRelease(STAGES.watching, { where: 'canary-in-production', swappedAt: NOW }),
      'Swaps back: 1.0.0 comes from slot staging into production',
    ],
    ['rollback', ramping, 'It ends as rolled back'],
    ['abort', ramping, 'only the name of the end differs: this one ends as aborted'],
    ['abort', sampleRelease(STAGES.queued), 'Production was not touched. Roll back does the same.'],
    ['resume', sampleRelease(DRIFTED), 'Choose what to do'],
    ['resume', sampleRelease(STAGES.paused), 'Goes on at 5 %, in step 1 of 3'],
    ['abort', IRREVERSIBLE, 'This app is irreversible: Slipway would never do this by itself'],
    ['pause', IRREVERSIBLE, 'harm, or a pause too long, calls a person'],
  ] as const)('%s', (command, release, text) => {
    expect(commandWords(command, view(release), undefined)).toContain(text);
  });
});
