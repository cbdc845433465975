/** Text in lines of a terminal's width. */
import { stripVTControlCharacters } from 'node:util';

/** Lines of at most `columns`, broken between words. A longer word stays whole, in a line of its own. */
export function wrap(text: string, columns: number): readonly string[] {
  return fill(words(text).split(/(?<= )/), columns);
}

/** The same for a narrow cell of a table, which may break after a hyphen too. */
export function wrapCell(text: string, columns: number): readonly string[] {
  return fill(words(text).split(/(?<=[ -])/), columns);
}

/** A paragraph on a terminal: lines after the first begin with `hang`. The last column stays free. */
export function paragraph(text: string, columns: number, hang = ''): string {
  const margin = /^ */.exec(text)?.[0] ?? '';
  const width = columns - Math.max(hang.length, margin.length) - 1;
  return margin + wrap(text, width).join(`\n${hang}`);
}

function words(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

function fill(pieces: readonly string[], columns: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const piece of pieces) {
    if (line !== '' && widthOf(`${line}${piece}`.trimEnd()) > columns) {
      lines.push(line.trimEnd());
      line = '';
    }
    line += piece;
  }
  return [...lines, line.trimEnd()];
}

function widthOf(text: string): number {
  return stripVTControlCharacters(text).length;
}
