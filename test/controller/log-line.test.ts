import { describe, expect, it } from 'vitest';

import { logLine } from '../../src/controller/log-line.ts';
import { SlipwayError } from '../../src/release/errors.ts';

describe('a line of the log', () => {
  it.each([
    ['the sentence alone', undefined, 'said'],
    [
      'what is looked for first',
      { head: 'h', trace: 't', sequence: 7, release: 'r' },
      'said {"release":"r","sequence":7,"trace":"t","head":"h"}',
    ],
    [
      'an error by its code and its words',
      { release: 'r', error: new SlipwayError('conflict', 'too late') },
      'said {"release":"r","code":"conflict","error":"too late"}',
    ],
    [
      'an error of others by its name',
      { error: new TypeError('no') },
      'said {"code":"TypeError","error":"no"}',
    ],
    ['an error in words as it is', { error: 'no' }, 'said {"error":"no"}'],
  ])('has %s', (_what, facts, line) => {
    expect(logLine('said', facts)).toBe(line);
  });
});
