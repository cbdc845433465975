/** `slipway audit`: verify and export the audit of a release. */
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Command, InvalidArgumentError } from 'commander';

import { openStore } from '../app.ts';
import type { Anchor, ChainCheck } from '../release/chain.ts';
import { type AccessOptions, accessOf, addAccess } from './access.ts';
import { exportAudit } from './audit-export.ts';
import { type FileCheck, verifyFile } from './audit-file.ts';
import { auditText } from './audit-lines.ts';
import { verifyAudit } from './audit-verify.ts';
import { EXIT } from './exit-codes.ts';
import { isAboutFile, notWritten } from './file-error.ts';
import { addRelease, type AppOption, releaseOf } from './find-release.ts';
import { lookOf } from './look.ts';
import { releaseIdArgument } from './release-id-argument.ts';
import { SETTINGS_FILE, settingsWith } from './settings-file.ts';
import { allAudit } from './slipway-api.ts';
import { usage } from './usage.ts';

const STORE = `the store itself, by the settings AzureWebJobsStorage… of the environment or of ${SETTINGS_FILE} in this folder`;
const HASH = /^[0-9a-f]{64}$/;

interface VerifyOptions {
  readonly file?: string;
  readonly head?: string;
  readonly sequence?: number;
  readonly json?: true;
}

const EXAMPLES = `
Examples:
  slipway audit 0123456789abcdef0123-0123456789abcdef012
  slipway audit --app shop --from 20 --json
  slipway audit verify 0123456789abcdef0123-0123456789abcdef012
  slipway audit export 0123456789abcdef0123-0123456789abcdef012 --out release.jsonl

Rows come over HTTP and are shown as they come; only verify re-computes their
hashes, from the store.
`;

/** Adds the commands to the program. */
export function addAudit(program: Command): void {
  const audit = addAccess(addRelease(program.command('audit')))
    .description('Shows what happened to a release, row by row; verifies and exports it.')
    .option('--from <sequence>', 'from this row on', sequence, 1)
    .addHelpText('after', EXAMPLES)
    .action(rows);
  audit
    .command('verify')
    .description(
      `Re-computes the hash chain of a release's audit and names the first bad row. Reads ${STORE}, or an export.`,
    )
    .argument('[releaseId]', 'the release; not needed with --file', releaseIdArgument)
    .option('--file <file>', 'an export of `slipway audit export`, instead of the store')
    .option('--head <hash>', 'a head that was noted elsewhere: the chain must go through it', hash)
    .option('--sequence <number>', 'with --head: the row that had it', sequence)
    .option('--json', 'one JSON object instead of a sentence')
    .action(verify);
  audit
    .command('export')
    .description(
      `Writes the audit of a release as JSON Lines, with its head in the last line. Reads ${STORE}.`,
    )
    .argument('<releaseId>', 'the release', releaseIdArgument)
    .option('--out <file>', 'a new file, instead of standard output')
    .action(exportTo);
}

interface RowsOptions extends AccessOptions, AppOption {
  readonly from: number;
}

async function rows(given: string | undefined, options: RowsOptions): Promise<void> {
  const access = accessOf(options);
  const id = await releaseOf(access, given, options);
  const found = await allAudit(access, id, options.from);
  console.log(
    options.json
      ? JSON.stringify({ release: id, rows: found }, undefined, 2)
      : auditText(found, lookOf(process.stdout)),
  );
}

async function verify(releaseId: string | undefined, options: VerifyOptions): Promise<void> {
  const { release, check } = await checked(releaseId, options);
  console.log(options.json ? JSON.stringify({ release, ...check }) : sentence(check));
  process.exitCode = check.ok ? EXIT.good : EXIT.bad;
}

async function checked(
  releaseId: string | undefined,
  { file, head, sequence: at }: VerifyOptions,
): Promise<FileCheck> {
  if (head === undefined && at !== undefined) throw usage('--sequence says which row had --head');
  const anchor: Anchor | undefined = head === undefined ? undefined : { head, sequence: at };
  if (file !== undefined) return verifyFile(file, { releaseId, anchor });
  if (releaseId === undefined) throw usage('a release id or --file is needed');
  const check = await verifyAudit(store(), releaseId, anchor);
  return { release: releaseId, check };
}

async function exportTo(releaseId: string, { out }: { readonly out?: string }): Promise<void> {
  const lines = exportAudit(store(), releaseId);
  let check: ChainCheck | undefined;
  async function* noted(): AsyncGenerator<string> {
    check = yield* lines;
  }
  const source = Readable.from(noted());
  // An export is evidence: it never replaces a file.
  if (out !== undefined) await writeNew(out, source);
  else await pipeline(source, process.stdout, { end: false });
  if (check === undefined) return;
  // Standard output is the export's.
  console.error(
    check.ok ? `${sentence(check)}: note it where the store's owner cannot write` : sentence(check),
  );
  process.exitCode = check.ok ? EXIT.good : EXIT.bad;
}

async function writeNew(out: string, source: Readable): Promise<void> {
  try {
    await pipeline(source, createWriteStream(out, { flags: 'wx' }));
  } catch (error) {
    throw isAboutFile(error, out) ? notWritten(out, error) : error;
  }
}

function store(): ReturnType<typeof openStore> {
  return openStore(settingsWith(process.env, SETTINGS_FILE));
}

function sentence(check: ChainCheck): string {
  if (!check.ok) {
    const where = check.sequence === 0 ? "the release's own row" : `row ${check.sequence}`;
    return `chain broken at ${where}: ${check.problem}`;
  }
  const anchored = check.anchoredAt === undefined ? '' : `, anchored at row ${check.anchoredAt}`;
  return `chain of ${check.rows} rows verifies${anchored}, head ${check.head}`;
}

function hash(text: string): string {
  if (HASH.test(text)) return text;
  throw new InvalidArgumentError('A head is 64 lower-case hex digits.');
}

function sequence(text: string): number {
  if (/^[1-9]\d{0,7}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('A sequence is a whole number from 1.');
}
