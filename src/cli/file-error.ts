/** A file that a command was given and cannot use: wrong usage, told in one sentence. */
import { SlipwayError } from '../release/errors.ts';

export class FileError extends SlipwayError {
  constructor(message: string, cause: unknown) {
    super('file', message, { cause });
  }
}

const WHY_NOT_READ: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is a file',
  EACCES: 'this user may not read it',
};

const WHY_NOT_WRITTEN: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such folder',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is a file',
  EACCES: 'this user may not write there',
};

export function notRead(file: string, cause: unknown): FileError {
  return new FileError(`${file} cannot be read: ${why(WHY_NOT_READ, cause)}`, cause);
}

export function notWritten(file: string, cause: unknown): FileError {
  if (codeOf(cause) === 'EEXIST') {
    return new FileError(`${file} exists already: give --out another name`, cause);
  }
  return new FileError(`${file} cannot be written: ${why(WHY_NOT_WRITTEN, cause)}`, cause);
}

/** True when the system refused this file, and nothing else failed. */
export function isAboutFile(error: unknown, file: string): boolean {
  return error instanceof Error && 'path' in error && error.path === file;
}

function why(known: Readonly<Record<string, string>>, cause: unknown): string {
  const code = codeOf(cause);
  const said = cause instanceof Error ? cause.message : String(cause);
  return known[code ?? ''] ?? said;
}

function codeOf(cause: unknown): string | undefined {
  const code: unknown = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
