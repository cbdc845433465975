/** A plan as people write it: a preset's name, or an object whose missing keys take written defaults. */
import { z } from 'zod';
import { formatText } from '../judge/format.ts';
import { BOUNDS } from '../limits.ts';
import { writtenMetrics, writtenProbes } from './written-metrics.ts';
import {
  budget,
  duration,
  fraction,
  headers,
  leavesOurHeaders,
  OUR_HEADERS,
  path,
  policy,
  policyWhenUndecided,
  statuses,
} from './written-values.ts';

export { duration, plainText, versionText } from './written-values.ts';

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

const step = z.strictObject({
  weight: z.number().min(1, 'a weight is 1 to 99 percent').max(99, 'a weight is 1 to 99 percent'),
  bake: duration.optional(),
});

const http = z.strictObject({
  path,
  method: z.enum(['GET', 'HEAD']).optional(),
  headers: headers.optional(),
  status: statuses.optional(),
  bodyContains: z.string().min(1).max(1_000).optional(),
  every: duration.optional(),
  passes: z.number().int().min(1).max(100).optional(),
  timeout: duration
    .refine((value) => value <= BOUNDS.probeTimeoutMs, 'a timeout is at most 60s')
    .optional(),
});

const guardedHttp = http.refine((value) => leavesOurHeaders(value.headers), OUR_HEADERS);

export const presetNames = ['careful', 'standard', 'fast', 'blue-green'] as const;

export const planObject = z.strictObject({
  preset: z.enum(presetNames).optional(),
  strategy: z.enum(['canary', 'blue-green']).optional(),
  steps: z.array(step).min(1).max(BOUNDS.steps, `at most ${BOUNDS.steps} steps`).optional(),
  maxBake: patience.optional(),
  maxBlind: duration.optional(),
  maxNoData: duration.optional(),
  maxPause: duration.optional(),
  deadline: duration.optional(),
  onUndecided: policyWhenUndecided.optional(),
  onBlind: policy.optional(),
  onNoData: policy.optional(),
  onDeadline: policy.optional(),
  analysis: z
    .strictObject({
      interval: duration.optional(),
      settle: duration.optional(),
      alpha: fraction.optional(),
      beta: fraction.optional(),
      budget: budget.optional(),
      ceiling: fraction.optional(),
      failures: statuses.optional(),
      metrics: writtenMetrics.optional(),
    })
    .optional(),
  validate: z
    .array(z.strictObject({ http: guardedHttp }))
    .max(BOUNDS.validations)
    .optional(),
  label: z.strictObject({ path: path.optional(), require: z.boolean().optional() }).optional(),
  watch: duration.optional(),
  pinned: z.enum(['wait', 'accept']).optional(),
  probes: writtenProbes.optional(),
});

/** A name is repeated in the answer; a whole file that is taken for one is not. */
const NAME_CHARS_MAX = 40;

export const writtenPlan = z.union([z.enum(presetNames), planObject], {
  error: (issue) =>
    typeof issue.input === 'string'
      ? `${JSON.stringify(formatText(issue.input, NAME_CHARS_MAX))} is no preset: ${presetNames.join(', ')}`
      : 'a plan is the name of a preset or an object',
});

export type WrittenPlan = z.output<typeof planObject>;
export type PresetName = (typeof presetNames)[number];
