// A real bash, as a runner has it.
import { execFile } from 'node:child_process';

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export function bash(
  args: readonly string[],
  variables: Readonly<Record<string, string>>,
  cwd = '/',
): Promise<Ran> {
  return new Promise((resolve) => {
    const all = ['--noprofile', '--norc', ...args];
    execFile('bash', all, { env: variables, cwd }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}
