// What docs/forecast.md shows is what the command says, to the last character; its picture too.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';

import { forecastSvg } from '../../src/cli/forecast-chart.ts';
import { addForecast } from '../../src/cli/forecast-command.ts';
import { forecast } from '../../src/cli/forecast-result.ts';
import { question } from '../support/forecast-samples.ts';

const execFileAsync = promisify(execFile);

function docs(file: string): Promise<string> {
  return readFile(new URL(`../../docs/${file}`, import.meta.url), 'utf8');
}

const text = await docs('forecast.md');
const transcripts = [...text.matchAll(/^```\n\$ slipway (.*)\n([\s\S]*?)^```$/gm)].map(
  ([, command = '', said = '']) => ({ command, said }),
);

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

/** What the command prints. */
async function slipway(command: string): Promise<string> {
  const env = { PATH: process.env.PATH };
  const { stdout } = await execFileAsync(process.execPath, [MAIN, ...command.split(' ')], { env });
  return stdout;
}

describe('docs/forecast.md', () => {
  it('has transcripts', () => {
    expect(transcripts).toHaveLength(2);
  });

  it.each(transcripts)('shows what `slipway $command` says', async ({ command, said }) => {
    expect(await slipway(command)).toBe(said);
  });

  it('has the picture that --svg draws', async () => {
    const asked = question({ regressions: [2, 5, 20], runs: 1 });
    expect(await docs('images/forecast.svg')).toBe(forecastSvg(asked, forecast(asked)));
  });

  it('has a line for every option', () => {
    const program = new Command();
    addForecast(program);
    const options = program.commands[0]?.options.map(({ long }) => long) ?? [];
    expect(options).toContain('--traffic');
    for (const option of options) expect(text).toContain(`| \`${option ?? ''}\``);
  });
});
