/** What keys of a plan hold, whichever key it is: durations, texts, paths, fractions, result codes. */
import ms, { type StringValue } from 'ms';
import { z } from 'zod';
import { BOUNDS } from '../limits.ts';

const LONGEST = '7 days';

/** A duration such as `10m`, `1.5h` or `2s`, in milliseconds: over 0 and at most 7 days. */
export const duration = z
  .string({
    error: ({ input }) =>
      input === undefined ? undefined : 'a duration is a text with its unit, such as "10m"',
  })
  .max(20)
  .transform((text, context) => {
    const value = parseDuration(text);
    if (value !== undefined) return value;
    context.addIssue({
      code: 'custom',
      message: `"${text}" is not a duration: write a number and ms, s, m, h or d, over 0 and at most ${LONGEST}`,
    });
    return z.NEVER;
  });

function parseDuration(text: string): number | undefined {
  if (!/^\d+(\.\d+)?\s?(ms|s|m|h|d)$/.test(text)) return undefined;
  // Whole milliseconds: bins are found by their start, and fractions do not add up.
  const value = Math.round(ms(text as StringValue));
  return value > 0 && value <= BOUNDS.durationMs ? value : undefined;
}

/** What stands in a text and is not seen: zero widths, changes of direction, half pairs, odd blanks. */
const UNSEEN = /[\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}/u;

/** False for what a reader of the text could not see. */
export function isSeen(text: string): boolean {
  return !UNSEEN.test(text);
}

/**
 * Printable text without what KQL, HTTP or a terminal could take for something else, and without what
 * people could not tell apart: two different ones never differ in unseen characters, blanks at the ends
 * or the way an accent is composed. Letters of other alphabets that look alike stay possible.
 */
export function plainText(max: number): z.ZodString {
  return seenText(max).refine((text) => text === text.trim(), {
    error: ({ input }) => `${quoted(input)} has blanks at the beginning or the end`,
  });
}

/**
 * The version of a start: a word. Telemetry could carry more (OpenTelemetry defines no format of
 * service.version), but a blank is hardly ever meant, and the release would wait for rows that never come.
 */
export function versionText(): z.ZodString {
  return seenText(VERSION_CHARS).regex(/^\S*$/u, {
    error: ({ input }) =>
      `${quoted(input)} has white space: write the version without, just as the app reports it (AppVersion)`,
  });
}

const VERSION_CHARS = 100;

/** One problem at a time: what has a line feed has white space too. */
function seenText(max: number): z.ZodString {
  return z
    .string()
    .min(1, 'is empty')
    .max(max)
    .regex(/^[^\p{Cc}"'`|\\]*$/u, {
      error: 'quotes, pipes, backslashes and control characters are not allowed',
      abort: true,
    })
    .refine(isSeen, {
      error:
        'characters that nobody sees (of zero width, changes of direction, blanks that are no space) are not allowed',
      abort: true,
    })
    .refine((text) => text === text.normalize('NFC'), {
      error: 'write it in composed form (Unicode NFC), so that it is always the same text',
    });
}

const QUOTED_CHARS = 100;

/** Blanks at its ends are seen then. */
function quoted(input: unknown): string {
  return JSON.stringify(String(input).slice(0, QUOTED_CHARS));
}

export const path = z
  .string()
  .max(2_000)
  .regex(
    // Control characters by their numbers: `\p{Cc}` needs a flag that a JSON Schema cannot carry.
    /^\/[^\u0000-\u001f\u007f-\u009f\s"'<>\\]*$/,
    'a path begins with / and holds no spaces, quotes or control characters',
  )
  .refine(
    (text) => !steers(text),
    'x-ms-routing-name in the query would ask another slot than the one that is meant',
  );

/** App Service sends a request with this name in its query wherever the name says (azure.md 1.3). */
function steers(text: string): boolean {
  const [, ...query] = text.split('?');
  const names = [...new URLSearchParams(query.join('?')).keys()];
  return names.some((name) => name.trim().toLowerCase() === 'x-ms-routing-name');
}

/**
 * Going back is `roll-back` where it is a policy and `rollback` where it is what a metric is for. Nobody
 * should have to know which is where: both spellings are taken at either place.
 */
export const policy = z.enum(['pause', 'roll-back', 'rollback']).transform(spelled);

export const policyWhenUndecided = z
  .enum(['pause', 'advance', 'roll-back', 'rollback'])
  .transform(spelled);

function spelled<Word extends string>(word: Word): Exclude<Word, 'rollback'> | 'roll-back';
function spelled(word: string): string {
  return word === 'rollback' ? 'roll-back' : word;
}

export const fraction = z.number().gt(0).lt(1);

const statusRange = z.union([
  z.number().int().min(100).max(599),
  z
    .string()
    .regex(
      /^([1-5]xx|[1-5]\d\d(-[1-5]\d\d)?)$/,
      'write a status such as 200, a class such as 5xx or a range such as 500-504',
    ),
]);

export const statuses = z.union([statusRange, z.array(statusRange).min(1).max(20)]);

export type Statuses = z.output<typeof statuses>;

/** The worst excess that the whole service may show after the next step. */
export const budget = z
  .strictObject({
    absolute: z.number().min(0).lt(1).optional(),
    relative: z.number().min(0).max(10).optional(),
  })
  .refine(
    (value) => value.absolute !== 0 || value.relative !== 0,
    'a budget of nothing can never be certified',
  );

export const headers = z.record(
  z.string().regex(/^[A-Za-z0-9-]{1,64}$/, 'a header name holds letters, digits and hyphens'),
  z
    .string()
    .max(1_000)
    .regex(/^[\x20-\x7e]*$/, 'a header value is printable ASCII'),
);

/** Host and Cookie decide where App Service sends a request; setting them would ask another slot. */
export function leavesOurHeaders(written: Readonly<Record<string, string>> | undefined): boolean {
  return !Object.keys(written ?? {}).some((name) => /^(host|cookie|traceparent)$/i.test(name));
}

export const OUR_HEADERS = 'host, cookie and traceparent are set by Slipway';
