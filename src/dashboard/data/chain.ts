/**
 * Re-computes the hash chain of the rows that the API gave. `body` comes parsed; Slipway wrote the text that
 * is hashed with JSON.stringify, so writing it again gives the same text, or the hash will not fit.
 */
import type { AuditRowView } from '../../api/contract.ts';

export const CHAIN_START = '0'.repeat(64);

/** SHA-256 of the UTF-8 text, in hex. */
export type Sha256 = (text: string) => Promise<string>;

export interface ExpectedEnd {
  readonly release: string;
  /** Of the release: how many rows there are, and the hash of the last one. */
  readonly sequence: number;
  readonly chainHead: string;
}

export type ChainMark =
  | { readonly kind: 'whole'; readonly rows: number; readonly head: string }
  | { readonly kind: 'broken'; readonly sequence: number; readonly problem: string };

/** Goes on where it ended, so that a row is hashed once however often the page looks. */
export class ChainReader {
  #rows = 0;
  #heads: string[] = [CHAIN_START];
  #broken: ChainMark | undefined;
  readonly #sha256: Sha256;
  readonly #release: string;

  constructor(release: string, sha256: Sha256) {
    this.#release = release;
    this.#sha256 = sha256;
  }

  /** @param rows all rows from the first on; those that were read before are left out */
  async read(rows: readonly AuditRowView[]): Promise<void> {
    for (const row of rows.slice(this.#rows)) {
      const problem = await this.#problemOf(row);
      this.#rows += 1;
      this.#heads.push(row.hash);
      if (problem === undefined || this.#broken !== undefined) continue;
      this.#broken = { kind: 'broken', sequence: this.#rows, problem };
    }
  }

  /** Undefined: rows are missing yet. */
  mark({ sequence, chainHead }: ExpectedEnd): ChainMark | undefined {
    if (this.#broken !== undefined) return this.#broken;
    const head = this.#heads[sequence];
    if (head === undefined) return undefined;
    if (head === chainHead) return { kind: 'whole', rows: sequence, head };
    const problem = `the release says that its newest row has the hash ${chainHead}, it has ${head}`;
    return { kind: 'broken', sequence, problem };
  }

  async #problemOf(row: AuditRowView): Promise<string | undefined> {
    const wanted = this.#rows + 1;
    if (row.sequence !== wanted) return `row ${wanted} is missing, row ${row.sequence} lies there`;
    if (row.prevHash !== this.#heads.at(-1)) return 'prevHash is not the hash of the row before';
    if (typeof row.body === 'string') return 'the body is not JSON';
    const hash = await this.#sha256(`${row.prevHash}\n${JSON.stringify(row.body)}`);
    if (hash !== row.hash) return 'the body does not give the stored hash';
    return this.#copyProblem(row);
  }

  #copyProblem({ body, sequence, at }: AuditRowView): string | undefined {
    const said = bodyFacts(body);
    if (said.sequence !== sequence) return 'the sequence differs from the body';
    if (said.releaseId !== this.#release) return 'the row belongs to another release';
    return typeof said.at === 'string' && Date.parse(said.at) === Date.parse(at)
      ? undefined
      : 'the time differs from the body';
  }
}

function bodyFacts(body: unknown): Readonly<Record<string, unknown>> {
  return typeof body === 'object' && body !== null ? { ...body } : {};
}

/**
 * The rows as `slipway audit export` writes them, so that `slipway audit verify` reads them: JSON Lines, the
 * body as the text that is hashed, the trailer last.
 */
export function exportLines(rows: readonly AuditRowView[], end: ExpectedEnd): string {
  const lines = rows.map(({ sequence, at, body, prevHash, hash }) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return JSON.stringify({ sequence, at, body: text, prevHash, hash });
  });
  const trailer = {
    ...{ format: 'slipway-audit/1', release: end.release },
    ...{ rows: end.sequence, head: end.chainHead },
  };
  return `${[...lines, JSON.stringify(trailer)].join('\n')}\n`;
}
