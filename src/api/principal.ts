import type { Caller } from '../release/caller.ts';
import { plainText } from '../release/written-plan.ts';

const ACTOR_HEADER = 'x-slipway-actor';
const NAME = plainText(200);

/**
 * Who asks over HTTP. So far whoever holds a function key, by the name that the request gives itself;
 * a name that is not plain text counts as none.
 */
export function callerOf(headers: { get(name: string): string | null }): Caller {
  const name = NAME.safeParse(headers.get(ACTOR_HEADER)?.trim());
  return {
    actor: {
      kind: 'operator',
      name: name.success ? name.data : 'function-key',
      objectId: undefined,
    },
    via: 'key',
    role: 'Slipway.Admin',
    ids: [],
  };
}

/** Who asks by a queue message: nobody checked who put it there. */
export const MESSAGE_SENDER: Caller = {
  actor: { kind: 'claimed', name: 'queue releases', objectId: undefined },
  via: 'queue',
  role: 'Slipway.Operator',
  ids: [],
};
