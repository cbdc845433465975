/** Runs a block of a page in a real bash, with the real `slipway`, and stand-ins for what reaches the internet. */
import { spawn } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const inProject = (file: string): string =>
  fileURLToPath(new URL(`../../../${file}`, import.meta.url));

const LIMIT_MS = 110_000;

export interface Ran {
  readonly exitCode: number;
  /** Both streams, in the order in which they came. */
  readonly output: string;
}

export interface Workplace {
  /** Where the block is run. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Programs that the docs call: this machine's Node with a file of this repository, or a few lines of shell. */
const PROGRAMS: Readonly<Record<string, string>> = {
  slipway: `exec "${process.execPath}" "${inProject('dist/slipway.cjs')}" "$@"`,
  az: `exec "${process.execPath}" "${inProject('test/support/docs/az.ts')}" "$@"`,
  npm: `exec "${process.execPath}" "${inProject('test/support/docs/npm.ts')}" "$@"`,
  npx: `[ "$1" = slipway ] || exit 64; shift; exec slipway "$@"`,
  git: `[ "$1" = clone ] || exit 64; mkdir -p slipway && cp -R infra slipway/`,
  zip: `shift; out=$1; shift; for file in "$@"; do [ -e "${inProject('.')}/$file" ] || exit 12; done; : > "$out"`,
  uuidgen: `echo 33333333-3333-4333-8333-333333333333`,
  // The local world speaks http; what is asked for is otherwise what the docs say.
  curl: `args=(); for arg in "$@"; do args+=("\${arg/https:\\/\\/127.0.0.1/http://127.0.0.1}"); done; PATH="$DOCS_PATH" exec curl "\${args[@]}"`,
};

/** Puts the programs into `folder`, and gives the PATH that finds them first. */
export async function makePrograms(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (const [name, script] of Object.entries(PROGRAMS)) {
    const file = path.join(folder, name);
    await writeFile(file, `#!/usr/bin/env bash\n${script}\n`);
    await chmod(file, 0o755);
  }
  return `${folder}:${process.env.PATH ?? ''}`;
}

/** What a block exports or sets is there for the next one of its page: the shell writes it down when it ends. */
export function runBlock(script: string, { folder, env }: Workplace): Promise<Ran> {
  const state = path.join(folder, '.state');
  const wrapped = [
    'set -eu -o pipefail',
    `[ -f "${state}" ] && . "${state}"`,
    script,
    `{ declare -p | grep -E '^declare -[-x]+ [A-Z]+=' | grep -vE ' (BASHOPTS|BASH_VERSINFO|EUID|PPID|SHELLOPTS|UID)='; declare -f; } > "${state}" || true`,
  ].join('\n');
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-c', wrapped], {
      cwd: folder,
      env: { ...env, DOCS_PATH: process.env.PATH ?? '' },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: LIMIT_MS,
    });
    let output = '';
    const hear = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('error', reject);
    child.once('close', (code) => resolve({ exitCode: code ?? -1, output }));
  });
}
