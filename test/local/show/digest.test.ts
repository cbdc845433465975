import { describe, expect, it } from 'vitest';

import { createDigest } from '../../../src/local/show/digest.ts';
import type { ShownRow } from '../../../src/local/show/slipway-api.ts';
import { STARTED_AT } from './samples.ts';

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
