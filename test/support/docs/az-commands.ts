/**
 * The commands of the Azure CLI that the docs use, with the options that they take (Microsoft Learn,
 * "Azure CLI command reference"). A command or an option that is not here is misspelt, or has to be looked
 * up and added.
 */

/** Taken by every command ("Global parameters"). */
export const GLOBAL_OPTIONS = ['--query', '--output', '-o', '--only-show-errors'] as const;

const GROUP = ['--resource-group', '-g'] as const;
const NAME = ['--name', '-n'] as const;

export const AZ_COMMANDS: Readonly<Record<string, readonly string[]>> = {
  login: ['--service-principal', '--tenant'],
  rest: ['--method', '--url', '--body', '--headers'],
  'account get-access-token': ['--scope', '--resource'],
  'ad app create': [
    '--display-name',
    '--sign-in-audience',
    '--app-roles',
    '--requested-access-token-version',
    '--enable-id-token-issuance',
    '--web-redirect-uris',
  ],
  'ad app show': ['--id'],
  'ad app update': ['--id', '--identifier-uris', '--set'],
  'ad sp create': ['--id'],
  'ad sp show': ['--id'],
  'deployment group create': [...GROUP, ...NAME, '--template-file', '--parameters'],
  'deployment group show': [...GROUP, ...NAME],
  'deployment group what-if': [...GROUP, ...NAME, '--template-file', '--parameters'],
  'functionapp deployment source config-zip': [...GROUP, ...NAME, '--src'],
  'functionapp function list': [...GROUP, ...NAME],
  'functionapp keys list': [...GROUP, ...NAME],
  'functionapp show': [...GROUP, ...NAME],
  'functionapp stop': [...GROUP, ...NAME],
  'group create': [...NAME, '--location'],
  'role assignment delete': ['--assignee', '--scope'],
  'storage message put': ['--auth-mode', '--account-name', '--queue-name', '--content'],
  'tag update': ['--resource-id', '--operation', '--tags'],
  'webapp deploy': [...GROUP, ...NAME, '--slot', '--src-path', '--type'],
  'webapp deployment slot swap': [...GROUP, ...NAME, '--slot', '--target-slot'],
  'webapp show': [...GROUP, ...NAME],
  'webapp traffic-routing clear': [...GROUP, ...NAME],
  'webapp traffic-routing set': [...GROUP, ...NAME, '--distribution'],
  'webapp traffic-routing show': [...GROUP, ...NAME],
};

export interface AzCall {
  readonly command: string;
  readonly options: Readonly<Record<string, string>>;
}

/** @throws Error when the Azure CLI would not take it */
export function parseAz(args: readonly string[]): AzCall {
  const command = Object.keys(AZ_COMMANDS)
    .filter((name) => args.slice(0, name.split(' ').length).join(' ') === name)
    .sort((one, other) => other.length - one.length)[0];
  if (command === undefined) throw new Error(`az ${args.join(' ')}: no such command is listed`);
  const known = new Set([...GLOBAL_OPTIONS, ...(AZ_COMMANDS[command] ?? [])]);
  const options: Record<string, string> = {};
  let rest = args.slice(command.split(' ').length);
  while (rest.length > 0) {
    const [option = '', value, ...after] = rest;
    if (!known.has(option)) throw new Error(`az ${command}: no option ${option} is listed`);
    if (value === undefined) throw new Error(`az ${command}: ${option} has no value`);
    options[option] = value;
    rest = after;
  }
  return { command, options };
}
