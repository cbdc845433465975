/** Keeps every text within what a row of the store holds; what is cut says so, with a hash of the whole. */
import { BOUNDS } from '../limits.ts';
import type { AuditBody } from './audit.ts';
import { sha256 } from './hash.ts';

/** The beginning of a text, so that JSON needs at most `max` characters to write it. */
export function cut(text: string, max: number = BOUNDS.auditTextChars): string {
  if (writtenChars(text.slice(0, max + 1)) <= max) return text;
  let kept = text.slice(0, max);
  // JSON writes a control character with six: a few rounds find a length that fits.
  while (writtenChars(kept) > max) kept = kept.slice(0, Math.floor(kept.length * 0.9));
  return `${kept}… (${text.length} characters)`;
}

function writtenChars(text: string): number {
  return JSON.stringify(text).length - 2;
}

/** What the query and its answer are cut to, one after the other, before anything else is given up. */
const SHORTER_CHARS = [4_000, 1_000];

/**
 * A body that fits into a row. With many steps and metrics the e-values need the room of the query and its
 * answer, which are cut the more; facts that are too long even so are kept as the beginning of their text.
 */
export function bounded(body: AuditBody): AuditBody {
  const short: AuditBody = { ...body, message: cut(body.message, BOUNDS.messageChars) };
  if (fits(short)) return short;
  for (const max of SHORTER_CHARS) {
    const tried = { ...short, facts: { ...body.facts, ...shorterTexts(body.facts, max) } };
    if (fits(tried)) return tried;
  }
  const text = JSON.stringify(body.facts);
  return { ...short, facts: { cut: cut(text), chars: text.length, hash: sha256(text) } };
}

function fits(body: AuditBody): boolean {
  return JSON.stringify(body).length <= BOUNDS.auditBodyChars;
}

function shorterTexts({ query, answer }: AuditBody['facts'], max: number): AuditBody['facts'] {
  return {
    ...(typeof query === 'string' ? { query: cut(query, max) } : {}),
    ...(typeof answer === 'string' ? { answer: cut(answer, max) } : {}),
  };
}
