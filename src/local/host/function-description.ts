/** Registered functions, checked and typed: which trigger, which outputs, and what this host cannot run. */
import { z } from 'zod';

import type { RegisteredFunction } from './core-state.ts';
import { FunctionsHostError } from './host-error.ts';
import { resolveSettings } from './settings.ts';
import type { Settings } from './settings.ts';

const authLevel = z.enum(['anonymous', 'function', 'admin']);

/** A function as tests, the admin endpoint and the ready line show it; settings are resolved. */
export const functionInfoSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('http'),
    name: z.string(),
    /** Without the route prefix. */
    route: z.string(),
    methods: z.array(z.string()),
    authLevel,
  }),
  z.object({
    type: z.literal('queue'),
    name: z.string(),
    queueName: z.string(),
    connection: z.string(),
  }),
  z.object({
    type: z.literal('timer'),
    name: z.string(),
    schedule: z.string(),
    runOnStartup: z.boolean(),
    useMonitor: z.boolean(),
  }),
]);
export type FunctionInfo = z.output<typeof functionInfoSchema>;

/** An output binding to a queue. */
export interface QueueOutput {
  readonly bindingName: string;
  readonly queueName: string;
  readonly connection: string;
}

/** A function that this host can run. */
export interface LocalFunction<Info extends FunctionInfo = FunctionInfo> {
  readonly info: Info;
  /** Name of the trigger's binding. */
  readonly bindingName: string;
  readonly outputs: readonly QueueOutput[];
  readonly registered: RegisteredFunction;
}

const queueBinding = z.looseObject({
  queueName: z.string().min(1),
  connection: z.string().default(''),
});
const triggerSchema = z.discriminatedUnion('type', [
  z.looseObject({
    type: z.literal('httpTrigger'),
    route: z.string().optional(),
    methods: z.array(z.string().toUpperCase()),
    authLevel: z.string().toLowerCase().pipe(authLevel),
  }),
  queueBinding.extend({ type: z.literal('queueTrigger') }),
  z.looseObject({
    type: z.literal('timerTrigger'),
    schedule: z.string().min(1),
    runOnStartup: z.boolean().default(false),
    useMonitor: z.boolean().default(true),
  }),
]);
const outputSchema = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('http') }),
  queueBinding.extend({ type: z.literal('queue') }),
]);

/**
 * Checks a registered function.
 *
 * @throws FunctionsHostError `function-invalid` for bindings this host does not know, `setting-missing`
 */
export function describeFunction(
  registered: RegisteredFunction,
  settings: Settings,
): LocalFunction {
  const { name, bindings } = registered.metadata;
  const usedBy = `Function "${name}"`;
  const inputs = Object.entries(bindings).filter(([, binding]) => binding.direction === 'in');
  const [input] = inputs;
  if (input === undefined || inputs.length > 1) {
    const message = `${usedBy} has ${inputs.length} inputs: the local host runs functions with a trigger and no further input.`;
    throw new FunctionsHostError('function-invalid', message);
  }
  const [bindingName, binding] = input;
  const trigger = parse(triggerSchema, binding, `The trigger of function "${name}"`);
  const outputs = Object.entries(bindings)
    .filter(([, output]) => output.direction === 'out')
    .flatMap(([outputName, output]): QueueOutput[] => {
      const parsed = parse(outputSchema, output, `Output "${outputName}" of function "${name}"`);
      if (parsed.type === 'http') return [];
      const queueName = resolveSettings(parsed.queueName, settings, usedBy);
      return [{ bindingName: outputName, queueName, connection: parsed.connection }];
    });
  const resolve = (text: string): string => resolveSettings(text, settings, usedBy);
  return { info: toInfo(name, trigger, resolve), bindingName, outputs, registered };
}

function toInfo(
  name: string,
  trigger: z.output<typeof triggerSchema>,
  resolve: (text: string) => string,
): FunctionInfo {
  switch (trigger.type) {
    case 'httpTrigger': {
      const { methods, authLevel: level } = trigger;
      return {
        type: 'http',
        name,
        route: resolve(trigger.route ?? name),
        methods,
        authLevel: level,
      };
    }
    case 'queueTrigger': {
      const { connection } = trigger;
      return { type: 'queue', name, queueName: resolve(trigger.queueName), connection };
    }
    case 'timerTrigger': {
      const { runOnStartup, useMonitor } = trigger;
      return { type: 'timer', name, schedule: resolve(trigger.schedule), runOnStartup, useMonitor };
    }
  }
}

function parse<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  const message = `${what} is nothing the local host can run (${problems.join('; ')}). It knows HTTP, timer and storage queue triggers, and outputs to storage queues.`;
  throw new FunctionsHostError('function-invalid', message);
}
