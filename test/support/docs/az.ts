/**
 * Stands in for `az` while commands of the docs are run. It refuses what the real one would not take;
 * a message is put on the real queue of the local world, and what is asked for is answered from `DOCS_AZ`.
 */
import { readFileSync } from 'node:fs';
import { QueueServiceClient } from '@azure/storage-queue';
import { z } from 'zod';

import { type AzCall, parseAz } from './az-commands.ts';

const world = z
  .object({ storage: z.string(), answers: z.record(z.string(), z.string()) })
  .parse(JSON.parse(process.env.DOCS_AZ ?? '{}'));

async function run({ command, options }: AzCall): Promise<string> {
  if (command === 'storage message put') {
    const queue = options['--queue-name'] ?? '';
    const content = options['--content'] ?? '';
    await QueueServiceClient.fromConnectionString(world.storage)
      .getQueueClient(queue)
      .sendMessage(content);
    return '';
  }
  // What is sent as a body must be JSON: quoting it in a shell goes wrong easily.
  if (options['--body'] !== undefined) JSON.parse(options['--body']);
  for (const file of filesOf(options)) readFileSync(file);
  return world.answers[command] ?? '';
}

function filesOf(options: AzCall['options']): readonly string[] {
  const files = ['--template-file', '--src', '--parameters', '--app-roles']
    .map((option) => options[option])
    .filter((value) => value !== undefined);
  return files.map((value) => value.replace(/^@/, ''));
}

try {
  process.stdout.write(`${await run(parseAz(process.argv.slice(2)))}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
