// What docs/judge-command.md shows is what the command says.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { addJudge } from '../../src/cli/judge-command.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const text = readFileSync(new URL('../../docs/judge-command.md', import.meta.url), 'utf8');
const [, lines = ''] = /^```json\n([\s\S]*?)^```$/m.exec(text) ?? [];
const transcripts = [...text.matchAll(/^```\n\$ (.*)\n([\s\S]*?)^```$/gm)].map(
  ([, command = '', said = '']) => ({ command, said }),
);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'slipway-judge-docs-'));
  writeFileSync(path.join(folder, 'minutes.jsonl'), lines);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** `head -3 minutes.jsonl | slipway judge -` without a shell: the lines go to standard input. */
function slipway(command: string): Promise<string> {
  const [, count, asked = command] = /^head -(\d+) minutes\.jsonl \| (.*)$/.exec(command) ?? [];
  const [, ...args] = asked.split(' ');
  return new Promise((resolve, reject) => {
    const child = execFile(
      process.execPath,
      [MAIN, ...args],
      { cwd: folder, env: { PATH: process.env.PATH } },
      (error, stdout, stderr) =>
        error === null ? resolve(stdout) : reject(new Error(stderr, { cause: error })),
    );
    child.stdin?.end(
      lines
        .split('\n')
        .slice(0, Number(count ?? 0))
        .join('\n'),
    );
  });
}

/** The last digits of a logarithm depend on the order in which sums are made; nobody reads them. */
function rounded(printed: string): string {
  return printed.replaceAll(/-?\d+\.\d{9,}/g, (digits) => Number(digits).toFixed(8));
}

describe('docs/judge-command.md', () => {
  it('has counts and transcripts', () => {
    expect(lines.trim().split('\n')).toHaveLength(5);
    expect(transcripts).toHaveLength(4);
  });

  it.each(transcripts)('shows what `$command` says', async ({ command, said }) => {
    expect(rounded(await slipway(command))).toBe(rounded(said));
  });

  it('has a line for every option, with its default', () => {
    const program = new Command();
    addJudge(program);
    const options = program.commands[0]?.options ?? [];
    expect(options.length).toBeGreaterThan(10);
    for (const { long, defaultValue } of options) {
      const [row = ''] = text.split('\n').filter((line) => line.startsWith(`| \`${long ?? ''}\``));
      expect(row, long).not.toBe('');
      if (defaultValue !== undefined) expect(row).toContain(`\`${String(defaultValue)}\``);
    }
  });
});
