/** `slipway apps`: which apps there are, and who may do what with them. */
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { parse } from 'yaml';

import type { AppAppliedView, AppsAnswer, AppsAppliedAnswer } from '../api/contract.ts';
import { InvalidInputError } from '../release/errors.ts';
import { parseApps } from '../release/parse-apps.ts';
import { type AccessOptions, accessOf, addAccess } from './access.ts';
import { callApi } from './api-client.ts';
import { type AppsCheck, verifyApps } from './apps-verify.ts';
import { EXIT } from './exit-codes.ts';
import { refusable } from './failure.ts';
import { appAddress, appArgument } from './find-release.ts';
import { notRead } from './file-error.ts';
import { oneLine } from './look.ts';
import { whereItStands } from './release-words.ts';
import { getApp } from './slipway-api.ts';
import { ownStore, STORE } from './own-store.ts';

const EXAMPLES = `
Examples:
  slipway apps apply apps.yaml
  slipway apps list --json > apps.json
  slipway apps free shop            # exit code 1: a release holds it
  slipway apps audit verify
`;

const APPLY_EXAMPLES = `
Examples:
  slipway apps apply apps.yaml
  slipway apps apply apps.yaml --prune      # and removes what the file does not have

Exit codes: 0 applied, 1 refused, 2 wrong usage or a bad file, 3 could not tell.
`;

const REMOVE_EXAMPLES = `
Example:
  slipway apps remove shop

Exit codes: 0 removed, 1 refused, 2 wrong usage, 3 could not tell, or no such app.
`;

const LIST_EXAMPLES = `
Examples:
  slipway apps list
  slipway apps list --json > apps.json      # to be changed, and applied
`;

const FREE_EXAMPLES = `
Examples:
  slipway apps free shop && az webapp deploy --slot staging …
  slipway apps free /subscriptions/…/providers/Microsoft.Web/sites/shop

Exit codes: 0 free, 1 a release holds it, 2 wrong usage, 3 could not tell.
`;

const VERIFY_EXAMPLES = `
Examples:
  slipway apps audit verify
  slipway apps audit verify --json

Exit codes: 0 it verifies, 1 it does not, 2 wrong usage, 3 could not tell.
`;

/** Adds the commands to the program. */
export function addApps(program: Command): void {
  const apps = program
    .command('apps')
    .description('The registry of the apps that Slipway may release.')
    .addHelpText('after', EXAMPLES);
  addAccess(apps.command('apply'))
    .description('Adds and changes the apps of a file, and says what was changed.')
    .argument('<file>', 'YAML or JSON: {"apps": [...]} (docs/apps.md)')
    .option('--prune', 'remove registered apps that the file does not have')
    .addHelpText('after', APPLY_EXAMPLES)
    .action(refusable(apply));
  addAccess(apps.command('remove'))
    .description('Removes an app; refused while a release holds it.')
    .argument('<name>', 'the app')
    .addHelpText('after', REMOVE_EXAMPLES)
    .action(refusable(remove));
  addAccess(apps.command('list'))
    .description('Lists the registered apps; with --json as a file that can be applied.')
    .addHelpText('after', LIST_EXAMPLES)
    .action(list);
  addAccess(apps.command('free'))
    .description('Says whether a release holds the app: ask before you deploy to its slot.')
    .argument('<name>', 'the app, or the resource id of a site', appArgument)
    .addHelpText('after', FREE_EXAMPLES)
    .action(free);
  apps
    .command('audit')
    .description('The audit of the registry.')
    .addHelpText('after', VERIFY_EXAMPLES)
    .command('verify')
    .description(
      `Re-computes the hash chain of the registry's changes, and compares the entries with it. Reads ${STORE}.`,
    )
    .option('--json', 'one JSON object instead of a sentence')
    .addHelpText('after', VERIFY_EXAMPLES)
    .action(verify);
}

async function apply(
  file: string,
  options: AccessOptions & { readonly prune?: true },
): Promise<void> {
  const body = await readAppsFile(file);
  const path = options.prune ? 'apps?prune=true' : 'apps';
  tell(await callApi(accessOf(options), { method: 'PUT', path, body }), options);
}

async function remove(name: string, options: AccessOptions): Promise<void> {
  const path = `apps/${encodeURIComponent(name)}`;
  tell(await callApi(accessOf(options), { method: 'DELETE', path }), options);
}

async function list(options: AccessOptions): Promise<void> {
  const answer = (await callApi(accessOf(options), { method: 'GET', path: 'apps' })) as AppsAnswer;
  if (options.json) {
    console.log(JSON.stringify(answer, undefined, 2));
    return;
  }
  for (const { name, target, slot } of answer.apps) {
    console.log(`${name}  ${target.resourceGroup}/${target.site}  slot ${slot}`);
  }
  console.log(answer.apps.length === 1 ? '1 app' : `${answer.apps.length} apps`);
}

async function free(name: string, options: AccessOptions): Promise<void> {
  const access = accessOf(options);
  const { app } = await getApp(access, await appAddress(access, name));
  const { active } = app;
  if (options.json) console.log(JSON.stringify({ app }, undefined, 2));
  else if (active === null) console.log(`${name} is free`);
  else {
    const stands = `${oneLine(active.version)} is ${whereItStands(active)}`;
    console.log(`${name} is held by release ${active.id}: ${stands}`);
  }
  process.exitCode = active === null ? EXIT.good : EXIT.bad;
}

async function verify({ json }: { readonly json?: true }): Promise<void> {
  const check = await verifyApps(ownStore());
  console.log(json ? JSON.stringify(check) : sentence(check));
  process.exitCode = check.chain.ok && check.unaudited.length === 0 ? EXIT.good : EXIT.bad;
}

function sentence({ chain, unaudited }: AppsCheck): string {
  if (!chain.ok) return `chain broken at row ${chain.sequence}: ${chain.problem}`;
  const whole = `chain of ${chain.rows} rows verifies, head ${chain.head}`;
  if (unaudited.length === 0) {
    return chain.rows === 0 ? 'the registry has no entry yet: nothing to verify' : whole;
  }
  return `${whole}; but these apps are not as it says: ${unaudited.join(', ')}`;
}

/**
 * The file as JSON text, checked here already: every problem without asking anybody.
 * @throws InvalidInputError; FileError when it cannot be read
 */
async function readAppsFile(file: string): Promise<string> {
  const value = parsedFile(file, await textOf(file));
  try {
    parseApps(value);
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    throw new InvalidInputError(file, error.details, { cause: error });
  }
  return JSON.stringify(value);
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw notRead(file, cause);
  }
}

function parsedFile(file: string, text: string): unknown {
  try {
    // JSON is YAML too. Aliases are bounded: a few lines of them could be gigabytes.
    return parse(text, { maxAliasCount: 100, logLevel: 'error' }) as unknown;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidInputError(file, [{ path: '', code: 'file', message }], { cause });
  }
}

function tell(answer: unknown, { json }: AccessOptions): void {
  const applied = answer as AppsAppliedAnswer;
  if (json) {
    console.log(JSON.stringify(applied, undefined, 2));
    return;
  }
  for (const app of applied.apps) console.log(linesOf(app).join('\n'));
  console.log(`audit row ${applied.sequence}, head ${applied.chainHead}`);
}

function linesOf({ name, change, fields }: AppAppliedView): readonly string[] {
  const said = (value: unknown): string => (value === null ? 'nothing' : JSON.stringify(value));
  return [
    `${change.padEnd(9)} ${name}`,
    ...fields.map(
      ({ path, before, after }) => `          ${path}: ${said(before)} -> ${said(after)}`,
    ),
  ];
}
