/** Texts that make a bad regular expression slow. Runs in a worker, which can be ended. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import ts from 'typescript';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface FoundRegExp {
  /** File and line. */
  readonly at: string;
  readonly source: string;
  readonly flags: string;
}

/** They read the function app's own files and templates, which nobody sends. */
const OWN_TEXTS = ['src/local/host/host-json.ts', 'src/local/host/routes.ts'];

/** Every literal of a regular expression in src. */
export function regExpsOfSource(): readonly FoundRegExp[] {
  const files = readdirSync(path.join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !OWN_TEXTS.includes(path.join('src', file)))
    .toSorted();
  return files.flatMap((file) => {
    const name = path.join('src', file);
    const text = readFileSync(path.join(ROOT, name), 'utf8');
    const parsed = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
    const found: FoundRegExp[] = [];
    const visit = (node: ts.Node): void => {
      if (ts.isRegularExpressionLiteral(node)) {
        const literal = node.text;
        const end = literal.lastIndexOf('/');
        const line = parsed.getLineAndCharacterOfPosition(node.getStart()).line + 1;
        found.push({
          at: `${name}:${line}`,
          source: literal.slice(1, end),
          flags: literal.slice(end + 1),
        });
      }
      ts.forEachChild(node, visit);
    };
    visit(parsed);
    return found;
  });
}

/** The longest text that a door lets through. */
const LENGTH = 64 * 1024;

const PUMPS = [
  ...[
    'a',
    '0',
    'A',
    ' ',
    '\t',
    '\n',
    '.',
    '-',
    '_',
    '/',
    '\\',
    '"',
    "'",
    '=',
    '+',
    '*',
    '(',
    '{',
    '[',
    '$',
    '%',
  ],
  ...[
    'é',
    '\u202e',
    '😀',
    '\ud800',
    'ab',
    'a ',
    ' a',
    '0.',
    '.0',
    'a-',
    '-a',
    '00',
    '""',
    '\\"',
    "''",
    '//',
    'a=',
    '{}',
    '{{',
    '/a',
    ';=',
    // Beginnings of secrets: a search starts anew at each.
    'eyJ-',
    '-whsec_',
    ' sig=a',
    ' secret=',
    'https://',
  ],
];
const ENDS = ['', '!', '\0', '\n', '"', 'x'];

/** Pumped characters alone, and behind what the expression begins or goes on with. */
export function evilTexts({ source }: FoundRegExp): readonly string[] {
  const generic = PUMPS.flatMap((pump) => ENDS.map((end) => pumped('', pump, end)));
  const behind = beginnings(source).flatMap((before) =>
    PUMPS_BEHIND.flatMap((pump) => [pumped(before, pump, '!'), pumped('', before + pump, '\0')]),
  );
  return [...generic, ...behind];
}

function pumped(before: string, pump: string, after: string): string {
  return before + pump.repeat(Math.ceil(LENGTH / pump.length)) + after;
}

const PUMPS_BEHIND = ['a', '0', ' ', '-', '.', '/', '"', '{', 'a ', 'a-'];
const BEGINNINGS_MAX = 8;

/** What stands in the expression as it is: each such piece, and all pieces up to it. */
function beginnings(source: string): readonly string[] {
  const plain = source
    .replaceAll(/\\([^A-Za-z0-9])/g, '$1')
    .replaceAll(/\\[A-Za-z]|\[\^?[^\]]*\]/g, ' ');
  const pieces = plain.match(/[A-Za-z0-9:/@=_.;?&"-]+/g) ?? [];
  const joined = pieces.map((_piece, index) => pieces.slice(0, index + 1).join('a'));
  return [...new Set([...pieces, ...joined])].slice(0, BEGINNINGS_MAX);
}
