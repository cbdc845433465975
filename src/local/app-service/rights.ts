import { armError } from './errors.ts';
import type { ArmAnswerError } from './errors.ts';

/** What those who ask ARM may do: one role assignment, on every site. */
export interface Permission {
  /** With `*` for any characters: `*`, `Microsoft.Web/sites/*`. */
  readonly actions: readonly string[];
  /** Taken from `actions` of the same assignment. */
  readonly notActions?: readonly string[];
}

/** Everybody may do everything, until somebody takes rights away. */
export interface Rights {
  readonly permissions: readonly Permission[];
  /** From now on these are all that anybody has. */
  set(permissions: readonly Permission[]): void;
  /** Everything again. */
  reset(): void;
}

const EVERYTHING: readonly Permission[] = [{ actions: ['*'] }];

export function createRights(): Rights {
  let permissions = EVERYTHING;
  return {
    get permissions() {
      return permissions;
    },
    set: (given) => {
      permissions = given;
    },
    reset: () => {
      permissions = EVERYTHING;
    },
  };
}

/** What a call asks for. */
export interface ActionCall {
  readonly method: string;
  readonly slotName: string | undefined;
  /** What the path says after the site or slot, lower case. */
  readonly rest: string;
}

/**
 * ARM's name for a call: resource types without their names, and what is done. POST names its action:
 * `POST …/sites/shop/config/appsettings/list` is `Microsoft.Web/sites/config/list/action`.
 */
export function actionOf({ method, slotName, rest }: ActionCall): string {
  const extension = /^providers\/microsoft\.(authorization|resources)\/([^/]+)/.exec(rest);
  if (extension !== null) {
    const [, provider, type = ''] = extension;
    const name = provider === 'resources' ? 'Resources' : 'Authorization';
    return `Microsoft.${name}/${type}/${verbOf(method)}`;
  }
  const segments = rest.split('/').filter((segment) => segment !== '');
  const base = slotName === undefined ? 'Microsoft.Web/sites' : 'Microsoft.Web/sites/slots';
  const done = method === 'POST' ? segments.pop() : undefined;
  // Types and names take turns.
  const types = segments.filter((_, index) => index % 2 === 0);
  return [base, ...types, ...(done === undefined ? [] : [done]), verbOf(method)].join('/');
}

const VERBS: Readonly<Partial<Record<string, string>>> = {
  GET: 'read',
  HEAD: 'read',
  PUT: 'write',
  PATCH: 'write',
  DELETE: 'delete',
};

function verbOf(method: string): string {
  return VERBS[method] ?? 'action';
}

/** @throws ArmAnswerError 403 in ARM's envelope, whether or not the site exists */
export function demandAction(rights: Rights, action: string, scope: string): void {
  const allowed = rights.permissions.some(
    ({ actions, notActions = [] }) => meets(actions, action) && !meets(notActions, action),
  );
  if (!allowed) throw forbidden(action, scope);
}

function forbidden(action: string, scope: string): ArmAnswerError {
  const id = '99999999-9999-4999-8999-999999999999';
  return armError(403, 'AuthorizationFailed', {
    message: `The client '${id}' with object id '${id}' does not have authorization to perform action '${action}' over scope '${scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.`,
  });
}

function meets(patterns: readonly string[], action: string): boolean {
  return patterns.some((pattern) => {
    const parts = pattern.split('*').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    return new RegExp(`^${parts.join('.*')}$`, 'i').test(action);
  });
}
