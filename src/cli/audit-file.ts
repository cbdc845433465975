/** Verifies an export without the store. */
import { createReadStream } from 'node:fs';

import { type ExportTrailer, readExportLine, releaseOfLine } from '../release/audit-export.ts';
import { type Anchor, type BadRow, type ChainCheck, ChainVerifier } from '../release/chain.ts';
import { InvalidInputError } from '../release/errors.ts';
import { isAboutFile, notRead } from './file-error.ts';

/** A row's body has at most 256,000 characters in the store; JSON may write six for one. */
const LINE_CHARS_MAX = 2_000_000;

export interface FileCheck {
  readonly release: string;
  readonly check: ChainCheck;
}

export interface FileOptions {
  /** Which release it must be of; undefined: what the file says. */
  readonly releaseId: string | undefined;
  readonly anchor: Anchor | undefined;
}

/**
 * Reads an export line by line, never more than one line in memory.
 * @throws InvalidInputError when it is no export at all; FileError when it cannot be read
 */
export async function verifyFile(file: string, options: FileOptions): Promise<FileCheck> {
  let reading: Reading | undefined;
  for await (const line of linesOf(file)) {
    reading ??= new Reading(file, line, options);
    reading.add(line);
  }
  if (reading === undefined) throw noExport(file);
  return { release: reading.releaseId, check: reading.end() };
}

class Reading {
  readonly releaseId: string;
  readonly #chain: ChainVerifier;
  #rows = 0;
  #trailer: ExportTrailer | undefined;
  #bad: BadRow | undefined;

  constructor(file: string, firstLine: string, { releaseId, anchor }: FileOptions) {
    const said = releaseOfLine(firstLine) ?? trailerOf(firstLine)?.release ?? releaseId;
    if (said === undefined) throw noExport(file);
    this.releaseId = releaseId ?? said;
    this.#chain = new ChainVerifier(this.releaseId, anchor);
  }

  add(line: string): void {
    if (this.#trailer !== undefined) {
      this.#bad ??= { sequence: this.#rows + 1, problem: 'a line follows the trailer' };
      return;
    }
    const read = readExportLine(line, this.releaseId);
    if (read.kind === 'trailer') {
      this.#trailer = read.trailer;
      return;
    }
    this.#rows += 1;
    if (read.kind === 'row') this.#chain.add({ row: read.row, problem: undefined });
    else this.#chain.add({ row: undefined, problem: read.problem });
  }

  end(): ChainCheck {
    const trailer = this.#trailer;
    if (trailer === undefined) {
      const problem = 'the trailer is missing: the end of the file was cut off';
      return { ok: false, ...(this.#chain.bad ?? { sequence: this.#rows + 1, problem }) };
    }
    const { rows, head, release } = trailer;
    const check = this.#chain.end({ sequence: rows, head });
    if (!check.ok) return check;
    if (release !== this.releaseId) {
      const problem = `the trailer is of release ${release}, not of ${this.releaseId}`;
      return { ok: false, sequence: this.#rows + 1, problem };
    }
    return this.#bad === undefined ? check : { ok: false, ...this.#bad };
  }
}

function trailerOf(line: string): ExportTrailer | undefined {
  const read = readExportLine(line, '');
  return read.kind === 'trailer' ? read.trailer : undefined;
}

/** Strict: bytes that are no UTF-8, and a last line without its end, are not as they were written. */
async function* linesOf(file: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let rest = '';
  try {
    for await (const chunk of createReadStream(file)) {
      const bytes: unknown = chunk;
      if (!(bytes instanceof Uint8Array)) continue;
      const lines = `${rest}${decoder.decode(bytes, { stream: true })}`.split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > LINE_CHARS_MAX) throw noExport(file);
      yield* lines;
    }
    rest += decoder.decode();
  } catch (cause) {
    if (cause instanceof TypeError) throw noExport(file, cause);
    // EISDIR comes while it is read, and names no file.
    const isFile = isAboutFile(cause, file) || (cause instanceof Error && 'syscall' in cause);
    throw isFile ? notRead(file, cause) : cause;
  }
  // Not a line that was written: the check of it fails, which is right.
  if (rest !== '') yield `${rest}\u0000`;
}

function noExport(file: string, cause?: unknown): InvalidInputError {
  const message = 'it is not JSON Lines of `slipway audit export`';
  return new InvalidInputError(file, [{ path: '', code: 'no-export', message }], { cause });
}
