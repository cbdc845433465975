/** How commands reach Slipway and prove who asks: the same options for all of them. */
import { type Command, Option } from 'commander';

import { ownToken } from '../app.ts';
import { formatText } from '../judge/format.ts';
import { SlipwayError } from '../release/errors.ts';
import type { ApiAccess } from './api-client.ts';
import { githubIdentity } from './ci-identity.ts';

export interface AccessOptions {
  readonly url?: string;
  readonly key?: string;
  readonly scope?: string;
  readonly as?: string;
  readonly json?: true;
}

/** Adds the options, `--json` among them. */
export function addAccess(command: Command): Command {
  return command
    .addOption(new Option('--url <url>', 'address of the function app').env('SLIPWAY_URL'))
    .addOption(new Option('--key <key>', 'function key (changes: master key)').env('SLIPWAY_KEY'))
    .addOption(
      new Option('--scope <scope>', 'or sign in with Entra: api://<client id>/.default').env(
        'SLIPWAY_SCOPE',
      ),
    )
    .addOption(new Option('--as <name>', 'with a key: your name in the audit').env('SLIPWAY_ACTOR'))
    .option('--json', 'the answer as JSON');
}

/** A setting that is empty is one that is not set. */
export function accessOf({ url = '', key, scope, as }: AccessOptions): ApiAccess {
  return {
    url: apiOf(url),
    key: key === '' ? undefined : key,
    token: scope === undefined || scope === '' ? undefined : keptToken(scope),
    actor: as === '' ? undefined : as,
  };
}

/** What the browser shows on the page, pasted: the API is where the page is. */
function apiOf(url: string): string {
  return url.replace(/\/dashboard\/?(?:#.*)?$/s, '');
}

/** Asking `az` takes a second, and a watch asks Slipway every few: a token is kept until it is refused. */
function keptToken(scope: string): (renew: boolean) => Promise<string> {
  const fresh = ownToken(scope, githubIdentity(process.env));
  let kept: string | undefined;
  return async (renew) => {
    if (renew || kept === undefined) kept = await signedIn(scope, fresh);
    return kept;
  };
}

const WHY_CHARS = 300;

async function signedIn(scope: string, fresh: () => Promise<string>): Promise<string> {
  try {
    return await fresh();
  } catch (cause) {
    const why = formatText(cause instanceof Error ? cause.message : String(cause), WHY_CHARS);
    const message = `cannot sign in with Entra for ${scope}: run az login, or set SLIPWAY_KEY (docs/access.md). ${why}`;
    throw new SlipwayError('sign-in', message, { cause });
  }
}
