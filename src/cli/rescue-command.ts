/** `slipway rescue`: its arguments, the terminal, and where the report goes. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';

import { AzureCallError, openAppService } from '../app.ts';
import type { Target } from '../release/start-message.ts';
import { type RescueIo, rescue } from './rescue.ts';
import { siteArgument, slotArgument } from './site-argument.ts';
import { UsageError } from './usage.ts';

interface Options {
  readonly site: Target;
  readonly slot: string;
  readonly swapBack?: true;
  readonly yes?: true;
  readonly json?: true;
  readonly armEndpoint?: string;
}

/** Adds the command to the program. */
export function addRescue(program: Command): void {
  program
    .command('rescue')
    .summary(
      'Break glass: takes the traffic back by your own `az login`, without the function app.',
    )
    .description(
      'Break glass: takes the new version away from visitors by your own `az login`, without the function app and without its storage. Shows what is there, asks, removes the rule of the slot, reads back, and leaves a record that Slipway finds. Exit codes: 0 done, 1 not done, 2 wrong usage, 3 could not tell.',
    )
    .requiredOption(
      '--site <id>',
      'the resource id of the site, or subscription/group/site',
      siteArgument,
    )
    .requiredOption('--slot <name>', 'the slot with the new version', slotArgument)
    .option('--swap-back', 'after that, swap slot and production, after showing what goes where')
    .option('--yes', 'no questions, for scripts')
    .option('--json', 'the whole report as JSON at the end; the steps go to standard error')
    .option('--arm-endpoint <url>', 'a stand-in for Azure on this machine')
    .addHelpText(
      'after',
      '\nExamples:\n  slipway rescue --site SUBSCRIPTION/rg-shop/shop --slot staging\n  slipway rescue --site SUBSCRIPTION/rg-shop/shop --slot staging --swap-back',
    )
    .action(run);
}

async function run(options: Options): Promise<void> {
  const { site: target, slot, swapBack = false, yes = false } = options;
  const report = await rescue({ target, slot, swapBack, yes }, ioOf(options));
  if (options.json) console.log(JSON.stringify(report, null, 2));
  process.exitCode = report.exit;
}

/** The real terminal, files in this folder, and Azure (or the stand-in). */
function ioOf({ armEndpoint, json }: Options): RescueIo {
  const out = json ? process.stderr : process.stdout;
  const terminal = process.stdin.isTTY && out.isTTY;
  return {
    ...connected(armEndpoint),
    say: (line) => void out.write(`${line}\n`),
    ask: terminal ? (question) => askAt(out, question) : undefined,
    sleep: (ms) => delay(ms),
    save: saveAsNew,
  };
}

const SAME_NAME_MOST = 100;

/** Two rescues in one second, or without the time: no report replaces another. */
function saveAsNew(name: string, text: string): string {
  for (let nth = 1; ; nth += 1) {
    const file = path.resolve(nth === 1 ? name : name.replace(/\.json$/, `-${nth}.json`));
    try {
      writeFileSync(file, text, { flag: 'wx' });
      return file;
    } catch (error) {
      const taken = error instanceof Error && 'code' in error && error.code === 'EEXIST';
      if (!taken || nth === SAME_NAME_MOST) throw error;
    }
  }
}

function connected(armEndpoint: string | undefined): ReturnType<typeof openAppService> {
  try {
    return openAppService(armEndpoint);
  } catch (error) {
    if (!(error instanceof AzureCallError)) throw error;
    throw new UsageError(`--arm-endpoint: ${error.message}`, { cause: error });
  }
}

async function askAt(output: NodeJS.WriteStream, question: string): Promise<boolean> {
  const asking = createInterface({ input: process.stdin, output });
  try {
    const answer = await asking.question(`${question} [y/N] `);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    asking.close();
  }
}
