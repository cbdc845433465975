import type { Rule, Volumes } from './azure-facts.ts';
import type { Release, Whereabouts } from './release.ts';

/** Rules of other slots, by name, so that two reads can be compared whatever their order. */
export function foreignRules(release: Release, rules: readonly Rule[]): readonly string[] {
  return rules
    .filter((rule) => !isOwn(release, rule))
    .map((rule) => `${rule.name}=${rule.weight}${rule.autoRamp ? ' (auto ramp)' : ''}`)
    .sort((a, b) => a.localeCompare(b));
}

/** The rule of our slot, whoever wrote it. */
export function ownRule(release: Release, rules: readonly Rule[]): Rule | undefined {
  return rules.find((rule) => isOwn(release, rule));
}

/** Known to be gone: read in this pass, and not there. */
export function ruleAbsent(release: Release, rules: readonly Rule[] | undefined): boolean {
  return rules !== undefined && ownRule(release, rules) === undefined;
}

function isOwn(release: Release, rule: Rule): boolean {
  return isRuleOf(rule, release.slot, release.subject?.slotHost);
}

/** A rule that leads to the slot, by its name or by its host. */
export function isRuleOf(rule: Rule, slot: string, host: string | undefined): boolean {
  return sameName(rule.name, slot) || (host !== undefined && sameName(rule.host, host));
}

function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** A new 0 % rule of another slot (an insiders' route) is nobody's harm; anything with weight is. */
export function foreignDrift(release: Release, rules: readonly Rule[]): boolean {
  const known = new Set(release.subject?.foreignRules ?? []);
  const now = foreignRules(release, rules);
  return now.some((rule) => !known.has(rule) && !rule.endsWith('=0'));
}

/** The list to write: every other slot's rule as it is, ours with the weight, or without it at 0. */
export function withOwnWeight(
  release: Release,
  rules: readonly Rule[],
  weight: number,
): readonly Rule[] {
  const others = rules.filter((rule) => !isOwn(release, rule));
  if (weight === 0) return others;
  const host = release.subject?.slotHost;
  if (host === undefined)
    throw new TypeError(`release ${release.id} has no slot host before preflight`);
  return [...others, { name: release.slot, host, weight, autoRamp: false }];
}

/** Percent of production that the new version serves, as far as rules and volumes were read. */
export function shareOf(release: Pick<Release, 'where' | 'weight'>): number {
  return release.where === 'canary-in-production' ? 100 : release.weight;
}

export function describeRules(rules: readonly Rule[]): string {
  if (rules.length === 0) return 'no rules';
  return rules.map((rule) => `${rule.name}=${rule.weight} %`).join(', ');
}

/** Where the two volumes of preflight sit now. */
export function whereabouts(release: Release, volumes: Volumes): Whereabouts {
  const { subject } = release;
  if (subject === undefined) return 'other';
  const { canaryVolume, baselineVolume } = subject;
  if (volumes.production === baselineVolume && volumes.slot === canaryVolume)
    return 'baseline-in-production';
  if (volumes.production === canaryVolume && volumes.slot === baselineVolume)
    return 'canary-in-production';
  return 'other';
}
