/** Who asks for something, and what such a one may do. Who it is was found out by the door. */
import type { AppEntry } from './app-entry.ts';
import type { Actor } from './audit.ts';
import type { CommandKind } from './event.ts';

/** App roles in Entra, from the least to the most; each includes the ones before it. */
export const ROLES = [
  'Slipway.Reader',
  'Slipway.Operator',
  'Slipway.Approver',
  'Slipway.Admin',
] as const;

export type Role = (typeof ROLES)[number];

/**
 * `read`: see releases. `start`: begin one. `override`: pause, resume, abort, roll back, acknowledge.
 * `approve`: past the judge, by advance or promote. `administer`: say which apps there are.
 */
export type Right = 'read' | 'start' | 'override' | 'approve' | 'administer';

/** The least role that has a right. */
export const ROLE_FOR: Readonly<Record<Right, Role>> = {
  read: 'Slipway.Reader',
  start: 'Slipway.Operator',
  override: 'Slipway.Operator',
  approve: 'Slipway.Approver',
  administer: 'Slipway.Admin',
};

export interface Caller {
  /** As the audit names it. */
  readonly actor: Actor;
  /** `entra`: signed in; `key`: holds a function key; `queue`: could put a message there. */
  readonly via: 'entra' | 'key' | 'queue';
  /** The highest role; undefined: none. */
  readonly role: Role | undefined;
  /** Object id of the person or service and of its groups, lower case; empty unless via Entra. */
  readonly ids: readonly string[];
}

/** What an app's lists name beside ids: senders who have none. */
export const LISTED_SENDERS = ['queue', 'key'] as const;

export function rightOf(command: CommandKind): Right {
  return command === 'advance' || command === 'promote' ? 'approve' : 'override';
}

export function roleHas(role: Role | undefined, right: Right): boolean {
  return role !== undefined && ROLES.indexOf(role) >= ROLES.indexOf(ROLE_FOR[right]);
}

/**
 * Whether the caller may do this to an app. The role comes first; an app's own list narrows it
 * further, for administrators too: they can change the list, and that is audited.
 * @param entry undefined: the app is not registered
 */
export function mayDo(caller: Caller, right: Right, entry: AppEntry | undefined): boolean {
  if (!roleHas(caller.role, right)) return false;
  const list = right === 'read' || right === 'administer' ? undefined : entry?.may[right];
  if (list === undefined) return true;
  const own = caller.via === 'entra' ? caller.ids : [caller.via];
  return own.some((id) => list.includes(id));
}
