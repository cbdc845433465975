import fc from 'fast-check';
import pc from 'picocolors';
import { describe, expect, it } from 'vitest';

import { isBaseline } from '../../../src/local/show/baseline.ts';
import { createDigest } from '../../../src/local/show/digest.ts';
import {
  bar,
  clock,
  cut,
  movingLine,
  rejectedText,
  resultLine,
  transitionLine,
  verdictWords,
} from '../../../src/local/show/lines.ts';
import type { Look } from '../../../src/local/show/lines.ts';
import { newsOf } from '../../../src/local/show/rejections.ts';
import type { ShownRow } from '../../../src/local/show/slipway-api.ts';
import { nextVersions, SHOW_PLAN, startMessage } from '../../../src/local/show/start-message.ts';
import {
  playedRelease,
  summarise,
  weightsOf,
  wentAsItShould,
} from '../../../src/local/show/summary.ts';
import type { PlayedRelease } from '../../../src/local/show/summary.ts';
import { paragraph, wrap } from '../../../src/local/show/wrap.ts';
import { parseStart } from '../../../src/release/parse-start.ts';
import { release, rows, STARTED_AT, VERDICT } from './samples.ts';

const colors = pc.createColors(false);
const PLAIN: Look = { colors, columns: Infinity };
const COLOURED: Look = { colors: pc.createColors(true), columns: Infinity };
const narrow = (columns: number): Look => ({ colors, columns });

const GOOD = rows([
  ['queued', 0],
  ['ramping 1/2', 0],
  ['ramping 1/2', 10],
  ['ramping 2/2', 10],
  ['ramping 2/2', 50],
  ['promoting', 50],
  ['promoting', 0],
  ['watching', 0],
  ['succeeded', 0],
]);
const FAILING = rows([
  ['ramping 1/2', 10],
  ['rolling-back', 10],
  ['rolling-back', 0],
  ['rolled-back', 0],
]);

describe('a transition', () => {
  const row = {
    action: 'phase-changed',
    at: '2026-01-02T03:05:05.900Z',
    from: 'ramping 1/2',
    to: 'ramping 2/2',
    reason: 'certified',
    message: 'Canary 2.0.0 fails 0 % of requests (0 of 77), baseline 1.0.0 0 % (0 of 839)',
    weight: { confirmed: 10, wanted: 50 },
  };
  const line = (look: Look, change: Partial<typeof row> = {}): string =>
    transitionLine({ ...row, ...change }, Date.parse(STARTED_AT), look);

  it('is one line with time, step, weight, reason and message', () => {
    expect(line(PLAIN)).toBe(`  01:05 ramping 2/2     10 %  certified         ${row.message}`);
  });

  it('goes on below in the column of the message where the terminal ends', () => {
    expect(line(narrow(80)).split('\n')).toEqual([
      '  01:05 ramping 2/2     10 %  certified         Canary 2.0.0 fails 0 % of',
      '                                                requests (0 of 77), baseline',
      '                                                1.0.0 0 % (0 of 839)',
    ]);
  });

  it('has its message below on a very narrow terminal', () => {
    expect(line(narrow(60)).split('\n')).toEqual([
      '  01:05 ramping 2/2     10 %  certified',
      '        Canary 2.0.0 fails 0 % of requests (0 of 77),',
      '        baseline 1.0.0 0 % (0 of 839)',
    ]);
  });

  it('never loses a word, and never passes the edge', () => {
    fc.assert(
      fc.property(
        fc.lorem({ maxCount: 60 }),
        fc.integer({ min: 48, max: 200 }),
        (message, columns) => {
          const text = line(narrow(columns), { message });
          expect(text.replaceAll(/\s+/g, ' ')).toContain(message.replaceAll(/\s+/g, ' ').trim());
          for (const part of text.split('\n')) expect(part.length).toBeLessThan(columns);
        },
      ),
    );
  });

  it('keeps its columns when a stage or a reason is long', () => {
    const change = { to: 'paused (rolling-back)', reason: 'telemetry-unavailable', message: 'no' };
    expect(line(PLAIN, change).split('\n')).toEqual([
      '  01:05 paused          10 %  telemetry-        no',
      '        (rolling-back)        unavailable',
    ]);
  });

  it('belongs to the step that was judged', () => {
    expect(line(PLAIN, { action: 'step-changed' })).toContain('ramping 1/2 ');
  });

  it('has no colour unless it may', () => {
    expect(line(PLAIN)).not.toContain('\u001b');
    expect(line(COLOURED)).toContain('\u001b');
  });

  it('shows the share that the audit proves, and without one all of production after the swap', () => {
    const weight = { confirmed: 0, wanted: 0 };
    expect(line(PLAIN, { to: 'watching', weight })).toContain(' 100 %');
    const proven = { ...row, to: 'rolling-back', weight: { ...weight, share: 100 } };
    expect(transitionLine(proven, 0, PLAIN)).toContain(' 100 %');
  });
});

