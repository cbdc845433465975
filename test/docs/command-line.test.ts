// What docs/command-line.md and docs/ci.md show is what the command takes, says and ends with.
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';

import { STATUS_OF_CODE } from '../../src/api/error-response.ts';
import { ApiError } from '../../src/cli/api-client.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { exitCodeOf, NO_TO_ORDER, NO_TO_QUESTION } from '../../src/cli/failure.ts';
import { createProgram } from '../../src/cli/program.ts';
import { COMMANDS } from '../../src/release/event.ts';
import { parseStart } from '../../src/release/parse-start.ts';
import { entryWith } from '../support/app-entry.ts';
import { refusal, slipwayLines, wordsOf } from '../templates/written-commands.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const read = (file: string): Promise<string> =>
  readFile(new URL(`../../docs/${file}`, import.meta.url), 'utf8');

const page = await read('command-line.md');
const ci = await read('ci.md');
const quickStart = await read('quick-start.md');
const blocks = (text: string, language: string): readonly string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(
    ([, block = '']) => block,
  );
const commands = [page, ci, quickStart].flatMap((text) =>
  [...blocks(text, 'sh'), ...blocks(text, '')].flatMap(slipwayLines),
);

describe('commands in the docs', () => {
  it('are found', () => {
    expect(commands.length).toBeGreaterThan(30);
  });

  it.each([...new Set(commands)])('slipway %s', async (line) => {
    expect(await refusal(wordsOf(line, { USER: 'ada' }))).toBeUndefined();
  });
});

describe('docs/command-line.md', () => {
  it('shows what `slipway plan check standard` says', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      MAIN,
      'plan',
      'check',
      'standard',
    ]);
    expect(page).toContain(`$ slipway plan check standard\n${stdout}\`\`\``);
  });

  it('says every exit code', () => {
    for (const code of Object.values(EXIT))
      expect(page).toMatch(new RegExp(`^\\| ${code} +\\| `, 'm'));
  });

  it.each(
    [
      ...page.matchAll(/^\| ((?:\d{3}|5xx).*?) +\| (\d) +\| (\d)(?:; of `doctor` (\d))? +\|$/gm),
    ].map(
      ([, answers = '', order, question, doctor = question]) =>
        [answers, [order, question, doctor].map(Number)] as const,
    ),
  )('says truly how a command ends at %s', (answers, wanted) => {
    const statuses = answers.replace('5xx', '500, 503').match(/\b[1-5]\d\d\b/g) ?? [];
    for (const status of statuses) {
      const said = { error: { code: 'x', message: 'x', details: [] }, release: undefined };
      const error = new ApiError(Number(status), said);
      const codes = [NO_TO_ORDER, [], NO_TO_QUESTION].map((no) => exitCodeOf(error, no));
      expect({ status, codes }).toEqual({ status, codes: wanted });
    }
  });

  it('tells of every answer that Slipway gives', () => {
    for (const status of new Set(Object.values(STATUS_OF_CODE))) {
      const shown = status >= 500 ? '5xx' : status === 415 ? '413' : String(status);
      expect(page).toMatch(new RegExp(`^\\| (.*, )?${shown}\\b.*\\| \\d`, 'm'));
    }
  });

  it('tells of every code of the command itself', async () => {
    const folder = new URL('../../src/cli/', import.meta.url);
    const files = await readdir(folder);
    const sources = await Promise.all(files.map((file) => readFile(new URL(file, folder), 'utf8')));
    const made = /(?:extends SlipwayError \{[^]*?super|new SlipwayError)\(\s*'([a-z-]+)'/g;
    const codes = new Set(
      sources.flatMap((source) => [...source.matchAll(made)].map(([, code]) => code)),
    );
    expect([...codes]).toEqual(expect.arrayContaining(['usage', 'file', 'no-slipway', 'sign-in']));
    for (const code of codes)
      expect(page).toMatch(new RegExp(`^\\| \`${String(code)}\` +\\| `, 'm'));
  });

  it('shows every override with its reason', () => {
    for (const kind of COMMANDS)
      expect(page).toMatch(new RegExp(`^slipway ${kind} .*--reason`, 'm'));
  });
});

describe('docs/ci.md', () => {
  it('shows a start message that is taken', () => {
    const message = /<<'JSON'\n([\s\S]*?)\nJSON/.exec(ci)?.[1] ?? '';
    const start = parseStart(message, entryWith({}));
    expect(start).toMatchObject({ key: 'build-4711', app: 'shop', version: '2.4.0' });
  });
});

/** Every command that people see, with those beneath it, by all of its words. */
function commandsIn(command: Command, words = ''): readonly (readonly [string, Command])[] {
  return command.commands
    .filter((one) => one.name() !== 'complete')
    .flatMap((one) => {
      const name = `${words}${one.name()}`;
      return [[name, one] as const, ...commandsIn(one, `${name} `)];
    });
}

describe('the help', () => {
  const all = commandsIn(createProgram());

  it('is looked at of every command', () => {
    expect(all.length).toBeGreaterThan(30);
    expect(all.map(([name]) => name)).toContain('apps audit verify');
  });

  it.each(all)('of %s has examples, and they are taken', async (_name, command) => {
    const said: string[] = [];
    command.configureOutput({ writeOut: (text) => said.push(text) }).outputHelp();
    const [, examples = ''] = /^Examples?:\n((?: {2}.*\n)+)/m.exec(said.join('')) ?? [];
    const filled = examples
      .replaceAll('SUBSCRIPTION', '11111111-1111-1111-1111-111111111111')
      .replaceAll('HASH', 'a'.repeat(64))
      .replaceAll('"$(git log -1 --format=%cI)"', '2026-03-01T12:00:00Z')
      .replaceAll(/^.*\| (?=slipway )/gm, '');
    const lines = slipwayLines(filled);
    expect(lines).not.toEqual([]);
    for (const line of lines) expect(await refusal(wordsOf(line, {}))).toBeUndefined();
  });

  const ends = all.filter(([, command]) => command.commands.length === 0);

  it.each(ends)('of %s has --json', (_name, command) => {
    expect(command.options.map(({ long }) => long)).toContain('--json');
  });
});
