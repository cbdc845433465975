// What docs/command-line.md and docs/ci.md show is what the command takes, says and ends with.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { describe, expect, it } from 'vitest';

import { EXIT } from '../../src/cli/exit-codes.ts';
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

describe('the help', () => {
  const all = createProgram().commands.filter((one) => one.name() !== 'complete');

  it.each(all.map((command) => [command.name(), command] as const))(
    'of %s has examples, or names the commands that have',
    (_name, command) => {
      const said: string[] = [];
      command.configureOutput({ writeOut: (text) => said.push(text) }).outputHelp();
      expect(said.join('')).toMatch(/^(Examples?|Commands):$/m);
    },
  );
});
