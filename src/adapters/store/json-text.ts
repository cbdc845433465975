import { refuse } from './store-failure.ts';

const NON_FINITE = new Map([
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
  ['NaN', NaN],
]);

const NON_FINITE_KEY = '"$number"';

/**
 * State as JSON text. JSON itself would turn a non-finite number into `null` in silence; here it is
 * written as `{"$number":"-Infinity"}`, so that what is read is what was written. Keys whose value is
 * undefined are left out and read back as undefined.
 */
export function toJsonText(value: object): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'number' && !Number.isFinite(part) ? { $number: String(part) } : part,
  );
}

/** The inverse of `toJsonText`. `where` names the row in the error. */
export function fromJsonText(text: string, where: string): unknown {
  try {
    // A reviver visits every value, which is most of the cost of a read; few texts have such a number.
    return text.includes(NON_FINITE_KEY)
      ? JSON.parse(text, (_key, part: unknown) => revived(part))
      : JSON.parse(text);
  } catch (cause) {
    return refuse(`${where} does not hold JSON: somebody else wrote it. Restore the row`, {
      cause,
    });
  }
}

function revived(part: unknown): unknown {
  if (typeof part !== 'object' || part === null || !('$number' in part)) return part;
  const { $number: name } = part;
  return typeof name === 'string' && NON_FINITE.has(name) ? NON_FINITE.get(name) : part;
}
