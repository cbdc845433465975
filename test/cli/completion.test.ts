// What TAB offers, and the script that a real bash sources.
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { SCRIPTS, SHELLS } from '../../src/cli/completion-scripts.ts';
import { completions } from '../../src/cli/completion-words.ts';
import { createProgram } from '../../src/cli/program.ts';
import { buildSlipway, type Slipway } from './api-server.ts';

const program = createProgram();
const offered = (...words: readonly string[]): readonly string[] =>
  completions(program, words).candidates.map(({ value }) => value);

describe('completions', () => {
  it.each([
    [['sta'], ['start', 'status']],
    [
      ['audit', ''],
      ['verify', 'export'],
    ],
    [['audit', 'v'], ['verify']],
    [
      ['plan', ''],
      ['check', 'schema', 'help'],
    ],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish', 'powershell'],
    ],
    [
      ['list', '--phase', 'r'],
      ['ramping', 'rolling-back', 'rolled-back', 'rejected'],
    ],
    [['list', '--phase=prom'], ['--phase=promoting']],
    [['start', '--app', 'shop', '--pl'], ['--plan']],
    [
      ['start', '--app', 'shop', '--plan', ''],
      ['careful', 'standard', 'fast', 'blue-green'],
    ],
    [['start', '--app', '--'], []],
    [
      ['resume', '--choice', ''],
      ['adopt', 'reapply'],
    ],
    [['watch', '--until', 'p'], ['promoted']],
    [['pause', '--app', 'plan', ''], []],
    [['nothing', ''], []],
  ])('of %j are %j', (words, values) => {
    expect(offered(...words)).toEqual(values);
  });

  it('name every command that the help names, and none that it hides', () => {
    const visible = program.createHelp().visibleCommands(program);
    expect(offered('')).toEqual(visible.map((one) => one.name()));
    expect(offered('')).not.toContain('complete');
  });

  it('leave files to the shell where one may stand', () => {
    expect(completions(program, ['judge', '']).files).toBe(true);
    expect(completions(program, ['plan', 'check', '']).files).toBe(true);
    expect(completions(program, ['start', '--plan', '']).files).toBe(true);
    expect(completions(program, ['status', '']).files).toBe(false);
  });
});

describe('the scripts', () => {
  it.each(SHELLS)('for %s evaluates nothing that stands on the line', (shell) => {
    const asked = SCRIPTS[shell].split('\n').filter((line) => line.includes('slipway complete'));
    expect(asked).not.toEqual([]);
    for (const line of asked) expect(line).not.toMatch(/\beval\b|Invoke-Expression|iex\b/);
  });
});

describe('in bash', () => {
  let slipway: Slipway;
  let bin: string;

  beforeAll(async () => {
    slipway = await buildSlipway();
    bin = path.join(slipway.folder, 'bin');
    mkdirSync(bin);
    const wrapper = `#!/usr/bin/env bash\nexec "${process.execPath}" "${slipway.file}" "$@"\n`;
    writeFileSync(path.join(bin, 'slipway'), wrapper, { mode: 0o755 });
  });

  afterAll(() => {
    slipway.remove();
  });

  /** What the function that bash calls at TAB offers for this line, the cursor at its end. */
  async function tab(line: string): Promise<readonly string[]> {
    const script = `
      eval "$(slipway completion bash)"
      compopt() { :; }
      COMP_LINE=$LINE COMP_POINT=\${#LINE}
      COMP_WORDS=("\${@}") COMP_CWORD=$(( $# - 1 ))
      _slipway
      printf '%s\\n' "\${COMPREPLY[@]}"`;
    const env = { PATH: `${bin}:${process.env.PATH ?? ''}`, LINE: line };
    const args = ['--noprofile', '--norc', '-c', script, 'bash', ...splitAsBash(line)];
    const { stdout, stderr } = await promisify(execFile)('bash', args, {
      env,
      cwd: slipway.folder,
    });
    expect(stderr).toBe('');
    return stdout.split('\n').filter((one) => one !== '');
  }

  it.each([
    ['slipway sta', ['start', 'status']],
    ['slipway audit ', ['verify', 'export']],
    ['slipway start --plan=st', ['standard']],
    ['slipway start --plan=', ['careful', 'standard', 'fast', 'blue-green']],
    ['slipway list --url https://x.example --phase ram', ['ramping']],
  ])('%s TAB', async (line, offers) => {
    expect(await tab(line)).toEqual(offers);
  });

  it('runs nothing of the line, and can be sourced twice', async () => {
    const marker = path.join(slipway.folder, 'run');
    await tab(`slipway pause --reason "$(touch ${marker})" ; touch ${marker} `);
    const twice = 'eval "$(slipway completion bash)"; eval "$(slipway completion bash)"; ls';
    const env = { PATH: `${bin}:${process.env.PATH ?? ''}` };
    const { stdout, stderr } = await promisify(execFile)(
      'bash',
      ['--noprofile', '--norc', '-c', twice],
      {
        ...{ env, cwd: slipway.folder },
      },
    );
    expect(stderr).toBe('');
    expect(stdout).not.toMatch(/^run$/m);
  });
});

/** Words are split at blanks, and = and : are words of their own, as COMP_WORDBREAKS has it. */
function splitAsBash(line: string): readonly string[] {
  const words = line.split(' ').flatMap((word) => (word === '' ? [''] : word.split(/([=:]+)/)));
  return words.filter((word, index) => word !== '' || index === words.length - 1);
}
