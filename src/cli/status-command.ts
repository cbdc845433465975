/** `slipway status`: one release at a glance. */
import type { Command } from 'commander';

import { type AccessOptions, accessOf, addAccess } from './access.ts';
import { addRelease, type AppOption, releaseOf } from './find-release.ts';
import { lookOf } from './look.ts';
import { statusText } from './release-status.ts';
import { getAudit, getRelease } from './slipway-api.ts';

const ROWS_TOLD = 8;

const EXAMPLES = `
Examples:
  slipway status                # the only active release
  slipway status --app shop
  slipway status 0123456789abcdef0123-0123456789abcdef012 --json
`;

/** Adds the command to the program. */
export function addStatus(program: Command): void {
  addAccess(addRelease(program.command('status')))
    .description(
      'Shows one release: where it stands, why, what the evidence says, and what happened last.',
    )
    .addHelpText('after', EXAMPLES)
    .action(status);
}

async function status(
  given: string | undefined,
  options: AccessOptions & AppOption,
): Promise<void> {
  const access = accessOf(options);
  const id = await releaseOf(access, given, options);
  const { at, ...answer } = await getRelease(access, id);
  const from = Math.max(1, answer.release.sequence - ROWS_TOLD + 1);
  const { rows } = await getAudit(access, id, { from, max: ROWS_TOLD });
  if (options.json) {
    console.log(JSON.stringify({ ...answer, rows }, undefined, 2));
    return;
  }
  console.log(statusText(answer, rows, lookOf(process.stdout, at)));
}
