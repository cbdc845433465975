import { refuse } from './store-failure.ts';

/** A string property holds 32K UTF-16 units (azure.md 5); a little less, for a round number. */
const PART_CHARS = 32_000;
/** 8 parts are 512 KB of a row's 1 MB. */
const PARTS_MAX = 8;

/**
 * A long text over numbered properties: `name`, `name1`, `name2`, …
 * @throws StoreFailure when it is longer than 256,000 characters.
 */
export function splitText(
  name: string,
  text: string,
  where: string,
): Readonly<Record<string, string>> {
  const limit = PART_CHARS * PARTS_MAX;
  if (text.length > limit) {
    refuse(
      `${where} is too long for one row: ${text.length} of at most ${limit} characters. Use a smaller plan or shorter texts`,
    );
  }
  const parts: Record<string, string> = {};
  let from = 0;
  for (let index = 0; index === 0 || from < text.length; index += 1) {
    const to = endOfPart(text, from);
    parts[propertyName(name, index)] = text.slice(from, to);
    from = to;
  }
  return parts;
}

/** The inverse of `splitText`. */
export function joinText(
  name: string,
  row: Readonly<Record<string, unknown>>,
  where: string,
): string {
  const parts: string[] = [];
  for (let index = 0; index <= PARTS_MAX; index += 1) {
    const part = row[propertyName(name, index)];
    if (typeof part !== 'string') break;
    parts.push(part);
  }
  if (parts.length === 0) refuse(`${where} has no property "${name}". Restore the row`);
  return parts.join('');
}

function propertyName(name: string, index: number): string {
  return index === 0 ? name : `${name}${index}`;
}

/** Never between the two halves of a surrogate pair: a lone half does not survive UTF-8. */
function endOfPart(text: string, from: number): number {
  const to = Math.min(from + PART_CHARS, text.length);
  const last = text.charCodeAt(to - 1);
  return to < text.length && last >= 0xd800 && last <= 0xdbff ? to - 1 : to;
}
