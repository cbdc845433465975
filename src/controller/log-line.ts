/** One line of the log: a sentence for people, then the facts as one JSON object for machines. */

/** First, in this order, whatever else a line has. */
const FIRST = ['release', 'sequence', 'code', 'trace'] as const;

/**
 * @param facts what JSON can hold; an `error` that is one is told as its message, with its `code`
 * @returns `sentence {"release":"…","sequence":7,"code":"…","trace":"…",…}`; the sentence alone without facts
 */
export function logLine(
  message: string,
  facts: Readonly<Record<string, unknown>> | undefined,
): string {
  if (facts === undefined) return message;
  const { error } = facts;
  const plain: Readonly<Record<string, unknown>> =
    error instanceof Error ? { code: codeOf(error), ...facts, error: error.message } : facts;
  const first = FIRST.filter((name) => plain[name] !== undefined);
  const rest = Object.keys(plain).filter((name) => !first.some((known) => known === name));
  const ordered = Object.fromEntries([...first, ...rest].map((name) => [name, plain[name]]));
  return `${message} ${JSON.stringify(ordered)}`;
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
