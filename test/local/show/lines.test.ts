import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  bar,
  clock,
  cut,
  movingLine,
  transitionLine,
  verdictWords,
} from '../../../src/local/show/lines.ts';
import type { Look } from '../../../src/local/show/lines.ts';
import { paragraph, wrap } from '../../../src/local/show/wrap.ts';
import { COLOURED, narrow, PLAIN } from './looks.ts';
import { release, STARTED_AT, VERDICT } from './samples.ts';

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
