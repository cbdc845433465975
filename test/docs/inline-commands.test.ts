// Commands within sentences of the docs: too short to be run by themselves, so they must at least be there.
import { access, readdir, readFile } from 'node:fs/promises';

import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';

import { createProgram } from '../../src/cli/program.ts';

const root = new URL('../../', import.meta.url);
const INLINE = /(?<!`)`(?:npx )?((?:slipway|npm run|node) [^`\n]+)`/g;

const docs = (await readdir(new URL('docs', root))).filter((name) => name.endsWith('.md'));
const pages = ['README.md', 'CONTRIBUTING.md', ...docs.map((name) => `docs/${name}`)];
const found = await Promise.all(
  pages.map(async (page) =>
    [...(await readFile(new URL(page, root), 'utf8')).matchAll(INLINE)].map(([, command = '']) => ({
      page,
      command,
    })),
  ),
);
const startingWith = (program: string) =>
  found.flat().filter(({ command }) => command.startsWith(`${program} `));

/** The command that the words name, and what of them is left. */
function named(
  words: readonly string[],
  command: Command = createProgram(),
): { readonly command: Command; readonly rest: readonly string[] } {
  const [first, ...rest] = words;
  const next = command.commands.find((one) => one.name() === first);
  return next === undefined ? { command, rest: words } : named(rest, next);
}

describe('within sentences', () => {
  it('commands are found', () => {
    expect(startingWith('slipway').length).toBeGreaterThan(30);
    expect(startingWith('npm run').length).toBeGreaterThan(10);
  });

  it.each(startingWith('slipway'))('$page: $command', ({ command: text }) => {
    const words = text.split(/\s+/).slice(1);
    const { command, rest } = named(words);
    // `slipway COMMAND --help` stands for all of them.
    expect(command.name() === 'slipway' && words[0] !== 'COMMAND').toBe(false);
    const known = ['--help', ...command.options.map(({ long }) => long)];
    for (const [, option] of rest.join(' ').matchAll(/(--[a-z][-a-z]*)/g))
      expect(known).toContain(option);
  });

  it.each(startingWith('npm run'))('$page: $command', async ({ command }) => {
    const { scripts } = JSON.parse(await readFile(new URL('package.json', root), 'utf8')) as {
      readonly scripts: Readonly<Record<string, string>>;
    };
    expect(Object.keys(scripts)).toContain(command.split(' ')[2]);
  });

  // The bundle is wherever it was copied to.
  const files = startingWith('node').filter(({ command }) => !command.includes('slipway.cjs'));
  it.each(files)('$page: $command', async ({ command }) => {
    const [, file = ''] = /^node (?:--[-=\w]+ )*(\S+)/.exec(command) ?? [];
    await expect(access(new URL(file, root))).resolves.toBeUndefined();
  });
});
