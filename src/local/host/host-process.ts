/** What a host's process and its parent say to each other. */
import { z } from 'zod';

import { functionInfoSchema } from './function-description.ts';

/** The environment variable with the options of the process, as JSON; removed before the app loads. */
export const OPTIONS_VARIABLE = 'SLIPWAY_LOCAL_HOST_OPTIONS';
const READY_PREFIX = 'functions-host-ready ';

const keysSchema = z.object({ host: z.string().min(1), master: z.string().min(1) });

export const hostProcessOptionsSchema = z.object({
  mainFile: z.string(),
  hostJsonFile: z.string(),
  storageConnectionString: z.string(),
  port: z.number().int().min(0).max(65_535),
  functionKeys: keysSchema,
  home: z.string().optional(),
  limits: z.object({
    bodyLimitBytes: z.number().int().positive(),
    answerLimitMs: z.number().int().positive(),
    requestLimitMs: z.number().int().positive(),
    /** Storage counts in whole seconds, and a message can be hidden for seven days at most. */
    queueLeaseSeconds: z.number().int().min(1).max(604_800),
    stopLimitMs: z.number().int().positive(),
  }),
});
export type HostProcessOptions = z.output<typeof hostProcessOptionsSchema>;

const readySchema = z.object({ url: z.string(), functions: z.array(functionInfoSchema) });
/** What the process says once it works. */
export type HostReady = z.output<typeof readySchema>;

/** The one line that says the host is ready. */
export function readyLine(ready: HostReady): string {
  return READY_PREFIX + JSON.stringify(ready);
}

/** What a line says, if it is the ready line. The app's own output may look like one: then it is none. */
export function parseReadyLine(line: string): HostReady | undefined {
  if (!line.startsWith(READY_PREFIX)) return undefined;
  try {
    return readySchema.parse(JSON.parse(line.slice(READY_PREFIX.length)));
  } catch {
    return undefined;
  }
}
