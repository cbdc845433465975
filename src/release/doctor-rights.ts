/** Which of Azure's actions a release takes, and whether somebody has them. */
import { type CheckSpec, type Finding, ok, type View, warning } from './doctor-check.ts';
import type { Permission, Rights } from './doctor-facts.ts';

/**
 * The actions of the custom role in infra/modules/target-app-role.bicep, each with what it is for. A test
 * holds the two together.
 */
export const NEEDED_ACTIONS: Readonly<Record<string, string>> = {
  'Microsoft.Web/sites/read': 'read the app',
  'Microsoft.Web/sites/slots/read': 'read the slot',
  'Microsoft.Web/sites/config/read': 'read rules and settings that stay with a slot',
  'Microsoft.Web/sites/slots/config/read': "read the slot's configuration",
  'Microsoft.Web/sites/config/write': 'set the weight',
  'Microsoft.Web/sites/slotsswap/action': 'swap',
  'Microsoft.Web/sites/slots/slotsswap/action': 'swap the slot with production',
  'Microsoft.Web/sites/operationresults/read': 'follow a swap',
  'Microsoft.Web/sites/slots/operationresults/read': 'follow a swap of the slot',
  'Microsoft.Web/sites/operations/read': 'see operations of the app',
  'Microsoft.Web/sites/slots/operations/read': 'see operations of the slot',
  'Microsoft.Web/sites/deployments/read': 'see what is in production',
  'Microsoft.Web/sites/slots/deployments/read': 'see what is in the slot',
};

/** Of the slot's own scope, where a role may be assigned that the site does not have. */
const OF_SLOT = /^Microsoft\.Web\/sites\/slots\//i;

/** Without these a release is refused in its middle. What it reads, preflight has read before. */
const WRITES = ['Microsoft.Web/sites/config/write', 'Microsoft.Web/sites/slots/slotsswap/action'];

/** Whoever has read the app has these. */
const READS = ['Microsoft.Web/sites/read', 'Microsoft.Web/sites/slots/read'];

/** The needed actions that somebody with these permissions does not have. What the site has, its slots have. */
export function missingActions({ site, slot }: Rights): readonly string[] {
  return Object.keys(NEEDED_ACTIONS).filter(
    (action) => !allows(OF_SLOT.test(action) ? [...slot, ...site] : site, action),
  );
}

/**
 * Why a release would be refused: a wrong word here would stop every release, so only what it cannot do
 * without. Undefined where the answer is not to be believed: it denies what somebody who was able to read
 * the app has just done, as a list would that leaves out delegated rights.
 */
export function missingWrites(rights: Rights): readonly string[] | undefined {
  const missing = missingActions(rights);
  if (READS.some((action) => missing.includes(action))) return undefined;
  return WRITES.filter((action) => missing.includes(action));
}

/**
 * Role assignments add up. `notActions` takes away from the actions of its own role only: it is no deny
 * (learn.microsoft.com/azure/role-based-access-control/role-definitions).
 */
export function allows(permissions: readonly Permission[], action: string): boolean {
  const matches = (patterns: readonly string[]): boolean =>
    patterns.some((pattern) => matchesAction(pattern, action));
  return permissions.some(({ actions, notActions }) => matches(actions) && !matches(notActions));
}

/** `*` stands for any characters, slashes too: `*`, `Microsoft.Web/sites/*`, `Microsoft.Web/*` with more behind it. Case does not count. */
export function matchesAction(pattern: string, action: string): boolean {
  // Not by a regular expression: a pattern of many stars would take its engine for ever.
  const [first = '', ...parts] = pattern.toLowerCase().split('*');
  const text = action.toLowerCase();
  const last = parts.pop();
  if (last === undefined) return first === text;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const part of parts) {
    const found = text.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}

export const rightsCheck: CheckSpec = {
  id: 'rights',
  title: 'Rights of the identity',
  // A person's own rights say nothing of the identity that will release.
  decides: ({ via }) => via === 'slipway',
  codes: ['right-missing'],
  look: lookAtRights,
};

function lookAtRights(view: View): Finding {
  const { rights, who, via } = view;
  const name =
    via === 'slipway'
      ? (who ?? "Slipway's identity")
      : `you${who === undefined ? '' : ` (${who})`}`;
  if (!rights.ok) {
    return {
      status: 'unknown',
      message: `the permissions of ${name} could not be read: ${rights.why}`,
      fix: via === 'slipway' ? grant(view) : undefined,
    };
  }
  const missing = missingActions(rights.value);
  const writes = missingWrites(rights.value);
  const facts = { who: who ?? null, missing, needed: Object.keys(NEEDED_ACTIONS) };
  if (missing.length === 0) {
    return ok(`all ${facts.needed.length} that a release takes, on the app and its slot`, facts);
  }
  const list = missing.map((action) => `${action} (${NEEDED_ACTIONS[action] ?? ''})`).join(', ');
  if (via === 'own') {
    const message = `${name} do not have ${list}. It is Slipway's identity that needs them: ask with --app once it is deployed`;
    return warning(message, { facts });
  }
  if (writes === undefined && view.preflight.site !== undefined) {
    const message = `Azure says that ${name} may not even read the app, which it just did: its answer does not tell what is missing`;
    return { status: 'unknown', message, fix: grant(view), facts };
  }
  if (writes?.length === 0) {
    const message = `${name} does not have ${list}; a release would be taken all the same`;
    return warning(message, { fix: grant(view), facts });
  }
  const message = `${name} does not have ${list}: Azure would refuse`;
  return { status: 'problem', message, fix: grant(view), facts };
}

/** The template makes the role with exactly these actions (docs/deploy.md). */
export function grant({ request }: View): string {
  const { resourceGroup, site } = request.target;
  return `az deployment group create --resource-group rg-slipway --template-file infra/main.bicep --parameters infra/main.bicepparam  # with { resourceGroup: '${resourceGroup}', site: '${site}' } in its targets`;
}