describe('the digest of transitions', () => {
  const at = (second: number): string =>
    new Date(Date.parse(STARTED_AT) + second * 1_000).toISOString();
  const body = (action: string, message: string, second = 0): ShownRow['body'] => ({
    ...{ action, message, at: at(second), from: 'promoting', to: 'promoting' },
    ...{ reason: 'promoting', weight: { confirmed: 0, wanted: 0 } },
  });
  const shownOf = (bodies: readonly ShownRow['body'][]): readonly string[] => {
    const digest = createDigest();
    const shown = bodies.flatMap((one) => digest.take(one, 0));
    return [...shown, ...digest.late(Infinity)].map(({ message }) => message);
  };

  it.each<[string, readonly ShownRow['body'][], readonly string[]]>([
    [
      'a change that is confirmed at once: its confirmation',
      [body('intent-decided', 'set 50 %'), body('intent-confirmed', '50 % confirmed', 1)],
      ['50 % confirmed'],
    ],
    [
      'a change that takes its time: both',
      [body('intent-decided', 'set 50 %'), body('intent-confirmed', '50 % confirmed', 4)],
      ['set 50 %', '50 % confirmed'],
    ],
    [
      'what is said twice: once',
      [body('intent-confirmed', 'swap proven'), body('phase-changed', 'swap proven')],
      ['swap proven'],
    ],
    [
      'a swap: its end',
      [
        body('intent-decided', 'swap'),
        body('azure-answered', 'swap accepted'),
        body('intent-confirmed', 'swap proven'),
        body('phase-changed', 'swap proven'),
      ],
      ['swap proven'],
    ],
    [
      'a change that came to nothing: both',
      [body('intent-decided', 'set 50 %'), body('intent-dropped', 'not any more')],
      ['set 50 %', 'not any more'],
    ],
    ['one at the end', [body('intent-decided', 'set 50 %')], ['set 50 %']],
    [
      'everything else',
      [body('intent-decided', 'set 50 %'), body('phase-changed', 'harm')],
      ['set 50 %', 'harm'],
    ],
  ])('shows of %s', (_what, bodies, expected) => {
    expect(shownOf(bodies)).toEqual(expected);
  });

  it('holds nothing back for long', () => {
    const digest = createDigest();
    expect(digest.take(body('intent-decided', 'swap'), 0)).toEqual([]);
    expect(digest.late(2_999)).toEqual([]);
    expect(digest.late(3_000)).toMatchObject([{ message: 'swap' }]);
    expect(digest.late(9_000)).toEqual([]);
  });
});

describe('prose', () => {
  it('is broken between words, with its first margin kept', () => {
    expect(paragraph('  one two three', 10, '    ')).toBe('  one\n    two\n    three');
    expect(paragraph('# one two three', 10, '# ')).toBe('# one\n# two\n# three');
    expect(paragraph('one two', Infinity)).toBe('one two');
  });

  it('keeps a word that is longer than the line, and counts no colours', () => {
    expect(wrap(`a ${'x'.repeat(12)} b`, 5)).toEqual(['a', 'x'.repeat(12), 'b']);
    const bold = COLOURED.colors.bold('one two');
    expect(wrap(bold, 7)).toEqual([bold]);
  });
});

describe('the text of the moving line', () => {
  it('is one line whatever its message holds', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 200 }), (message, columns) => {
        const text = cut(message, columns);
        expect(text).not.toMatch(/[\n\r\t]/);
        expect(text.length).toBeLessThanOrEqual(columns);
      }),
    );
  });
});

it.each([
  [0, '00:00'],
  [65_900, '01:05'],
  [-3_000, '00:00'],
  [6_000_000, '100:00'],
])('%i ms are said as %s', (ms, text) => {
  expect(clock(ms)).toBe(text);
});

