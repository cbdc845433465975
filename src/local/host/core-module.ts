/**
 * What the app gets for `require('@azure/functions-core')`. Its exports are the contract of azure.md 4.2,
 * so nothing may be exported here that the worker's own module does not have.
 */
import { FunctionsHostError } from './host-error.ts';
import { coreState } from './core-state.ts';
import type {
  FunctionCallback,
  FunctionMetadata,
  HookCallback,
  LogLevel,
  ProgrammingModel,
} from './core-types.ts';

/** Version of the Node worker whose contract this is. */
export const version = '3.10.1';
/** Version of the Functions host whose behaviour this is. */
export const hostVersion = '4.1045.200';

/** Undoes a registration. */
export class Disposable {
  #undo: (() => unknown) | undefined;

  constructor(undo: () => unknown) {
    this.#undo = undo;
  }

  dispose(): void {
    this.#undo?.();
    this.#undo = undefined;
  }
}

export function setProgrammingModel(model: ProgrammingModel): void {
  coreState.model = model;
}

export function getProgrammingModel(): ProgrammingModel | undefined {
  return coreState.model;
}

/** @throws FunctionsHostError `function-invalid`: the name is taken, or start-up is over */
export function registerFunction(
  metadata: FunctionMetadata,
  callback: FunctionCallback,
): Disposable {
  const { name } = metadata;
  if (coreState.sealed) {
    const message = `Function "${name}" came too late: functions are registered while the app starts.`;
    throw new FunctionsHostError('function-invalid', message);
  }
  if (coreState.functions.has(name)) {
    const message = `Two functions are called "${name}": give one of them another name.`;
    throw new FunctionsHostError('function-invalid', message);
  }
  coreState.functions.set(name, { metadata, callback });
  return new Disposable(() => coreState.functions.delete(name));
}

export function registerHook(name: string, callback: HookCallback): Disposable {
  const hooks = coreState.hooks.get(name) ?? new Set();
  coreState.hooks.set(name, hooks.add(callback));
  return new Disposable(() => hooks.delete(callback));
}

export function log(level: LogLevel, category: string, message: string): void {
  coreState.log(level, category, message);
}
