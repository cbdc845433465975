/** host.json, as far as this host obeys it. Unknown keys are left alone: they mean something to the real host. */
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { z } from 'zod';

import { LOG_LEVELS } from './core-types.ts';
import { FunctionsHostError } from './host-error.ts';
import type { Settings } from './settings.ts';

const OVERRIDE_PREFIX = 'AzureFunctionsJobHost__';
const TIME_SPAN = /^(?:(\d+)\.)?([01]?\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.(\d{1,7}))?$/;
const SECOND_MS = 1000;
const DAY_MS = 86_400_000;

/** `[d.]hh:mm:ss[.fff]` as milliseconds. */
const timeSpan = z.string().transform((text, context) => {
  const match = TIME_SPAN.exec(text);
  if (match === null) {
    context.addIssue({ code: 'custom', message: `"${text}" is not a time like "00:00:05"` });
    return z.NEVER;
  }
  const [, days = '0', hours = '0', minutes = '0', seconds = '0', fraction = '0'] = match;
  const wholeSeconds = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
  return Number(days) * DAY_MS + wholeSeconds * SECOND_MS + Number(`0.${fraction}`) * SECOND_MS;
});

/** Overrides by environment variable are texts. */
const integer = (min: number, max: number) => z.coerce.number().int().min(min).max(max);

const queuesSchema = z
  .looseObject({
    maxPollingInterval: timeSpan.pipe(z.number().min(100)).default(60_000),
    visibilityTimeout: timeSpan.default(0),
    batchSize: integer(1, 32).default(16),
    newBatchThreshold: integer(0, 1000).optional(),
    maxDequeueCount: integer(1, 1_000_000).default(5),
    messageEncoding: z
      .string()
      .toLowerCase()
      .pipe(z.enum(['base64', 'none']))
      .default('base64'),
  })
  .transform((queues) => ({
    maxPollingIntervalMs: queues.maxPollingInterval,
    visibilityTimeoutMs: queues.visibilityTimeout,
    batchSize: queues.batchSize,
    newBatchThreshold:
      queues.newBatchThreshold ?? Math.floor(queues.batchSize / 2) * availableParallelism(),
    maxDequeueCount: queues.maxDequeueCount,
    messageEncoding: queues.messageEncoding,
  }));

const hostJsonSchema = z
  .looseObject({
    version: z.literal('2.0'),
    extensions: z
      .looseObject({
        http: z.looseObject({ routePrefix: z.string().default('api') }).prefault({}),
        queues: queuesSchema.prefault({}),
      })
      .prefault({}),
    logging: z
      .looseObject({
        logLevel: z
          .looseObject({
            default: z.string().toLowerCase().pipe(z.enum(LOG_LEVELS)).default('information'),
          })
          .prefault({}),
      })
      .prefault({}),
  })
  .transform(({ extensions, logging }) => ({
    routePrefix: extensions.http.routePrefix,
    queues: extensions.queues,
    minLogLevel: logging.logLevel.default,
  }));

/** What this host takes from host.json, with the real host's defaults (azure.md 4.3). */
export type HostJson = z.output<typeof hostJsonSchema>;
/** `extensions.queues`: one for all queue triggers of the app. */
export type QueueOptions = HostJson['queues'];

/**
 * Reads host.json, comments included, and applies overrides such as
 * `AzureFunctionsJobHost__extensions__queues__batchSize`, as the real host does.
 *
 * @throws FunctionsHostError `host-json-invalid`, listing every problem with its path
 */
export async function readHostJson(file: string, settings: Settings): Promise<HostJson> {
  let written: unknown;
  try {
    written = JSON.parse(withoutComments(await readFile(file, 'utf8')));
  } catch (cause) {
    const message = `${file} cannot be read as JSON.`;
    throw new FunctionsHostError('host-json-invalid', message, { cause });
  }
  const parsed = hostJsonSchema.safeParse(withOverrides(written, settings));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    (issue) => `${issue.path.join('.') || '(the whole file)'}: ${issue.message}`,
  );
  throw new FunctionsHostError('host-json-invalid', `${file}: ${problems.join('; ')}`);
}

function withoutComments(text: string): string {
  return text.replace(/"(?:\\.|[^"\\])*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (token) =>
    token.startsWith('"') ? token : '',
  );
}

function withOverrides(written: unknown, settings: Settings): unknown {
  let result = written;
  for (const [name, value] of Object.entries(settings)) {
    if (value === undefined || !name.startsWith(OVERRIDE_PREFIX)) continue;
    result = withValue(result, name.slice(OVERRIDE_PREFIX.length).split('__'), value);
  }
  return result;
}

function withValue(target: unknown, path: readonly string[], value: string): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const object: Record<string, unknown> =
    typeof target === 'object' && target !== null ? { ...target } : {};
  // Names of settings are case-insensitive there.
  const own = Object.keys(object).find((name) => name.toLowerCase() === key.toLowerCase()) ?? key;
  return { ...object, [own]: withValue(object[own], rest, value) };
}
