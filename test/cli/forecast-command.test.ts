// `slipway forecast` as a process, and what it refuses.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { Command, CommanderError } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { addForecast } from '../../src/cli/forecast-command.ts';
import { wellFormed } from '../support/well-formed.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'slipway-forecast-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function slipway(...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [MAIN, 'forecast', ...args],
      { cwd: folder, env: { PATH: process.env.PATH } },
      (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

const WORLD = ['--traffic', '2000/min', '--failures', '0.1%', '--runs', '20'] as const;

describe('slipway forecast', () => {
  it('prints the tables, without colours where nobody sees them', async () => {
    const { code, stdout, stderr } = await slipway('fast', ...WORLD, '--regressions', '3');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Plan fast: 10, 50 %, then all\. 2,000 requests a minute/);
    expect(stdout).toContain('│ 3x (0.3 %) ');
    expect(stripVTControlCharacters(stdout)).toBe(stdout);
  });

  it('goes on when nobody reads on', async () => {
    const ended = await new Promise<Ended>((resolve) => {
      const child = execFile(
        process.execPath,
        [MAIN, 'forecast', '--help'],
        (error, stdout, stderr) =>
          resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
      );
      child.stdout?.destroy();
    });
    expect(ended).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('reads a plan from YAML, gives JSON and a picture', async () => {
    const file = path.join(folder, 'plan.yaml');
    writeFileSync(file, 'preset: fast\nsteps:\n  - { weight: 20, bake: 5m }\n');
    const picture = path.join(folder, 'plan.svg');
    const asked = ['--traffic', '30/s', '--failures', '0.001', '--runs', '20', '--seed', '5'];
    const { code, stdout } = await slipway(file, ...asked, '--json', '--svg', picture);
    expect(code).toBe(0);
    const said: unknown = JSON.parse(stdout);
    expect(said).toMatchObject({
      plan: 'custom',
      requestsPerMinute: 1800,
      failureRate: 0.001,
      seed: 5,
      good: { steps: [{ weight: 20 }] },
      regressions: [{ ratio: 2 }, { ratio: 5 }, { ratio: 20 }],
      advice: [],
    });
    expect(wellFormed(readFileSync(picture, 'utf8'))).toEqual({ root: 'svg', problems: [] });
  });

  it('tells all problems of a plan at once, and exits 2', async () => {
    const file = path.join(folder, 'bad.json');
    writeFileSync(file, '{"stepz": 1, "steps": [{"weight": 500}], "maxBake": "soon"}');
    const { code, stdout, stderr } = await slipway(file, ...WORLD);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    for (const path of ['stepz', 'steps[0].weight', 'maxBake']) expect(stderr).toContain(path);
  });

  it.each([
    ['a preset that is none', ['sturdy', ...WORLD], 'is no preset: careful, standard'],
    ['a file that is not there', ['./no.json', ...WORLD], 'there is no such file'],
    ['a file that is no YAML', ['./broken.yaml', ...WORLD], 'broken.yaml'],
    ['a plan that does not go back by failures', ['./off.json', ...WORLD], 'failures.on'],
    [
      'a file with nothing in it',
      ['./empty.yaml', ...WORLD],
      'empty.yaml is not valid: it is empty',
    ],
    ['a picture that is a folder', ['fast', ...WORLD, '--svg', '.'], 'it is a folder'],
    ['a picture in no folder', ['fast', ...WORLD, '--svg', 'none/p.svg'], 'no such folder'],
  ])('exits 2 and forecasts nothing for %s', async (_what, args, said) => {
    writeFileSync(path.join(folder, 'broken.yaml'), 'steps: [');
    writeFileSync(path.join(folder, 'empty.yaml'), '\n');
    const off = { analysis: { metrics: { failures: 'off', exceptions: 'rollback' } } };
    writeFileSync(path.join(folder, 'off.json'), JSON.stringify(off));
    const { code, stdout, stderr } = await slipway(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(said);
  });

  it.each([
    ['no plan', WORLD, 'plan'],
    ['no traffic', ['fast', '--failures', '1%'], '--traffic'],
    ['traffic over the limit', ['fast', ...WORLD, '--traffic', '1000000001/min'], 'at most 1000'],
    ['traffic without a unit', ['fast', ...WORLD, '--traffic', '2000'], '/min'],
    ['no traffic at all', ['fast', ...WORLD, '--traffic', '0/min'], 'over 0'],
    ['no failures said', ['fast', '--traffic', '1/s'], '--failures'],
    ['nothing but failures', ['fast', ...WORLD, '--failures', '100%'], 'share below all'],
    ['a regression that is none', ['fast', ...WORLD, '--regressions', '2,1'], 'numbers over 1'],
    ['an empty regression', ['fast', ...WORLD, '--regressions', '2,'], 'numbers over 1'],
    ['no runs', ['fast', ...WORLD, '--runs', '0'], 'from 1 to'],
    ['too many runs', ['fast', ...WORLD, '--runs', '1000000'], 'from 1 to'],
    ['a seed that is no number', ['fast', ...WORLD, '--seed', 'x'], 'from 0 to'],
  ])('refuses %s', async (_what, args, said) => {
    let told = '';
    const program = new Command()
      .exitOverride()
      .configureOutput({ writeErr: (text) => (told += text) });
    addForecast(program);
    const parsed = program.parseAsync(['forecast', ...args], { from: 'user' });
    await expect(parsed).rejects.toBeInstanceOf(CommanderError);
    expect(told).toContain(said);
  });
});
