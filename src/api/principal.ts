import type { Actor } from '../release/audit.ts';
import { plainText } from '../release/written-plan.ts';

const ACTOR_HEADER = 'x-slipway-actor';
const NAME = plainText(200);

/**
 * Who asks over HTTP. So far whoever holds a function key, by the name that the request gives itself;
 * a name that is not plain text counts as none.
 */
export function operatorOf(headers: { get(name: string): string | null }): Actor {
  const name = NAME.safeParse(headers.get(ACTOR_HEADER)?.trim());
  return { kind: 'operator', name: name.success ? name.data : 'function-key', objectId: undefined };
}

/** Who asks by a queue message: nobody checked who put it there. */
export const MESSAGE_SENDER: Actor = {
  kind: 'claimed',
  name: 'queue releases',
  objectId: undefined,
};
