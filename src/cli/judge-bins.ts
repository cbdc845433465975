/** Counts of both versions, bin by bin, from JSON Lines that anybody may have written. */
import { z } from 'zod';

import type { Bin, Counts } from '../judge/types.ts';
import { InvalidInputError, type Problem } from '../release/errors.ts';
import { problemsOf } from '../release/input-problems.ts';

const MINUTE_MS = 60_000;
/** As many as a release keeps. */
const BINS_MAX = 20_000;

const count = z
  .int({
    error: ({ input }) =>
      `${input === undefined ? 'is missing; it is' : 'is not'} a whole number from 0 to 2^53 - 1`,
  })
  .min(0, 'is below 0');

const counts = z
  .object({ requests: count, failures: count })
  // Of requests below 0 that is told already.
  .refine(({ requests, failures }) => failures <= Math.max(0, requests), {
    path: ['failures'],
    message: 'is more than the requests',
  });

// Other keys are left alone: such lines come from queries that give more.
const line = z.object({
  canary: counts,
  baseline: counts,
  start: z.iso
    .datetime({ offset: true, message: 'is no ISO 8601 time, such as 2026-01-05T09:00:00Z' })
    .optional(),
});

type Line = z.infer<typeof line>;

/**
 * One bin a line, all of them final and judged. `start` is optional; where it is written, it must be on
 * every line and grow. Empty lines are skipped.
 * @throws InvalidInputError with every problem; paths read `line 3: canary.failures`
 */
export function parseBins(text: string): readonly Bin[] {
  const written = text
    .split('\n')
    .map((content, index) => ({ content: content.trim(), number: index + 1 }))
    .filter(({ content }) => content !== '');
  if (written.length === 0) throw invalid([problem('', 'empty', 'it has no line')]);
  if (written.length > BINS_MAX) {
    const message = `it has ${written.length} lines, at most ${BINS_MAX} are judged`;
    throw invalid([problem('', 'too-large', message)]);
  }
  const read = written.map(({ content, number }) => ({ number, ...parseLine(content, number) }));
  const parsed = read.flatMap(({ number, value }) =>
    value === undefined ? [] : [{ number, value }],
  );
  const problems = [...read.flatMap((one) => one.problems), ...orderProblems(parsed)];
  if (problems.length > 0) throw invalid(problems);
  return parsed.map(({ value }, index) => binOf(value, index));
}

interface Parsed {
  readonly value: Line | undefined;
  readonly problems: readonly Problem[];
}

function parseLine(content: string, number: number): Parsed {
  let input: unknown;
  try {
    input = JSON.parse(content);
  } catch {
    const problems = [problem(`line ${number}`, 'not-json', 'it is not JSON')];
    return { value: undefined, problems };
  }
  const parsed = line.safeParse(input);
  if (parsed.success) return { value: parsed.data, problems: [] };
  const problems = problemsOf(parsed.error).map(({ path, code, message }) =>
    problem(path === '' ? `line ${number}` : `line ${number}: ${path}`, code, message),
  );
  return { value: undefined, problems };
}

/** A bin that comes twice would be counted twice; one out of order would break the start-time mixture. */
function orderProblems(
  lines: readonly { readonly number: number; readonly value: Line }[],
): Problem[] {
  const timed = lines.filter(({ value }) => value.start !== undefined);
  if (timed.length === 0) return [];
  let last = -Infinity;
  return lines.flatMap(({ number, value: { start } }) => {
    const path = `line ${number}: start`;
    if (start === undefined) return [problem(path, 'missing', 'is missing; other lines have it')];
    const atMs = Date.parse(start);
    const grows = atMs > last;
    last = Math.max(last, atMs);
    return grows ? [] : [problem(path, 'out-of-order', 'is not after that of the line before it')];
  });
}

function binOf({ canary, baseline, start }: Line, index: number): Bin {
  return {
    startMs: start === undefined ? index * MINUTE_MS : Date.parse(start),
    final: true,
    canary: withItems(canary),
    baseline: withItems(baseline),
    judged: true,
    watch: false,
  };
}

/** Traffic shares are not judged here: a row stands for itself. */
function withItems({ requests, failures }: Omit<Counts, 'items'>): Counts {
  return { requests, failures, items: requests };
}

function problem(path: string, code: string, message: string): Problem {
  return { path, code, message };
}

function invalid(problems: readonly Problem[]): InvalidInputError {
  return new InvalidInputError('the file of bins', problems);
}
