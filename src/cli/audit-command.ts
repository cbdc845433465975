/** `slipway audit`: verify and export the audit of a release. */
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Command, InvalidArgumentError } from 'commander';

import type { Anchor, ChainCheck } from '../release/chain.ts';
import { isReleaseId } from '../release/release-id.ts';
import { type AccessOptions, accessOf, addAccess } from './access.ts';
import { exportAudit } from './audit-export.ts';
import { type FileCheck, verifyFile } from './audit-file.ts';
import { auditText } from './audit-lines.ts';
import { auditNote } from './audit-note.ts';
import { verifyAudit } from './audit-verify.ts';
import { EXIT } from './exit-codes.ts';
import { isAboutFile, notWritten } from './file-error.ts';
import {
  addRelease,
  appArgument,
  type AppOption,
  namedOnce,
  releaseArgument,
  releaseOf,
} from './find-release.ts';
import { lookOf } from './look.ts';
import { ownStore, STORE } from './own-store.ts';
import { allAudit } from './slipway-api.ts';
import { storedReleaseOf } from './stored-release.ts';
import { usage } from './usage.ts';

const HASH = /^[0-9a-f]{64}$/;

interface VerifyOptions extends AppOption {
  readonly file?: string;
  readonly head?: string;
  readonly sequence?: number;
  readonly json?: true;
}

const EXAMPLES = `
Examples:
  slipway audit 0123456789abcdef0123-0123456789abcdef012
  slipway audit --app shop --from 20 --json
  slipway audit verify --app shop
  slipway audit export --app shop --out release.jsonl

Rows come over HTTP and are shown as they come; shown from the first on, their
hashes are re-computed (exit code 1: they do not fit). Whether the store has
them so, and all of them, verify says.
`;

const VERIFY_EXAMPLES = `
Examples:
  slipway audit verify 0123456789abcdef0123-0123456789abcdef012
  slipway audit verify --app shop
  slipway audit verify --file release.jsonl              # without the store
  slipway audit verify --app shop --head HASH --sequence 17

Exit codes: 0 the chain verifies, 1 it is broken, 2 wrong usage, 3 could not tell.
`;

const EXPORT_EXAMPLES = `
Examples:
  slipway audit export 0123456789abcdef0123-0123456789abcdef012 > release.jsonl
  slipway audit export --app shop --out release.jsonl

Exit codes: 0 the chain verifies, 1 it is broken (exported all the same), 2 wrong
usage, 3 could not tell. The head is on standard error; with --json and --out it
is on standard output, as verify says it.
`;

const APP = "the app's active release, else the one that ended last; from the store too";

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
    .argument('[release]', 'the release, or its app; or use --app or --file', releaseArgument)
    .option('--app <name>', APP, appArgument)
    .option('--file <file>', 'an export of `slipway audit export`, instead of the store')
    .option('--head <hash>', 'a head that was noted elsewhere: the chain must go through it', hash)
    .option('--sequence <number>', 'with --head: the row that had it', sequence)
    .option('--json', 'one JSON object instead of a sentence')
    .addHelpText('after', VERIFY_EXAMPLES)
    .action(verify);
  audit
    .command('export')
    .description(
      `Writes the audit of a release as JSON Lines, with its head in the last line. Reads ${STORE}.`,
    )
    .argument('[release]', 'the release, or its app; or use --app', releaseArgument)
    .option('--app <name>', APP, appArgument)
    .option('--out <file>', 'a new file, instead of standard output')
    .option('--json', 'with --out: what the check says as JSON')
    .addHelpText('after', EXPORT_EXAMPLES)
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
  if (found.length === 0) return;
  const { isBroken, text } = auditNote(id, found, options.from);
  if (isBroken || !options.json) console.error(`slipway: ${text}`);
  if (isBroken) process.exitCode = EXIT.bad;
}

async function verify(given: string | undefined, options: VerifyOptions): Promise<void> {
  const { release, check } = await checked(given, options);
  console.log(options.json ? JSON.stringify({ release, ...check }) : sentence(check));
  process.exitCode = check.ok ? EXIT.good : EXIT.bad;
}

async function checked(
  given: string | undefined,
  { file, app, head, sequence: at }: VerifyOptions,
): Promise<FileCheck> {
  if (head === undefined && at !== undefined) throw usage('--sequence says which row had --head');
  const anchor: Anchor | undefined = head === undefined ? undefined : { head, sequence: at };
  if (file !== undefined) {
    if (app !== undefined) throw usage('give --file or --app, not both: a file is of one release');
    if (given !== undefined && !isReleaseId(given))
      throw usage('with --file give an id, or nothing');
    return verifyFile(file, { releaseId: given, anchor });
  }
  const meant = storedRelease(given, app);
  const from = ownStore();
  const release = await meant(from);
  return { release, check: await verifyAudit(from, release, anchor) };
}

/** Which release, by the store alone: what a function app says proves nothing. */
function storedRelease(
  given: string | undefined,
  app: string | undefined,
): (from: ReturnType<typeof ownStore>) => Promise<string> {
  const named = namedOnce(given, app);
  if (named === undefined) throw usage('name the release by its id, or its app by --app NAME');
  return async (from) => (isReleaseId(named) ? named : storedReleaseOf(from, named));
}

interface ExportOptions extends AppOption {
  readonly out?: string;
  readonly json?: true;
}

async function exportTo(
  given: string | undefined,
  { app, out, json }: ExportOptions,
): Promise<void> {
  const meant = storedRelease(given, app);
  const from = ownStore();
  const release = await meant(from);
  const lines = exportAudit(from, release);
  let check: ChainCheck | undefined;
  async function* noted(): AsyncGenerator<string> {
    check = yield* lines;
  }
  const source = Readable.from(noted());
  // An export is evidence: it never replaces a file.
  if (out !== undefined) await writeNew(out, source);
  else await pipeline(source, process.stdout, { end: false });
  if (check === undefined) return;
  // Without --out standard output is the export's.
  if (json && out !== undefined) console.log(JSON.stringify({ release, file: out, ...check }));
  else if (check.ok)
    console.error(`${sentence(check)}: note it where the store's owner cannot write`);
  else console.error(sentence(check));
  process.exitCode = check.ok ? EXIT.good : EXIT.bad;
}

async function writeNew(out: string, source: Readable): Promise<void> {
  try {
    await pipeline(source, createWriteStream(out, { flags: 'wx' }));
  } catch (error) {
    throw isAboutFile(error, out) ? notWritten(out, error) : error;
  }
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
