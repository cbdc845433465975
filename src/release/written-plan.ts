/** A plan as people write it: a preset's name, or an object whose missing keys take written defaults. */
import ms, { type StringValue } from 'ms';
import { z } from 'zod';
import { BOUNDS } from '../limits.ts';

const LONGEST = '7 days';

/** A duration such as `10m`, `1.5h` or `2s`, in milliseconds: over 0 and at most 7 days. */
export const duration = z
  .string()
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

/** `maxBake`: a duration, or a multiple of the step's bake such as `3x`. */
const patience = z.union(
  [
    z
      .string()
      .regex(/^\d+(\.\d+)?x$/)
      .transform((text) => ({ times: Number.parseFloat(text) }))
      .refine((value) => value.times >= 1 && value.times <= 100, 'a multiple is 1x to 100x'),
    duration.transform((value) => ({ ms: value })),
  ],
  { error: 'write a duration such as 30m, or a multiple of the bake such as 3x (1x to 100x)' },
);

/** What stands in a text and is not seen: zero widths, changes of direction, half pairs, odd blanks. */
const UNSEEN = /[\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}/u;

/**
 * Printable text without what KQL, HTTP or a terminal could take for something else, and without what
 * people could not tell apart: two different ones never differ in unseen characters, blanks at the ends
 * or the way an accent is composed. Letters of other alphabets that look alike stay possible.
 */
export function plainText(max: number): z.ZodString {
  return z
    .string()
    .min(1, 'is empty')
    .max(max)
    .regex(
      /^[^\p{Cc}"'`|\\]*$/u,
      'quotes, pipes, backslashes and control characters are not allowed',
    )
    .refine(
      (text) => !UNSEEN.test(text),
      'characters that nobody sees (of zero width, changes of direction, blanks that are no space) are not allowed',
    )
    .refine((text) => text === text.trim(), 'no blanks at the beginning or the end')
    .refine(
      (text) => text === text.normalize('NFC'),
      'write it in composed form (Unicode NFC), so that it is always the same text',
    );
}

const path = z
  .string()
  .max(2_000)
  .regex(
    /^\/[^\p{Cc}\s"'<>\\]*$/u,
    'a path begins with / and holds no spaces, quotes or control characters',
  );

const fraction = z.number().gt(0).lt(1);

const step = z.strictObject({
  weight: z.number().min(1, 'a weight is 1 to 99 percent').max(99, 'a weight is 1 to 99 percent'),
  bake: duration.optional(),
});

const statusRange = z.union([
  z.number().int().min(100).max(599),
  z
    .string()
    .regex(
      /^([1-5]xx|[1-5]\d\d(-[1-5]\d\d)?)$/,
      'write a status such as 200, a class such as 5xx or a range such as 500-504',
    ),
]);

const statuses = z.union([statusRange, z.array(statusRange).min(1).max(20)]);

const http = z.strictObject({
  path,
  method: z.enum(['GET', 'HEAD']).optional(),
  headers: z
    .record(
      z.string().regex(/^[A-Za-z0-9-]{1,64}$/, 'a header name holds letters, digits and hyphens'),
      z
        .string()
        .max(1_000)
        .regex(/^[\x20-\x7e]*$/, 'a header value is printable ASCII'),
    )
    .optional(),
  status: statuses.optional(),
  bodyContains: z.string().min(1).max(1_000).optional(),
  every: duration.optional(),
  passes: z.number().int().min(1).max(100).optional(),
  timeout: duration
    .refine((value) => value <= BOUNDS.probeTimeoutMs, 'a timeout is at most 60s')
    .optional(),
});

/** Host and Cookie decide where App Service sends a request; setting them would probe another slot. */
const guardedHttp = http.refine(
  (value) =>
    !Object.keys(value.headers ?? {}).some((name) => /^(host|cookie|traceparent)$/i.test(name)),
  'host, cookie and traceparent are set by Slipway',
);

export const presetNames = ['careful', 'standard', 'fast', 'blue-green'] as const;

export const planObject = z.strictObject({
  preset: z.enum(presetNames).optional(),
  strategy: z.enum(['canary', 'blue-green']).optional(),
  steps: z.array(step).min(1).max(BOUNDS.steps, `at most ${BOUNDS.steps} steps`).optional(),
  maxBake: patience.optional(),
  maxBlind: duration.optional(),
  maxPause: duration.optional(),
  deadline: duration.optional(),
  onUndecided: z.enum(['pause', 'advance', 'roll-back']).optional(),
  onBlind: z.enum(['pause', 'roll-back']).optional(),
  onDeadline: z.enum(['pause', 'roll-back']).optional(),
  analysis: z
    .strictObject({
      interval: duration.optional(),
      settle: duration.optional(),
      alpha: fraction.optional(),
      beta: fraction.optional(),
      budget: z
        .strictObject({
          absolute: z.number().min(0).lt(1).optional(),
          relative: z.number().min(0).max(10).optional(),
        })
        .refine(
          (value) => value.absolute !== 0 || value.relative !== 0,
          'a budget of nothing can never be certified',
        )
        .optional(),
      ceiling: fraction.optional(),
      failures: statuses.optional(),
    })
    .optional(),
  validate: z
    .array(z.strictObject({ http: guardedHttp }))
    .max(BOUNDS.validations)
    .optional(),
  label: z.strictObject({ path: path.optional(), require: z.boolean().optional() }).optional(),
  watch: duration.optional(),
  pinned: z.enum(['wait', 'accept']).optional(),
});

export const writtenPlan = z.union([z.enum(presetNames), planObject], {
  error: (issue) =>
    typeof issue.input === 'string'
      ? `"${issue.input}" is no preset: ${presetNames.join(', ')}`
      : 'a plan is the name of a preset or an object',
});

export type WrittenPlan = z.output<typeof planObject>;
export type PresetName = (typeof presetNames)[number];
export type Statuses = z.output<typeof statuses>;
