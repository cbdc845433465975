import { z } from 'zod';

/**
 * The wire shapes of Application Insights telemetry (azure.md section 9), as far as rows need them.
 * SDKs write null for what they do not know, and keys that are not here are of no interest.
 */

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');
const bag = z.record(z.string(), z.json()).nullish();
const severity = z.union([z.number(), z.string()]).nullish();

export const envelopeSchema = z.object({
  time: z.iso.datetime({ offset: true }),
  iKey: z.string().min(1),
  sampleRate: z.number().positive().max(100).nullish(),
  tags: z.record(z.string(), z.unknown()).nullish(),
  data: z.object({ baseType: z.string(), baseData: z.record(z.string(), z.unknown()) }),
});

/** One telemetry item. */
export type Envelope = z.infer<typeof envelopeSchema>;

const shared = { properties: bag, measurements: bag };

export const requestSchema = z.object({
  ...shared,
  id: text,
  name: text,
  duration: z.string(),
  success: z.boolean().nullish(),
  responseCode: z.union([z.string(), z.number()]),
  url: text,
  source: text,
});

export const dependencySchema = z.object({
  ...shared,
  id: text,
  name: text,
  duration: z.string().nullish(),
  success: z.boolean().nullish(),
  resultCode: z.union([z.string(), z.number()]).nullish(),
  data: text,
  target: text,
  type: text,
});

const frame = z.object({ method: text, assembly: text });
const exceptionDetails = z.looseObject({
  typeName: text,
  message: text,
  parsedStack: z.array(frame).nullish(),
});

export const exceptionSchema = z.object({
  ...shared,
  exceptions: z.array(exceptionDetails).min(1),
  problemId: text,
  handledAt: text,
  severityLevel: severity,
});

export const messageSchema = z.object({ ...shared, message: z.string(), severityLevel: severity });

export const availabilitySchema = z.object({
  ...shared,
  id: text,
  name: text,
  duration: z.string(),
  success: z.boolean(),
  runLocation: text,
  message: text,
});
