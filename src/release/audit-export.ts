/**
 * An audit outside the store: JSON Lines. One line a row, `{sequence, at, body, prevHash, hash}`, where
 * `body` is the exact text that is hashed; the last line is the trailer.
 */
import { z } from 'zod';

import type { AuditRow } from './audit.ts';

export const EXPORT_FORMAT = 'slipway-audit/1';

/** What the row of the release said when the export began. */
export interface ExportTrailer {
  readonly format: typeof EXPORT_FORMAT;
  readonly release: string;
  readonly rows: number;
  readonly head: string;
}

export type ExportLine =
  | { readonly kind: 'row'; readonly row: AuditRow }
  | { readonly kind: 'trailer'; readonly trailer: ExportTrailer }
  | { readonly kind: 'unreadable'; readonly problem: string };

const ROW = z.strictObject({
  sequence: z.int(),
  at: z.string(),
  body: z.string(),
  prevHash: z.string(),
  hash: z.string(),
});
const TRAILER = z.strictObject({
  format: z.literal(EXPORT_FORMAT),
  release: z.string(),
  rows: z.int().min(0),
  head: z.string(),
});

/** Without the line feed. */
export function rowLine(row: AuditRow): string {
  const { sequence, body, prevHash, hash } = row;
  const at = Number.isNaN(row.at) ? 'unknown' : new Date(row.at).toISOString();
  return JSON.stringify({ sequence, at, body, prevHash, hash });
}

export function trailerLine(trailer: Omit<ExportTrailer, 'format'>): string {
  const { release, rows, head } = trailer;
  return JSON.stringify({ format: EXPORT_FORMAT, release, rows, head });
}

/**
 * Reads a line strictly: writing it again must give the same text, so nothing can be changed in it
 * without a trace.
 * @param releaseId the release of the rows, which they say in their bodies alone
 */
export function readExportLine(line: string, releaseId: string): ExportLine {
  const value = parsed(line);
  const row = ROW.safeParse(value);
  if (row.success) {
    const read = { ...row.data, releaseId, at: Date.parse(row.data.at) };
    return rowLine(read) === line ? { kind: 'row', row: read } : unreadable('row');
  }
  const trailer = TRAILER.safeParse(value);
  if (trailer.success && trailerLine(trailer.data) === line) {
    return { kind: 'trailer', trailer: trailer.data };
  }
  return unreadable(`row, nor the trailer of ${EXPORT_FORMAT},`);
}

/** The release that a row's line is about, by its body; undefined when it does not say. */
export function releaseOfLine(line: string): string | undefined {
  const row = ROW.safeParse(parsed(line));
  const body = z.looseObject({ releaseId: z.string() }).safeParse(parsed(row.data?.body ?? ''));
  return body.data?.releaseId;
}

function unreadable(what: string): ExportLine {
  return { kind: 'unreadable', problem: `the line is no ${what} as Slipway writes it` };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
