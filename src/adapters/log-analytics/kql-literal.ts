/**
 * What may not stand in a literal as it is: its quote and backslash, controls, the separators that end
 * a line (U+0085, U+2028, U+2029), and half surrogate pairs, which UTF-8 cannot carry.
 */
const ESCAPED = /["\\\p{Cc}\u2028\u2029\p{Cs}]/gu;

const SHORT: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

/** A value as a Kusto string literal, quotes included: the only way of a value into a query. */
export function kqlLiteral(value: string): string {
  const inner = value.replace(ESCAPED, (character) => SHORT.get(character) ?? codeOf(character));
  return `"${inner}"`;
}

function codeOf(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
