import { describe, expect, it } from 'vitest';

import { isBaseline } from '../../../src/local/show/baseline.ts';
import { rejectedText, resultLine } from '../../../src/local/show/lines.ts';
import { newsOf } from '../../../src/local/show/rejections.ts';
import { nextVersions, SHOW_PLAN, startMessage } from '../../../src/local/show/start-message.ts';
import {
  playedRelease,
  summarise,
  weightsOf,
  wentAsItShould,
} from '../../../src/local/show/summary.ts';
import type { PlayedRelease } from '../../../src/local/show/summary.ts';
import { parseStart } from '../../../src/release/parse-start.ts';
import { colors } from './looks.ts';
import { release, rows } from './samples.ts';

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
