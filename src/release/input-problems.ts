/** What is wrong with an input, in words for people; for everything that comes as JSON. */
import type { z } from 'zod';
import { BOUNDS } from '../limits.ts';
import { InvalidInputError, type Problem } from './errors.ts';

/** @throws InvalidInputError when the text is too long or is not JSON. */
export function parseJson(text: string, maxBytes: number = BOUNDS.messageBytes): unknown {
  const bytes = Buffer.byteLength(text, 'utf8');
  if (bytes > maxBytes) {
    throw new InvalidInputError('the message', [
      { path: '', code: 'too-large', message: `${bytes} bytes, at most ${maxBytes}` },
    ]);
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidInputError(
      'the message',
      [{ path: '', code: 'not-json', message: `not JSON: ${why}` }],
      { cause },
    );
  }
}

/** zod's issues in our words; one unknown key is one problem. */
export function problemsOf(error: z.ZodError): Problem[] {
  return error.issues.flatMap((issue) => issueProblems(issue, []));
}

type Issue = z.core.$ZodIssue;

function issueProblems(issue: Issue, above: readonly PropertyKey[]): Problem[] {
  const path = [...above, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: pathText([...path, key]),
      code: 'unknown-key',
      message: 'this key is unknown; check its spelling',
    }));
  }
  if (issue.code === 'invalid_union') return unionProblems(issue, path);
  const code = issue.code === 'custom' ? 'invalid-value' : issue.code.replaceAll('_', '-');
  return [{ path: pathText(path), code, message: wordsOf(issue) }];
}

/** What is absent is missing; "received undefined" is a word of the parser's. */
function wordsOf(issue: Issue): string {
  const { message } = issue;
  if (/^Too (small|big):|^Invalid option:/.test(message)) return limitOf(issue) ?? message;
  if (issue.code !== 'invalid_type') return message;
  if (message.endsWith('received undefined')) return `is missing; it is ${article(issue.expected)}`;
  const [, received] = /^Invalid input: expected .*, received (\S+)$/.exec(message) ?? [];
  if (received === undefined) return message.replace(/^Invalid input: expected/, 'expected');
  return `it is ${article(issue.expected)}, not ${received === 'null' ? received : article(received)}`;
}

/** The parser's own words for a limit ("expected number to be >=1") in ours. */
function limitOf(issue: Issue): string | undefined {
  if (issue.code === 'invalid_value') {
    const values = issue.values.map((value) => JSON.stringify(value));
    return `write ${values.join(' or ')}`;
  }
  if (issue.code !== 'too_small' && issue.code !== 'too_big') return undefined;
  const [bound, least, beyond] =
    issue.code === 'too_small'
      ? [issue.minimum, 'at least', 'above']
      : [issue.maximum, 'at most', 'below'];
  const limit = `${issue.inclusive === false ? beyond : least} ${bound}`;
  if (issue.origin === 'string') return `it has ${limit} characters`;
  if (issue.origin === 'array') return `it has ${limit} ${bound === 1 ? 'entry' : 'entries'}`;
  return issue.inclusive === false ? `it is a number ${limit}` : `it is ${limit}`;
}

function article(expected: string): string {
  return /^[aeiou]/.test(expected) ? `an ${expected}` : `a ${expected}`;
}

/** Of a union's branches the one that came furthest speaks: an object's own problems, not "no union". */
function unionProblems(
  issue: Extract<Issue, { code: 'invalid_union' }>,
  path: readonly PropertyKey[],
): Problem[] {
  const branches = issue.errors.filter((branch) =>
    branch.some((inner) => inner.code !== 'invalid_type' && inner.code !== 'invalid_value'),
  );
  const deep = branches.find((branch) =>
    branch.some((inner) => inner.path.length > 0 || inner.code === 'unrecognized_keys'),
  );
  const typed = issue.errors.filter(
    (branch) =>
      !branch.some(
        (inner) =>
          inner.path.length === 0 &&
          (inner.code === 'invalid_type' || inner.code === 'invalid_value'),
      ),
  );
  const chosen = deep ?? (typed.length === 1 ? typed[0] : undefined);
  if (chosen === undefined)
    return [{ path: pathText(path), code: 'invalid-value', message: issue.message }];
  return chosen.flatMap((inner) => issueProblems(inner, path));
}

function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');
}