describe('the bar', () => {
  it.each([
    [0, '░'.repeat(20)],
    [1, `█${'░'.repeat(19)}`],
    [50, '█'.repeat(10) + '░'.repeat(10)],
    [99, `${'█'.repeat(19)}░`],
    [100, '█'.repeat(20)],
  ])('of %i %%', (percent, text) => {
    expect(bar(percent)).toBe(text);
  });

  it('is always 20 cells, longer for more', () => {
    const filled = (percent: number): number => bar(percent).indexOf('░');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 98 }), (percent) => {
        expect(bar(percent)).toMatch(/^█*░+$/);
        expect(bar(percent)).toHaveLength(20);
        expect(filled(percent)).toBeLessThanOrEqual(filled(percent + 1));
      }),
    );
  });
});

describe('the moving line', () => {
  it('shows the weight, both versions and the verdict', () => {
    expect(movingLine(release(), PLAIN)).toBe(
      '  ██░░░░░░░░░░░░░░░░░░  10 %  2.0.0: 1 of 82 failed · 1.0.0: 2 of 1,957 failed · undecided: harm 1/100, safety 8/20',
    );
  });

  it('says where it stands before there is anything to judge', () => {
    const early = release({
      phase: 'preflight',
      message: 'waiting for: App Service',
      verdict: null,
    });
    expect(movingLine(early, PLAIN)).toContain('preflight: waiting for: App Service');
  });

  it('shows the new version alone while it is watched with all visitors', () => {
    const watched = release({
      phase: 'watching',
      weights: { confirmed: 0, wanted: 0 },
      verdict: { ...VERDICT, certify: null },
    });
    expect(movingLine(watched, PLAIN)).toBe(
      `  ${'█'.repeat(20)} 100 %  2.0.0: 1 of 82 failed · no harm shown: harm 1/100`,
    );
  });

  it('says what a paused release waits for, whatever the evidence is', () => {
    const paused = release({ phase: 'paused', verdict: { ...VERDICT, outcome: 'certified' } });
    expect(movingLine(paused, PLAIN)).toMatch(/ · paused, waiting for you$/);
    expect(movingLine({ ...paused, verdict: null }, PLAIN)).toContain('paused, waiting for you: ');
  });

  it('says that counts are of the whole release when the step has none', () => {
    const begun = release({ verdict: { ...VERDICT, outcome: 'no-data' } });
    expect(movingLine(begun, PLAIN)).toMatch(/failed so far · no telemetry of this step yet$/);
  });

  it('shows the proven share', () => {
    const back = release({
      phase: 'rolling-back',
      weights: { confirmed: 0, wanted: 0, share: 100 },
    });
    expect(movingLine(back, PLAIN)).toContain(' 100 %');
  });

  it('leaves the last column free, so that no terminal breaks it', () => {
    expect(movingLine(release(), narrow(80)).length).toBeLessThan(80);
  });

  it.each([
    ['harm', 'worse beyond doubt'],
    ['certified', 'certified'],
    ['no-data', 'no telemetry'],
    ['unavailable', 'cannot be used'],
    ['undecided', 'undecided'],
  ])('has words for the verdict %s', (outcome, words) => {
    expect(verdictWords({ ...VERDICT, outcome })).toContain(words);
  });
});

function played(change: Partial<PlayedRelease>): PlayedRelease {
  const chain = { ok: true, rows: 9, head: 'f' } as const;
  return { id: 'a', version: '2.0.0', phase: 'succeeded', weights: [10], chain, ...change };
}
const SUCCEEDED = played({});
const ROLLED_BACK = played({ version: '3.0.0', phase: 'rolled-back' });
const TAMPERED = { ok: false, sequence: 4, problem: 'the body does not give the hash' } as const;

describe('the end of a release', () => {
  it('is one line with the audit', () => {
    expect(resultLine(SUCCEEDED, 36.4, colors)).toBe(
      '✔ 2.0.0 succeeded after 36 s · audit: 9 rows, chain verifies',
    );
  });

  it('names the first bad row', () => {
    expect(resultLine(played({ chain: TAMPERED }), 1, colors)).toContain('row 4 does not verify');
  });

  it('verifies the chain of what the API said', () => {
    const last = GOOD.at(-1)?.row.hash ?? '';
    const whole = release({ phase: 'succeeded', sequence: GOOD.length, chainHead: last });
    expect(playedRelease(whole, GOOD).chain).toEqual({ ok: true, rows: 9, head: last });
    const edited = GOOD.map((row, index) =>
      index === 2 ? { ...row, row: { ...row.row, body: row.row.body.replace('now', 'not') } } : row,
    );
    expect(playedRelease(whole, edited).chain).toMatchObject({ ok: false, sequence: 3 });
    expect(playedRelease(whole, GOOD.slice(0, -1)).chain).toMatchObject({ ok: false });
  });
});

