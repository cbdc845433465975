/** What the app registered in this process. One process runs one app: the patch of `require` is process-wide. */
import type {
  CoreLog,
  FunctionCallback,
  FunctionMetadata,
  HookCallback,
  ProgrammingModel,
} from './core-types.ts';

/** A function with its handler. */
export interface RegisteredFunction {
  readonly metadata: FunctionMetadata;
  readonly callback: FunctionCallback;
}

interface CoreState {
  model: ProgrammingModel | undefined;
  /** Set when start-up is over: later registrations are refused, as the worker does. */
  sealed: boolean;
  log: CoreLog;
  readonly functions: Map<string, RegisteredFunction>;
  readonly hooks: Map<string, Set<HookCallback>>;
}

export const coreState: CoreState = {
  model: undefined,
  sealed: false,
  log: () => undefined,
  functions: new Map(),
  hooks: new Map(),
};
