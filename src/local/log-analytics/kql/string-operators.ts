import type { Expr, Read } from './relation.ts';
import { textOf } from './values.ts';

type Test = (text: string, pattern: string) => boolean;

/** Letters and digits make a term; everything beyond ASCII counts as a letter. */
function isTermCharacter(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  return (
    (code >= 48 && code <= 57) ||
    (code >= 65 && code <= 90) ||
    (code >= 97 && code <= 122) ||
    code > 127
  );
}

interface TermEdges {
  readonly start: boolean;
  readonly end: boolean;
}

/** Finds the pattern where it begins and ends a term (`has`), or only begins or ends one. */
function hasTerm(text: string, pattern: string, edges: TermEdges): boolean {
  if (pattern === '') {
    return true;
  }
  for (let at = text.indexOf(pattern); at !== -1; at = text.indexOf(pattern, at + 1)) {
    const startsTerm = at === 0 || !isTermCharacter(text, at - 1);
    const after = at + pattern.length;
    const endsTerm = after === text.length || !isTermCharacter(text, after);
    if ((startsTerm || !edges.start) && (endsTerm || !edges.end)) {
      return true;
    }
  }
  return false;
}

const equal: Test = (text, pattern) => text === pattern;
const contains: Test = (text, pattern) => text.includes(pattern);
const startsWith: Test = (text, pattern) => text.startsWith(pattern);
const endsWith: Test = (text, pattern) => text.endsWith(pattern);
const has: Test = (text, pattern) => hasTerm(text, pattern, { start: true, end: true });
const hasPrefix: Test = (text, pattern) => hasTerm(text, pattern, { start: true, end: false });
const hasSuffix: Test = (text, pattern) => hasTerm(text, pattern, { start: false, end: true });

/** What an operator tests, by the middle of its syntax kind: `Not` and `Cs` come around it. */
const TESTS: ReadonlyMap<string, Test> = new Map<string, Test>([
  ['Contains', contains],
  ['StartsWith', startsWith],
  ['EndsWith', endsWith],
  ['Has', has],
  ['HasPrefix', hasPrefix],
  ['HasSuffix', hasSuffix],
]);

/**
 * False when the text surely does not start as the lower-case pattern does. Lower-casing every id of a
 * table for `startswith` would cost more than the rest of the query.
 */
function mayStartWith(text: string, pattern: string): boolean {
  const first = text.charCodeAt(0);
  const wanted = pattern.charCodeAt(0);
  // Only ASCII: beyond it lower case is no single bit (the Kelvin sign becomes a plain k).
  return !(first < 128) || !(wanted < 128) || (first | 32) === (wanted | 32);
}

interface StringOperator {
  readonly test: Test;
  readonly ignoreCase: boolean;
  readonly negated: boolean;
}

function operatorOf(kind: string): StringOperator | undefined {
  if (kind === 'EqualTildeExpression' || kind === 'BangTildeExpression') {
    return { test: equal, ignoreCase: true, negated: kind.startsWith('Bang') };
  }
  const match = /^(Not)?([A-Za-z]+?)(Cs)?Expression$/.exec(kind);
  const test = TESTS.get(match?.[2] ?? '');
  return test === undefined
    ? undefined
    : { test, ignoreCase: match?.[3] === undefined, negated: match?.[1] !== undefined };
}

function textReader(operand: Expr, ignoreCase: boolean): (row: Parameters<Read>[0]) => string {
  const { read, type } = operand;
  return ignoreCase
    ? (row) => textOf(read(row), type).toLowerCase()
    : (row) => textOf(read(row), type);
}

/** The reader of a string operator by its syntax kind; undefined for other kinds. */
export function compileStringOperator(kind: string, left: Expr, right: Expr): Read | undefined {
  const operator = operatorOf(kind);
  if (operator === undefined) {
    return undefined;
  }
  const { test, ignoreCase, negated } = operator;
  const patternOf = textReader(right, ignoreCase);
  if (right.constant === undefined) {
    const textOfRow = textReader(left, ignoreCase);
    return (row) => test(textOfRow(row), patternOf(row)) !== negated;
  }
  // Neighbouring rows mostly carry the same text (a role, a host): the last answer is kept.
  const pattern = patternOf([]);
  const isPrefix = test === startsWith && pattern !== '';
  let lastText: string | undefined;
  let lastAnswer = false;
  return (row) => {
    const text = textOf(left.read(row), left.type);
    if (text !== lastText) {
      lastText = text;
      const holds =
        (!isPrefix || mayStartWith(text, pattern)) &&
        test(ignoreCase ? text.toLowerCase() : text, pattern);
      lastAnswer = holds !== negated;
    }
    return lastAnswer;
  };
}
