/** Loads a function app into this process and runs its functions through the library's own converters. */
import { randomUUID } from 'node:crypto';
import { createRequire, registerHooks } from 'node:module';

import { coreState } from './core-state.ts';
import type { RegisteredFunction } from './core-state.ts';
import type {
  CoreInvocationContext,
  InvocationResponse,
  ProgrammingModel,
  RpcTypedData,
} from './core-types.ts';
import { FunctionsHostError } from './host-error.ts';
import type { HostLog } from './host-log.ts';

/** The data that starts an invocation. */
export interface InvocationInput {
  /** Name of the trigger's binding. */
  readonly name: string;
  readonly data: RpcTypedData;
  readonly triggerMetadata?: Readonly<Record<string, RpcTypedData>>;
}

/** A loaded function app. */
export interface LoadedApp {
  readonly functions: readonly RegisteredFunction[];
  /** Runs one function; rejects with whatever its handler threw (throwing undefined or null is a success). */
  invoke(fn: RegisteredFunction, input: InvocationInput): Promise<InvocationResponse>;
  /** Runs the appTerminate hooks. */
  terminate(): Promise<void>;
}

let loaded = false;

/**
 * Loads package.json's `main`, seals the registrations and runs the appStart hooks.
 *
 * @throws FunctionsHostError `app-not-loaded` (with the cause), `no-functions`, `host-already-started`
 */
export async function loadApp(mainFile: string, log: HostLog): Promise<LoadedApp> {
  if (loaded) {
    const message = 'This process already runs a function app: start each host in its own process.';
    throw new FunctionsHostError('host-already-started', message);
  }
  loaded = true;
  coreState.log = (level, category, message) => log(level, category, message);
  provideCoreModule();
  try {
    createRequire(import.meta.url)(mainFile);
  } catch (cause) {
    const message = `The function app ${mainFile} could not be loaded. Was it built?`;
    throw new FunctionsHostError('app-not-loaded', message, { cause });
  }

  const { model } = coreState;
  // The real host starts an app with zero functions and says nothing (azure.md 8).
  if (model === undefined || coreState.functions.size === 0) {
    const message = `${mainFile} registered no functions: it must call app.http, app.timer or app.storageQueue while it loads, and leave @azure/functions-core out of its bundle.`;
    throw new FunctionsHostError('no-functions', message);
  }
  await model.getCapabilities({});
  coreState.sealed = true;
  await runHooks('appStart', { hookData: {} });
  return {
    functions: [...coreState.functions.values()],
    invoke: (fn, input) => invoke(model, { fn, input, log }),
    terminate: () => runHooks('appTerminate', { hookData: {} }),
  };
}

/**
 * Answers `require('@azure/functions-core')`, and only `require`: an `import` of it fails in Azure,
 * so it must fail here (azure.md 8).
 */
function provideCoreModule(): void {
  const url = new URL('./core-module.ts', import.meta.url).href;
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === '@azure/functions-core' && context.conditions.includes('require')
        ? { url, format: 'module-typescript', shortCircuit: true }
        : next(specifier, context),
  });
}

async function invoke(
  model: ProgrammingModel,
  options: { fn: RegisteredFunction; input: InvocationInput; log: HostLog },
): Promise<InvocationResponse> {
  const { fn, input, log } = options;
  const { name } = fn.metadata;
  const invocationId = randomUUID();
  const current: { invocationContext?: object } = {};
  const core: CoreInvocationContext = {
    invocationId,
    request: {
      invocationId,
      inputData: [{ name: input.name, data: input.data }],
      ...(input.triggerMetadata === undefined ? {} : { triggerMetadata: input.triggerMetadata }),
    },
    metadata: fn.metadata,
    state: undefined,
    log: (level, category, message) => {
      const line = { level, category, message, ...current, hookData: {} };
      runLogHooks(line);
      log(line.level, name, line.message);
    },
  };
  const invocation = model.getInvocationModel(core);
  const { context, inputs } = await invocation.getArguments();
  current.invocationContext = context;

  // The same order as in the worker: hooks may replace inputs, handler, result and error.
  const hookData = {};
  const before = { hookData, ...current, inputs, functionCallback: fn.callback };
  core.state = 'preInvocationHooks';
  await runHooks('preInvocation', before);
  const after = {
    ...{ hookData, ...current, inputs: before.inputs },
    ...{ result: undefined as unknown, error: undefined as unknown },
  };
  core.state = 'invocation';
  try {
    after.result = await invocation.invokeFunction(context, before.inputs, before.functionCallback);
  } catch (error) {
    after.error = error;
  }
  core.state = 'postInvocationHooks';
  await runHooks('postInvocation', after);
  core.state = undefined;
  if (after.error !== undefined && after.error !== null) throw asError(after.error);
  return invocation.getResponse(context, after.result);
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(`Thrown: ${String(thrown)}`);
}

async function runHooks(name: string, context: Record<string, unknown>): Promise<void> {
  for (const hook of coreState.hooks.get(name) ?? []) await hook(context);
}

/** Log hooks cannot be awaited: a line is written where it happens. */
function runLogHooks(context: Record<string, unknown>): void {
  for (const hook of coreState.hooks.get('log') ?? []) hook(context);
}
