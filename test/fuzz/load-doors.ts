/** The doors as the functions host sees them: the real registration, so that no new door is left out. */
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

import { type InvocationInput, loadApp } from '../../src/local/host/app-loader.ts';
import type { InvocationResponse } from '../../src/local/host/core-types.ts';
import { describeFunction, type LocalFunction } from '../../src/local/host/function-description.ts';

const APP = new URL('../../src/app.ts', import.meta.url).href;
const DOORS = new URL('../../src/functions/', import.meta.url).href;
const FUZZED_APP = new URL('./fuzzed-app.ts', import.meta.url).href;
const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** Where people sign in both ways in are open: by Easy Auth and by function key. */
const SETTINGS = { SLIPWAY_AUTH: 'easy-auth', SLIPWAY_CLOCK_SCHEDULE: '*/30 * * * * *' };

export interface Doors {
  readonly functions: readonly LocalFunction[];
  invoke(door: LocalFunction, input: Omit<InvocationInput, 'name'>): Promise<InvocationResponse>;
}

/** Once a process. The log of the functions goes nowhere. */
export async function loadDoors(): Promise<Doors> {
  registerHooks({
    resolve: (specifier, context, next) => {
      const found = next(specifier, context);
      const isDoor = context.parentURL?.startsWith(DOORS) === true;
      return isDoor && found.url === APP ? { ...found, url: FUZZED_APP } : found;
    },
  });
  Object.assign(process.env, SETTINGS);
  const app = await loadApp(MAIN, () => undefined);
  return {
    functions: app.functions.map((registered) => describeFunction(registered, process.env)),
    invoke: (door, input) => app.invoke(door.registered, { name: door.bindingName, ...input }),
  };
}
