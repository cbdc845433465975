/** Who asks for something, and what such a one may do. Who it is was found out by the door. */
import type { AppEntry } from './app-entry.ts';
import type { Actor } from './audit.ts';
import { ForbiddenError } from './errors.ts';
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
  /**
   * `entra`: signed in; `key`: holds a function key; `queue`: could put a message there; `anonymous`:
   * somebody on this machine, where a local trial asks nobody.
   */
  readonly via: 'entra' | 'key' | 'queue' | 'anonymous';
  /** The highest role; undefined: none. */
  readonly role: Role | undefined;
  /** Object id of the person or service and of its groups, lower case; empty unless via Entra. */
  readonly ids: readonly string[];
  /** It is in more groups than its token can carry, so none of them stands in `ids`. */
  readonly groupsUnknown?: true;
}

/** What an app's lists name beside ids: senders who have none. */
export const LISTED_SENDERS = ['queue', 'key'] as const;

export function rightOf(command: CommandKind): 'override' | 'approve' {
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

/**
 * Lets pass who may do this; see `mayDo`.
 * @throws ForbiddenError saying which role is missing, or which list does not name the caller
 */
export function demandRight(caller: Caller, right: Right, entry: AppEntry | undefined): void {
  if (!mayDo(caller, right, entry)) throw new ForbiddenError(whyNot(caller, right, entry));
}

const TO: Readonly<Record<Right, string>> = {
  read: 'see releases',
  start: 'start a release',
  override: 'pause, resume, abort, roll back or acknowledge',
  approve: 'advance or promote',
  administer: 'change which apps there are',
};

function whyNot({ actor, role, groupsUnknown }: Caller, right: Right, entry?: AppEntry): string {
  if (!roleHas(role, right)) {
    const has = role === undefined ? 'has no role of Slipway' : `has the role ${role}`;
    return `${actor.name} ${has}; to ${TO[right]} takes ${ROLE_FOR[right]}`;
  }
  const list = `the list "may.${right}" of app ${entry?.name ?? ''} does not name ${actor.name}`;
  if (groupsUnknown === undefined) return list;
  return `${list}; which groups it is in is not known, because they are more than its token can carry: name it by its own object id, or let the tokens carry only groups that are assigned to Slipway`;
}
