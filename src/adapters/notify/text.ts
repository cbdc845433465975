/** Texts of others, made fit for a message: bounded, on one line, and as they read. */

import type { Notice } from '../../release/notice.ts';

/** Control characters, and those that turn the direction of what follows. */
const UNFIT = /[\p{Cc}\u202A-\u202E\u2066-\u2069]+/gu;

/**
 * At most `max` UTF-16 units after `escape`, cut between characters and marked.
 * @param escape of one character; what it makes is never cut
 */
export function fit(text: string, max: number, escape = (character: string) => character): string {
  const clean = text.replace(UNFIT, ' ');
  const parts: string[] = [];
  let length = 0;
  // One more than fits is never looked at, however long the text is.
  for (const character of clean.slice(0, max + 1)) {
    const part = escape(character);
    length += part.length;
    if (length > max) return shortened(parts, max);
    parts.push(part);
  }
  return parts.join('');
}

function shortened(parts: readonly string[], max: number): string {
  const kept = [...parts];
  let length = kept.reduce((sum, part) => sum + part.length, 0);
  while (length > max - 1) length -= kept.pop()?.length ?? length;
  return `${kept.join('')}…`;
}

/** The severity as a word, before anything else. */
export function headlineOf({ severity, title }: Notice): string {
  return `${severity.toUpperCase()}: ${title}`;
}

/** The verdict, unless the message says it already. */
export function verdictBeside({ verdict, message }: Notice): string | null {
  return verdict === null || message.includes(verdict) ? null : verdict;
}

/** api.slack.com/reference/surfaces/formatting: these three begin whatever is more than text. */
export function slackCharacter(character: string): string {
  return { '&': '&amp;', '<': '&lt;', '>': '&gt;' }[character] ?? character;
}

/** What begins formatting in the Markdown of Adaptive Cards and in CommonMark is written with a backslash. */
export function markdownCharacter(character: string): string {
  return /[\\`*_[\]()#<>~|!]/.test(character) ? `\\${character}` : character;
}