describe('the result for programs', () => {
  it('lists the shares of production that a version had', () => {
    expect(weightsOf(GOOD)).toEqual([10, 50, 0, 100]);
    expect(weightsOf(FAILING)).toEqual([10, 0]);
    expect(weightsOf([])).toEqual([]);
  });

  it('has the promised keys', () => {
    expect(summarise([SUCCEEDED, played({ chain: TAMPERED })], 61_234)).toEqual({
      releases: [
        {
          id: 'a',
          version: '2.0.0',
          phase: 'succeeded',
          weights: [10],
          transitions: 9,
          auditVerified: true,
        },
        {
          id: 'a',
          version: '2.0.0',
          phase: 'succeeded',
          weights: [10],
          transitions: 3,
          auditVerified: false,
        },
      ],
      seconds: 61.2,
    });
  });

  it.each<[string, readonly PlayedRelease[], boolean]>([
    ['the good one promoted, the failing one taken back', [SUCCEEDED, ROLLED_BACK], true],
    ['the good one taken back', [played({ phase: 'rolled-back' }), ROLLED_BACK], false],
    ['the failing one promoted', [SUCCEEDED, played({ version: '3.0.0' })], false],
    ['the failing one rejected', [SUCCEEDED, played({ phase: 'rejected' })], false],
    ['an audit edited', [SUCCEEDED, { ...ROLLED_BACK, chain: TAMPERED }], false],
    ['the first audit edited', [played({ chain: TAMPERED }), ROLLED_BACK], false],
    ['the second missing', [SUCCEEDED], false],
    ['none at all', [], false],
    ['one too many', [SUCCEEDED, ROLLED_BACK, ROLLED_BACK], false],
  ])('with %s it went as it should: %#', (_what, list, expected) => {
    expect(wentAsItShould(list)).toBe(expected);
  });
});

describe('the start messages', () => {
  it('are accepted by Slipway as they stand', () => {
    const message = startMessage({ key: 'k', version: '2.0.0', baselineVersion: '1.0.0' });
    const parsed = parseStart(JSON.stringify(message));
    expect(parsed).toMatchObject({ key: 'k', version: '2.0.0', slot: 'staging' });
    expect(parsed.plan.steps.map(({ weight }) => weight)).toEqual(
      SHOW_PLAN.steps.map(({ weight }) => weight),
    );
  });

  it.each([
    [['1.0.0', undefined], '2.0.0', '3.0.0'],
    [['2.0.0', '3.0.0'], '4.0.0', '5.0.0'],
    [['9.9.9', '10.0.0'], '11.0.0', '12.0.0'],
    [['not a number', undefined], '1.0.0', '2.0.0'],
  ])('go on above what is there: %j', (present, good, failing) => {
    expect(nextVersions(present)).toEqual({ good, failing });
  });
});

describe('the baseline', () => {
  it.each([
    ['most of enough answers', {}, { '1.0.0': 300 }, true],
    ['too few answers', {}, { '1.0.0': 150 }, false],
    ['nobody answered', {}, {}, false],
    ['the old version still leads', { '0.9.0': 100 }, { '0.9.0': 400, '1.0.0': 250 }, false],
    ['the old one led before', { '0.9.0': 900 }, { '0.9.0': 950, '1.0.0': 250 }, true],
  ])('is clear, or not: %s', (_what, before, now, expected) => {
    expect(isBaseline('1.0.0', before, now)).toBe(expected);
  });
});

it('tells rejected starts once, oldest first', () => {
  const found = ['c', 'b', 'a'].map((id) => release({ id, phase: 'rejected' }));
  expect(newsOf(found, new Set(['b'])).map(({ id }) => id)).toEqual(['a', 'c']);
  const busy = release({ reason: 'app-busy', message: 'shop has a release already' });
  expect(rejectedText(busy, colors)).toBe(
    '  ✖ 2.0.0 rejected (app-busy): shop has a release already',
  );
});
