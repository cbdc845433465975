/**
 * What `@azure/functions` expects of the host, and gives to it: the part of `@azure/functions-core`
 * that this host uses (azure.md 4.2). The real package exists only inside the Functions worker.
 */

/** Least severe first. */
export const LOG_LEVELS = [
  'trace',
  'debug',
  'information',
  'warning',
  'error',
  'critical',
] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Takes a line of the app (`user`) or of the library (`system`). */
export type CoreLog = (level: LogLevel, category: string, message: string) => void;

/** A handler as registered: inputs first, the invocation context last. */
export type FunctionCallback = (...args: unknown[]) => unknown;

/** Hooks get one mutable context each. */
export type HookCallback = (context: Record<string, unknown>) => unknown;

/** A function as the app registers it; each binding carries the options of its trigger or output. */
export interface FunctionMetadata {
  readonly name: string;
  readonly bindings: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly retryOptions?: unknown;
}

/** A value on its way between host and app: exactly one member is set. */
export interface RpcTypedData {
  string?: string;
  json?: string;
  bytes?: Uint8Array;
  int?: number;
  double?: number;
  http?: RpcHttpData;
}

/** Wraps what may be null on the wire. */
export interface RpcNullable<T> {
  readonly value: T;
}

/** A request to the app, or its answer. */
export interface RpcHttpData {
  method?: string;
  url?: string;
  statusCode?: string;
  headers?: Record<string, string>;
  nullableHeaders?: Record<string, RpcNullable<string>>;
  nullableParams?: Record<string, RpcNullable<string>>;
  nullableQuery?: Record<string, RpcNullable<string>>;
  cookies?: RpcHttpCookie[];
  body?: RpcTypedData | null;
}

/** A cookie of an answer. */
export interface RpcHttpCookie {
  readonly name: string;
  readonly value: string;
  readonly domain?: RpcNullable<string>;
  readonly path?: RpcNullable<string>;
  readonly expires?: RpcNullable<{ readonly seconds: number }>;
  readonly secure?: RpcNullable<boolean>;
  readonly httpOnly?: RpcNullable<boolean>;
  readonly sameSite?: 'none' | 'lax' | 'strict' | 'explicitNone';
  readonly maxAge?: RpcNullable<number>;
}

/** What a handler returned and set, converted by the library. */
export interface InvocationResponse {
  readonly outputData?: readonly { readonly name: string; readonly data: RpcTypedData }[];
  readonly returnValue?: RpcTypedData | null;
}

/** One invocation as the library sees it. */
export interface CoreInvocationContext {
  readonly invocationId: string;
  readonly request: {
    readonly invocationId: string;
    readonly inputData: readonly { readonly name: string; readonly data: RpcTypedData }[];
    readonly triggerMetadata?: Readonly<Record<string, RpcTypedData>>;
  };
  readonly metadata: FunctionMetadata;
  state: 'preInvocationHooks' | 'invocation' | 'postInvocationHooks' | undefined;
  readonly log: CoreLog;
}

/** The library's converters and its call of the handler. */
export interface InvocationModel {
  getArguments(): Promise<{ context: object; inputs: unknown[] }>;
  invokeFunction(context: object, inputs: unknown[], handler: FunctionCallback): Promise<unknown>;
  getResponse(context: object, result: unknown): Promise<InvocationResponse>;
}

/** `@azure/functions` itself. */
export interface ProgrammingModel {
  readonly name: string;
  readonly version: string;
  getInvocationModel(context: CoreInvocationContext): InvocationModel;
  getCapabilities(worker: Record<string, string>): Promise<Record<string, string>>;
}
