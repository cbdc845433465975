/** `slipway notify`: do the messages arrive? */
import type { Command } from 'commander';

import type { NotificationsTestAnswer } from '../api/contract.ts';
import { type AccessOptions, accessOf, addAccess } from './access.ts';
import { callApi } from './api-client.ts';
import { EXIT } from './exit-codes.ts';
import { refusable } from './failure.ts';
import { powerless } from './look.ts';

const EXAMPLES = `
Example:
  slipway notify test
`;

const TEST_EXAMPLES = `
Examples:
  slipway notify test
  slipway notify test --json | jq '.receivers[] | select(.ok | not)'

Exit codes: 0 everybody took it, 1 somebody did not, or it was refused, 2 wrong
usage, 3 could not tell.
`;

/** Adds the command to the program. */
export function addNotify(program: Command): void {
  const notify = program
    .command('notify')
    .description('Who is told of transitions.')
    .addHelpText('after', EXAMPLES);
  addAccess(notify.command('test'))
    .description(
      'Sends every receiver a sample, and says who took it. Takes the master key or the role Slipway.Admin.',
    )
    .addHelpText('after', TEST_EXAMPLES)
    .action(refusable(test));
}

async function test(options: AccessOptions): Promise<void> {
  const request = { method: 'POST', path: 'notifications/test' } as const;
  const answer = (await callApi(accessOf(options), request)) as NotificationsTestAnswer;
  if (!answer.receivers.every(({ ok }) => ok)) process.exitCode = EXIT.bad;
  console.log(options.json ? JSON.stringify(answer, undefined, 2) : linesOf(answer).join('\n'));
}

function linesOf({ receivers }: NotificationsTestAnswer): readonly string[] {
  if (receivers.length === 0) return ['nobody is told: set SLIPWAY_NOTIFY (docs/notifications.md)'];
  return receivers.map(({ name, kind, problem }) =>
    powerless(problem === null ? `told      ${name} (${kind})` : `not told  ${problem}`),
  );
}
