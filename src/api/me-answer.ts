import manifest from '../../package.json' with { type: 'json' };
import { type Caller, roleHas, rightOf } from '../release/caller.ts';
import { COMMANDS } from '../release/event.ts';
import type { MeAnswer } from './contract/me.ts';

/**
 * Who asks, as the role goes; an app's own lists are not looked at.
 * @param auth how Slipway tells who asks
 */
export function meAnswer({ actor, role }: Caller, auth: MeAnswer['auth']): MeAnswer {
  return {
    name: actor.name,
    objectId: actor.objectId ?? null,
    role: role ?? 'none',
    commands: COMMANDS.filter((kind) => roleHas(role, rightOf(kind))),
    canStart: roleHas(role, 'start'),
    canAdminister: roleHas(role, 'administer'),
    auth,
    slipway: { version: manifest.version },
  };
}
