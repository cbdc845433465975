/** What a plan names besides request failures, and its paired probes, as people write them. */
import { z } from 'zod';
import { BOUNDS } from '../limits.ts';
import {
  budget,
  duration,
  fraction,
  headers,
  isSeen,
  leavesOurHeaders,
  OUR_HEADERS,
  path,
  statuses,
} from './written-values.ts';

const WORDS = ['rollback', 'notify', 'off'] as const;
/** `roll-back`, as policies have it, says the same (written-values.ts). */
const word = z
  .enum([...WORDS, 'roll-back'])
  .transform((text) => (text === 'roll-back' ? 'rollback' : text));
/** Of what is left out where it is not wanted: a query of a list, the probes. */
const onOff = z
  .enum(['rollback', 'notify', 'roll-back'], '"rollback" or "notify"; leave it out to turn it off')
  .transform((text) => (text === 'roll-back' ? 'rollback' : text));

/** An importance of nearly nothing would turn a metric off that is said to be on. */
const importance = z.number().min(0.01).max(100);
/** Under 1 a version that is as good as the baseline would be harm. */
const rho = z.number().min(1).max(10);
const delta = z.number().min(0).lt(1);

const weighed = { importance: importance.optional(), rho: rho.optional(), delta: delta.optional() };
const rates = { ...weighed, ceiling: fraction.optional() };

/** `"notify"` says the same as `{"on": "notify"}`. */
function wordOr<Shape extends z.ZodRawShape>(shape: Shape) {
  const object = z.strictObject({ on: word.optional(), ...shape });
  type Written = z.output<typeof object>;
  return z.union(
    // Every key but `on` may be left out.
    [word.transform((on) => ({ on }) as Written), object],
    { error: `write ${WORDS.map((one) => `"${one}"`).join(', ')} or an object` },
  );
}

/** One path, or all below it: `*` stands at the end, after a slash, or nowhere. */
const ignoredPath = path
  .max(BOUNDS.ignoredPathChars)
  .regex(
    /^[^*?#|]*(?:\/\*)?$/,
    'write a path such as /health, or /admin/* for all below it; no query, and * only at the end',
  )
  .refine((text) => text !== '/*', 'this leaves out everything: write "on": "off" instead');

/** An array in which every number is over the one before. */
function rising(name: string) {
  return (values: readonly number[], context: z.core.$RefinementCtx): void => {
    values.forEach((value, index) => {
      const before = values[index - 1];
      if (before === undefined || value > before) return;
      const message = `${name} rise; ${value} ms does not rise from ${before} ms`;
      context.addIssue({ code: 'custom', path: [index], message });
    });
  };
}

const edges = z
  .array(
    duration.refine(
      (edgeMs) => edgeMs <= BOUNDS.edgeMs,
      `an edge is at most ${BOUNDS.edgeMs / 1_000}s: App Service waits no longer for an answer`,
    ),
  )
  .max(BOUNDS.edges, `at most ${BOUNDS.edges} edges`);

/** A command of Kusto begins with a dot; blanks and comments may stand before it. */
const CONTROL_COMMAND = /^(?:\s|\/\/[^\n]*(?:\n|$))*\./;

const query = z
  .string()
  .max(BOUNDS.kqlChars, `a query is at most ${BOUNDS.kqlChars} characters`)
  .refine((text) => text.trim() !== '', 'is empty')
  .refine(
    (text) => !/[^\P{Cc}\n\r\t]/u.test(text) && isSeen(text.replaceAll(/[\n\r\t]/g, ' ')),
    'control characters and characters that nobody sees are not allowed',
  )
  .refine((text) => !CONTROL_COMMAND.test(text), 'a query, not a command: it begins with no dot');

const RESERVED = ['failures', 'exceptions', 'dependencies', 'latency', 'kql', 'probes'];

const kqlName = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{0,30}$/,
    'lower-case letters a to z, digits and hyphens, at most 31, beginning with a letter',
  )
  .refine((name) => !RESERVED.includes(name), `a query cannot be named ${RESERVED.join(', ')}`);

const kql = z
  .array(z.strictObject({ name: kqlName, query, on: onOff.optional(), ...rates }))
  .max(BOUNDS.kqlMetrics, `at most ${BOUNDS.kqlMetrics} queries: each is asked at every look`)
  .superRefine((list, context) => {
    list.forEach(({ name }, index) => {
      const first = list.findIndex((other) => other.name === name);
      if (first === index) return;
      const message = `kql[${first}] has this name already`;
      context.addIssue({ code: 'custom', path: [index, 'name'], message });
    });
  });

export const writtenMetrics = z.strictObject({
  failures: wordOr({
    ...rates,
    ignorePaths: z
      .array(ignoredPath)
      .max(BOUNDS.ignoredPaths, `at most ${BOUNDS.ignoredPaths} paths`)
      .optional(),
    synthetic: z.boolean().optional(),
  }).optional(),
  exceptions: wordOr(rates).optional(),
  dependencies: wordOr(rates).optional(),
  // No ceiling: a share of slow requests that is harm at one edge is none at another.
  latency: wordOr({
    ...weighed,
    edges: edges
      .min(1, 'name an edge, or leave the key out')
      .superRefine(rising('edges'))
      .optional(),
    budget: budget.optional(),
  }).optional(),
  kql: kql.optional(),
});

const MINUTE_S = 60;
const { least, most } = BOUNDS.probesPerSecond;

/** `5/s` or `30/m`, in requests a second. */
const rate = z
  .string()
  .max(20)
  .transform((text, context) => {
    const [, count, unit] = /^(\d+(?:\.\d+)?)\/(s|m)$/.exec(text) ?? [];
    const perSecond = Number(count) / (unit === 'm' ? MINUTE_S : 1);
    if (perSecond >= least && perSecond <= most) return perSecond;
    context.addIssue({
      code: 'custom',
      message: `"${text}" is not a rate: write 5/s or 30/m, from ${least * MINUTE_S}/m to ${most}/s`,
    });
    return z.NEVER;
  });

const pairedRequest = z.strictObject({
  path,
  method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']).optional(),
  headers: headers.refine(leavesOurHeaders, OUR_HEADERS).optional(),
  status: statuses.optional(),
});

export const writtenProbes = z.strictObject({
  rate: rate.optional(),
  requests: z
    .array(pairedRequest)
    .min(1, 'name a request, or leave the key out')
    .max(BOUNDS.probeRequests, `at most ${BOUNDS.probeRequests} requests`)
    .optional(),
  timeout: duration
    .refine((value) => value <= BOUNDS.probeTimeoutMs, 'a timeout is at most 60s')
    .optional(),
  edges: edges.superRefine(rising('edges')).optional(),
  on: onOff.optional(),
  ...rates,
  unsafe: z.boolean().optional(),
});

export type WrittenMetrics = z.output<typeof writtenMetrics>;
export type WrittenProbes = z.output<typeof writtenProbes>;
