/** The built files of the page, as they are served: read once, by name, with their headers. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

import { PAGE, PAGE_FILES, type PageFile, pageHeaders } from '../../api/page-files.ts';

const compress = promisify(gzip);

/** One way in which a file can be sent. */
export interface Representation {
  readonly bytes: Uint8Array;
  /** Strong, so each representation has its own (RFC 9110, section 8.8.3). */
  readonly etag: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface ServedFile {
  readonly plain: Representation;
  readonly gzip: Representation;
}

export type ServedPage = ReadonlyMap<PageFile, ServedFile>;

/** `dist/dashboard`, beside the bundle; where the sources run unbundled, that of the working folder. */
export const PAGE_FOLDER =
  typeof __dirname === 'string'
    ? path.join(__dirname, 'dashboard')
    : path.resolve('dist/dashboard');

/**
 * Reads exactly the files that the page has; whatever else lies in the folder is not served.
 * @returns undefined when one of them is missing: the page was not built
 */
export async function readPage(folder: string): Promise<ServedPage | undefined> {
  try {
    const names: readonly PageFile[] = [PAGE, ...PAGE_FILES];
    return new Map(
      await Promise.all(
        names.map(async (name) => [name, await served(name, path.join(folder, name))] as const),
      ),
    );
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function served(name: PageFile, file: string): Promise<ServedFile> {
  const bytes = await readFile(file);
  const headers = pageHeaders(name);
  return {
    plain: representation(bytes, headers),
    // The functions host compresses nothing by itself (Azure/azure-functions-host#7285).
    gzip: representation(await compress(bytes), { ...headers, 'content-encoding': 'gzip' }),
  };
}

function representation(
  bytes: Uint8Array,
  headers: Readonly<Record<string, string>>,
): Representation {
  const etag = `"${createHash('sha256').update(bytes).digest('base64url')}"`;
  return { bytes, etag, headers: { ...headers, etag } };
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
