import { describe, expect, it } from 'vitest';

import { probesAsked } from '../../src/api/probe-message.ts';

const RELEASE = `${'a'.repeat(20)}-${'0'.repeat(19)}`;

describe('a message of queue probes', () => {
  const value = { release: RELEASE, from: 1_795_348_800_000 };
  const text = JSON.stringify(value);

  it.each([
    ['parsed', value],
    ['text', text],
    ['base64', Buffer.from(text).toString('base64')],
    ['with what a later version may add', { ...value, more: 1 }],
  ])('%s names a release and the start of a window', (_what, entry) => {
    expect(probesAsked(entry)).toEqual({ releaseId: RELEASE, fromMs: value.from });
  });

  it.each([
    undefined,
    null,
    '',
    'x',
    '[]',
    42,
    {},
    { release: RELEASE },
    { from: 1 },
    { release: '../app', from: 1 },
    { release: 7, from: 1 },
    ...[-1, 0.5, '1', null, Number.NaN, Infinity, 2 ** 53].map((from) => ({
      release: RELEASE,
      from,
    })),
  ])('%j is none', (entry) => {
    expect(probesAsked(entry)).toBeUndefined();
  });
});
