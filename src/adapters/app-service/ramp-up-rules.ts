import type { RampUpRule } from '@azure/arm-appservice';
import { z } from 'zod';
import type { Rule } from '../../release/azure-facts.ts';

/**
 * The only place where Slipway's weight meets `reroutePercentage`. Both are percents, 0-100; the
 * service answers 15.0 for 15 (azure.md 1.1).
 */

/** A rule as it really arrives: the SDK passes on `null` for what is unset, against its own types. */
export type ArmRule = { readonly [Key in keyof RampUpRule]?: RampUpRule[Key] | null };

const TEXT = z.string().nullish();
const RULES = z
  .array(
    z.looseObject({
      name: TEXT,
      actionHostName: TEXT,
      reroutePercentage: z.number().min(0).max(100).nullish(),
      changeStep: z.number().nullish(),
      changeDecisionCallbackUrl: TEXT,
    }),
  )
  .nullish();

/**
 * The rules of an answer; none when it has no list.
 * @throws ZodError: the SDK passes on whatever the answer holds, and a weight that is no percentage must
 *   not be taken for one
 */
export function armRulesOf(rules: readonly ArmRule[] | null | undefined): readonly ArmRule[] {
  RULES.parse(rules);
  return rules ?? [];
}

/** Slipway's view. A rule without a percentage sends nobody anywhere: weight 0. */
export function toRule(rule: ArmRule): Rule {
  return {
    name: rule.name ?? '',
    host: rule.actionHostName ?? '',
    weight: rule.reroutePercentage ?? 0,
    autoRamp: (rule.changeStep ?? 0) !== 0 || (rule.changeDecisionCallbackUrl ?? '') !== '',
  };
}

/**
 * The list to write. A rule that stays as it is in `current` is given back whole, and so is one that
 * the platform ramps by itself, but for what Slipway knows of it: another slot's rule must not lose its
 * bounds and its callback to our write. A rule that changes otherwise is written bare, so that ours
 * never ramps by itself.
 */
export function mergeRules(current: readonly ArmRule[], wanted: readonly Rule[]): RampUpRule[] {
  return wanted.map((rule) => {
    const bare = { actionHostName: rule.host, reroutePercentage: rule.weight, name: rule.name };
    const old = current.find(({ name }) => (name ?? '') === rule.name);
    if (old === undefined) return bare;
    return rule.autoRamp || sameRule(toRule(old), rule) ? { ...withoutNulls(old), ...bare } : bare;
  });
}

function sameRule(a: Rule, b: Rule): boolean {
  return (
    a.name === b.name && a.host === b.host && a.weight === b.weight && a.autoRamp === b.autoRamp
  );
}

function withoutNulls(rule: ArmRule): RampUpRule {
  const values: Readonly<Record<string, unknown>> = { ...rule };
  return Object.fromEntries(Object.entries(values).filter(([, value]) => (value ?? null) !== null));
}
