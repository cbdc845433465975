/** Runs functions with their outputs, and knows which are running. */
import type { InvocationInput, LoadedApp } from './app-loader.ts';
import type { InvocationResponse } from './core-types.ts';
import type { LocalFunction } from './function-description.ts';
import { stackOf } from './host-error.ts';
import type { HostLog } from './host-log.ts';
import type { QueueOptions } from './host-json.ts';
import { sendOutputs } from './queue-clients.ts';
import type { QueueClients } from './queue-clients.ts';

/** What listeners and doors start functions with. */
export interface Invoker {
  /** Runs a function and sends its outputs. A failure of either is logged, then rejected. */
  invoke(fn: LocalFunction, input: InvocationInput): Promise<InvocationResponse>;
  /** Settles when nothing runs that runs now. */
  idle(): Promise<void>;
}

export function createInvoker(options: {
  app: LoadedApp;
  clients: QueueClients;
  encoding: QueueOptions['messageEncoding'];
  /** Called for each queue that an output went to. */
  onSent: (queueName: string) => void;
  log: HostLog;
}): Invoker {
  const running = new Set<Promise<InvocationResponse>>();
  const run = async (fn: LocalFunction, input: InvocationInput): Promise<InvocationResponse> => {
    try {
      const response = await options.app.invoke(fn.registered, input);
      await sendOutputs(fn, response, options);
      return response;
    } catch (error) {
      options.log('error', fn.info.name, `The function failed. ${stackOf(error)}`);
      throw error;
    }
  };
  return {
    invoke: async (fn, input) => {
      const work = run(fn, input);
      running.add(work);
      try {
        return await work;
      } finally {
        running.delete(work);
      }
    },
    idle: async () => {
      await Promise.allSettled(running);
    },
  };
}
