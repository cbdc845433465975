import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kqlLiteral } from '../../../src/adapters/log-analytics/kql-literal.ts';
import { hostileText } from './hostile-text.ts';
import { literalValue } from './kusto.ts';

describe('kqlLiteral', () => {
  it.each([
    ['2.4.0', '"2.4.0"'],
    ['', '""'],
    ['"quoted"', String.raw`"\"quoted\""`],
    [String.raw`back\slash`, String.raw`"back\\slash"`],
    ["it's", `"it's"`],
    ['a\nb\r\tc', String.raw`"a\nb\r\tc"`],
    ['\0\u0085\u2028\u2029\u007f', String.raw`"\u0000\u0085\u2028\u2029\u007f"`],
    ['\ud800', String.raw`"\ud800"`],
    ['é 😀', '"é 😀"'],
  ])('writes %j as %s', (value, literal) => {
    expect(kqlLiteral(value)).toBe(literal);
  });

  it('writes what the parser of Kusto reads as the same value, whatever the value is', () => {
    fc.assert(
      fc.property(hostileText, (value) => {
        expect(literalValue(kqlLiteral(value))).toBe(value);
      }),
      { numRuns: 500 },
    );
  });

  it('stays on one line of printable characters that UTF-8 can carry', () => {
    fc.assert(
      fc.property(hostileText, (value) => {
        const literal = kqlLiteral(value);
        expect(literal).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
        expect(literal.isWellFormed()).toBe(true);
      }),
    );
  });
});
