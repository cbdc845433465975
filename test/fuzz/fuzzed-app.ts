/** What src/app.ts is to the doors while they are fuzzed: the real one, over the world of one input. */
import type { Controller } from '../../src/app.ts';

export * from '../../src/app.ts';

let current: Controller | undefined;

export function serve(controller: Controller): void {
  current = controller;
}

export async function openSlipway(): Promise<Controller> {
  if (current === undefined) throw new Error('no world is there yet');
  return current;
}
