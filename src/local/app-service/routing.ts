/**
 * Which slot serves a request to production's host (azure.md 1.3). Pure: the dice are an argument.
 */

export interface RoutingRule {
  /** The name in cookie and query. */
  readonly name: string | null;
  readonly actionHostName: string | null;
  readonly reroutePercentage: number | null;
}

export interface Visit {
  /** Value of the cookie `x-ms-routing-name`, if the visitor sent one. */
  readonly cookie: string | undefined;
  /** Value of the query parameter `x-ms-routing-name`, if any. */
  readonly query: string | undefined;
}

export interface Route {
  /** Host of the slot that serves; `null` is production. It is taken as the rule has it, unchecked. */
  readonly hostName: string | null;
  /** The pin to hand out with the answer; `undefined` leaves the visitor's cookie as it is. */
  readonly pin: string | undefined;
}

/** The name of production in cookie and query. */
export const SELF = 'self';

/**
 * Query before cookie before dice. Percentages meet only visitors that are not pinned yet, and a
 * rule of 0 % still honours its cookie. Whether App Service sends a visitor whose rule is gone to
 * the slot or to production is unresolved (azure.md 1.3); here the cookie is ignored: without rules
 * production serves, with other rules the visitor is diced again.
 * @param roll a fraction in [0, 1).
 */
export function routeVisit(rules: readonly RoutingRule[], visit: Visit, roll: number): Route {
  if (rules.length === 0) return { hostName: null, pin: undefined };
  const asked = pinned(rules, visit.query);
  if (asked !== undefined) return { hostName: asked.hostName, pin: visit.query };
  const kept = pinned(rules, visit.cookie);
  if (kept !== undefined) return { hostName: kept.hostName, pin: undefined };
  return diced(rules, roll);
}

function pinned(
  rules: readonly RoutingRule[],
  name: string | undefined,
): { hostName: string | null } | undefined {
  if (name === undefined) return undefined;
  if (name === SELF) return { hostName: null };
  const rule = rules.find((candidate) => candidate.name === name);
  return rule === undefined ? undefined : { hostName: rule.actionHostName ?? '' };
}

function diced(rules: readonly RoutingRule[], roll: number): Route {
  let below = 0;
  for (const rule of rules) {
    below += (rule.reroutePercentage ?? 0) / 100;
    if (roll < below) return { hostName: rule.actionHostName ?? '', pin: rule.name ?? SELF };
  }
  return { hostName: null, pin: SELF };
}
