/** Runs a block of a page in a real bash, with the real `slipway`, and stand-ins for what reaches the internet. */
import { spawn } from 'node:child_process';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const inProject = (file: string): string =>
  fileURLToPath(new URL(`../../../${file}`, import.meta.url));

const LIMIT_MS = 150_000;

export interface Ran {
  readonly exitCode: number;
  /** Both streams, in the order in which they came. */
  readonly output: string;
  /** Commands that did not end with 0. */
  readonly failed: readonly FailedCommand[];
  /** What `curl` was answered, in order. */
  readonly statuses: readonly number[];
}

export interface FailedCommand {
  readonly exitCode: number;
  readonly command: string;
  /** What the last `slipway` until then wrote to its standard error. */
  readonly said: string;
}

export interface Workplace {
  /** Where the block is run. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Programs that the docs call: this machine's Node with a file of this repository, or a few lines of shell. */
const PROGRAMS: Readonly<Record<string, string>> = {
  // Nobody is at a terminal to answer, and Azure is on this machine.
  slipway: `[ "\${1:-}" != rescue ] || set -- "$@" --yes --arm-endpoint "$DOCS_ARM"; "${process.execPath}" "${inProject('dist/slipway.cjs')}" "$@" 2> "$DOCS_SAID"; code=$?; cat "$DOCS_SAID" >&2; exit $code`,
  az: `exec "${process.execPath}" "${inProject('test/support/docs/az.ts')}" "$@"`,
  npm: `exec "${process.execPath}" "${inProject('test/support/docs/npm.ts')}" "$@"`,
  npx: `[ "$1" = slipway ] || exit 64; shift; exec slipway "$@"`,
  git: `[ "$1" = clone ] || exit 64; mkdir -p slipway && cp -R infra slipway/`,
  zip: `shift; out=$1; shift; for file in "$@"; do [ -e "${inProject('.')}/$file" ] || exit 12; done; : > "$out"`,
  uuidgen: `echo 33333333-3333-4333-8333-333333333333`,
  // The local world speaks http; what is asked for is otherwise what the docs say.
  curl: [
    'args=()',
    'for arg in "$@"; do args+=("${arg/https:\\/\\/127.0.0.1/http://127.0.0.1}"); done',
    'PATH="$DOCS_PATH" curl -D "$DOCS_HEADERS.one" "${args[@]}"',
    'code=$?',
    'cat "$DOCS_HEADERS.one" >> "$DOCS_HEADERS"',
    'exit $code',
  ].join('\n'),
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

/**
 * Every command of the block is run, also when one before it ended badly. What a block sets is there for the
 * next one of its page: the shell writes it down when it ends.
 */
export async function runBlock(script: string, { folder, env }: Workplace): Promise<Ran> {
  const state = path.join(folder, '.state');
  const failed = path.join(folder, '.failed');
  const headers = path.join(folder, '.headers');
  const said = path.join(folder, '.said');
  await Promise.all([failed, headers].map((file) => rm(file, { force: true })));
  await writeFile(said, '');
  const wrapped = [
    `[ -f "${state}" ] && . "${state}"`,
    'set -u -E -o pipefail',
    `trap 'printf "%s\\t%s\\t%s\\n" "$?" "\${BASH_COMMAND//$'"'\\n'"'/ }" "$(tr "\\n" " " < "${said}")" >> "${failed}"' ERR`,
    script,
    'trap - ERR',
    `{ declare -p | grep -E '^declare -[-x]+ [A-Z_]+=' | grep -vE ' (BASH[A-Z_]*|EUID|PPID|SHELLOPTS|UID)='; declare -f; } > "${state}"`,
  ].join('\n');
  const ended = await bash(wrapped, {
    folder,
    env: { ...env, DOCS_PATH: process.env.PATH ?? '', DOCS_HEADERS: headers, DOCS_SAID: said },
  });
  return {
    ...ended,
    failed: (await linesOf(failed)).map((line) => {
      const [code = '', command = '', told = ''] = line.split('\t');
      return { exitCode: Number(code), command, said: told };
    }),
    statuses: (await linesOf(headers)).flatMap((line) => {
      const [, status] = /^HTTP\/[\d.]+ (\d{3})/.exec(line) ?? [];
      return status === undefined ? [] : [Number(status)];
    }),
  };
}

function bash(
  script: string,
  { folder, env }: Workplace,
): Promise<Pick<Ran, 'exitCode' | 'output'>> {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-c', script], {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own: what the shell started must end with it.
      detached: true,
    });
    const limit = setTimeout(() => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    }, LIMIT_MS);
    let output = '';
    const hear = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(limit);
      resolve({ exitCode: code ?? -1, output });
    });
  });
}

async function linesOf(file: string): Promise<readonly string[]> {
  try {
    return (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
  } catch {
    return [];
  }
}
