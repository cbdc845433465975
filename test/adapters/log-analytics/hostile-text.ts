import fc from 'fast-check';

/** What could end a literal, a line, a comment or a query, or be escaped wrongly. */
const HOSTILE = [
  ...['"', "'", '\\', '`', '\\"', '\\u0022', '\\x22', '@"', 'h"', '~~~', '//', '/*', '*/'],
  ...['\n', '\r', '\r\n', '\t', '\v', '\f', '\0', '\u0001', '\u001f', '\u007f', '\u0085', '\u00a0'],
  ...['\u2028', '\u2029', '\ufeff', '\ufffd', '\uffff', '\ud800', '\udc00', '😀', 'é', 'ß'],
  ...[';', '|', ')', '(', '}', '{', ']', '..', ' or ', 'let x = 1;', '| take 0', ' '],
];

export const hostileText = fc.oneof(
  fc.string({ unit: fc.constantFrom(...HOSTILE, 'a', 'u', '0'), maxLength: 20 }),
  fc.string({ unit: 'binary', maxLength: 30 }),
);
