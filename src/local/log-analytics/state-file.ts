import { createReadStream } from 'node:fs';
import { appendFile, rename, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setImmediate as turn } from 'node:timers/promises';
import { z } from 'zod';
import type { StoredRow } from './row-store.ts';
import { isTableName } from './schema.ts';
import type { TableName } from './schema.ts';

/** One line: the row's table, the moment it became visible (milliseconds), its columns by name. */
const lineSchema = z.object({
  table: z.custom<TableName>((name) => typeof name === 'string' && isTableName(name)),
  ingestedMs: z.number(),
  columns: z.record(z.string(), z.json()),
});

function parseLine(line: string): StoredRow | undefined {
  try {
    return lineSchema.safeParse(JSON.parse(line)).data;
  } catch {
    // The last line of a process that was killed in the middle of writing it.
    return undefined;
  }
}

interface StateFileOptions {
  readonly path: string;
  /** Fewest lines at which the file is written anew; more when the rows kept need more. */
  readonly compactAfterLines: number;
  /** Size at which it is written anew too, with the newest rows that fill half of it. Default 32 MB. */
  readonly bytesMost?: number;
  /** The rows still kept. A row is among them before it is appended. */
  readonly kept: () => Iterable<StoredRow>;
  readonly log: (line: string) => void;
}

const BYTES_MOST = 32_000_000;
/** Rows written as text at a time: whoever asks meanwhile is answered between two of these. */
const BATCH_ROWS = 2_000;

/**
 * Telemetry on disk as JSON Lines, so that it survives a restart. Appended to in order, one write at a
 * time; written anew when it has grown past a limit, so it stays bounded whatever the store keeps.
 */
export class StateFile {
  readonly #options: StateFileOptions;
  readonly #bytesMost: number;
  #lines = 0;
  #bytes = 0;
  #compactAfterLines: number;
  #pending: string[] = [];
  #writing: Promise<void> = Promise.resolve();

  constructor(options: StateFileOptions) {
    this.#options = options;
    this.#compactAfterLines = options.compactAfterLines;
    this.#bytesMost = options.bytesMost ?? BYTES_MOST;
  }

  /** Reads all rows, oldest first. A file that is not there is empty. */
  async load(take: (row: StoredRow) => void): Promise<void> {
    let unreadable = 0;
    try {
      const lines = createInterface({ input: createReadStream(this.#options.path, 'utf8') });
      for await (const line of lines) {
        this.#lines += 1;
        this.#bytes += Buffer.byteLength(line) + 1;
        const row = parseLine(line);
        if (row === undefined) {
          unreadable += 1;
        } else {
          take(row);
        }
      }
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) {
        throw error;
      }
    }
    if (unreadable > 0) {
      this.#options.log(
        `${this.#options.path}: ${String(unreadable)} lines could not be read and were left out.`,
      );
    }
    // A torn last line would swallow the next one appended to it.
    if (unreadable > 0 || this.#isFull()) {
      await this.#rewrite();
    }
  }

  append(row: StoredRow): void {
    this.#pending.push(JSON.stringify(row));
    if (this.#pending.length === 1) {
      this.#writing = this.#writing.then(() => this.#flush());
    }
  }

  /** Resolves when everything appended so far is in the file. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  async #flush(): Promise<void> {
    const lines = this.#pending;
    this.#pending = [];
    if (lines.length === 0) {
      return;
    }
    try {
      const text = lines.map((line) => `${line}\n`).join('');
      await appendFile(this.#options.path, text);
      this.#lines += lines.length;
      this.#bytes += Buffer.byteLength(text);
      if (this.#isFull()) {
        await this.#rewrite();
      }
    } catch (error) {
      // Telemetry in memory stays good; only a restart would miss it.
      this.#options.log(`${this.#options.path}: could not be written: ${String(error)}`);
    }
  }

  #isFull(): boolean {
    return this.#lines > this.#compactAfterLines || this.#bytes > this.#bytesMost;
  }

  async #rewrite(): Promise<void> {
    const kept = [...this.#options.kept()];
    // What waits to be appended is among the kept rows: appending it too would double it.
    this.#pending = [];
    const { lines, bytes } = await newestLines(kept, this.#bytesMost / 2);
    const draft = `${this.#options.path}.new`;
    await writeFile(draft, lines.join(''));
    await rename(draft, this.#options.path);
    this.#lines = lines.length;
    this.#bytes = bytes;
    this.#compactAfterLines = Math.max(this.#options.compactAfterLines, 2 * lines.length);
  }
}

/** The newest rows as lines, oldest first: as many as fit. */
async function newestLines(
  rows: StoredRow[],
  bytesMost: number,
): Promise<{ readonly lines: readonly string[]; readonly bytes: number }> {
  rows.sort((one, other) => one.ingestedMs - other.ingestedMs);
  const lines: string[] = [];
  let bytes = 0;
  for (const row of rows.reverse()) {
    if (lines.length % BATCH_ROWS === BATCH_ROWS - 1) await turn();
    const line = `${JSON.stringify(row)}\n`;
    const size = Buffer.byteLength(line);
    if (bytes + size > bytesMost) break;
    lines.push(line);
    bytes += size;
  }
  return { lines: lines.reverse(), bytes };
}
