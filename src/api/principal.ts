/** Who asks: what each way in proves, and the role that comes with it. */
import type { Caller, Role } from '../release/caller.ts';
import { ForbiddenError, UnauthenticatedError } from '../release/errors.ts';
import { plainText } from '../release/written-plan.ts';
import { parseClientPrincipal, PRINCIPAL_HEADER } from './client-principal.ts';

export { type Caller, demandRight, type Right, rightOf, type Role } from '../release/caller.ts';

/** Headers as the library gives them; names in any case. */
export interface HeaderReader {
  get(name: string): string | null;
}

const ACTOR_HEADER = 'x-slipway-actor';
const NAME = plainText(200);

/**
 * Whoever holds a key that the functions host accepted, by the name that the request gives itself. A
 * name that is not plain text counts as none. Nothing else that the request says of itself counts.
 */
export function keyHolder(headers: HeaderReader, role: Role): Caller {
  return { actor: claimed(headers, 'function-key'), via: 'key', role, ids: [] };
}

/**
 * Somebody on this machine, where the settings ask nobody who it is.
 * @param named whether the address that was asked is one of this machine: a page whose own name was
 *   pointed at 127.0.0.1 asks for that name, and to the browser it is no other site (DNS rebinding)
 * @throws ForbiddenError
 */
export function anybody(headers: HeaderReader, named: 'this-machine' | 'otherwise'): Caller {
  if (named === 'otherwise') {
    throw new ForbiddenError(
      'without credentials only http://localhost, http://127.0.0.1 and http://[::1] are answered',
    );
  }
  const actor = claimed(headers, 'anonymous');
  return { actor, via: 'anonymous', role: 'Slipway.Admin', ids: [] };
}

/**
 * Whom Easy Auth signed in. To be asked only where Easy Auth stands before the request and so has
 * taken away a header that the caller wrote.
 * @throws UnauthenticatedError
 */
export function signedIn(headers: HeaderReader): Caller {
  const header = headers.get(PRINCIPAL_HEADER);
  if (header === null) {
    const message =
      'nobody is signed in: send a token of Entra for Slipway as "Authorization: Bearer …", or use a function key under /api/keys/';
    throw new UnauthenticatedError(message);
  }
  const { objectId, name, role, groups, groupsUnknown } = parseClientPrincipal(header);
  return {
    actor: { kind: 'operator', name, objectId },
    via: 'entra',
    role,
    ids: [objectId, ...groups],
    ...(groupsUnknown ? { groupsUnknown } : {}),
  };
}

function claimed(headers: HeaderReader, otherwise: string): Caller['actor'] {
  const name = NAME.safeParse(headers.get(ACTOR_HEADER)?.trim());
  const own = name.success ? name.data : otherwise;
  return { kind: 'operator', name: own, objectId: undefined };
}

/** Who asks by a queue message: nobody checked who put it there. */
export const MESSAGE_SENDER: Caller = {
  actor: { kind: 'claimed', name: 'queue releases', objectId: undefined },
  via: 'queue',
  role: 'Slipway.Operator',
  ids: [],
};
