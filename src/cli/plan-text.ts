/** A normalised plan for people. */
import ms from 'ms';
import { stringify } from 'yaml';

import type { Plan } from '../release/plan.ts';
import { percent } from './bars.ts';
import { labelled, type Look } from './look.ts';

export interface CheckedPlan {
  readonly name: string;
  readonly plan: Plan;
  readonly warnings: readonly string[];
}

export function planText({ name, plan, warnings }: CheckedPlan, look: Look): string {
  const { colors } = look;
  const steps = plan.steps.map(({ weight, bakeMs }) => `${percent(weight)} for ${ms(bakeMs)}`);
  const way = [...steps, 'production', `watched for ${ms(plan.watchMs)}`].join(' → ');
  return [
    colors.green(`${name} is a good plan`),
    labelled(plan.strategy, way, look),
    ...warnings.map((text) => labelled('note', text, look)),
    '',
    colors.dim('# with every default'),
    stringify(readable(plan)).trimEnd(),
  ].join('\n');
}

/** `bakeMs: 600000` as `bake: 10m`, ranges of codes as `500-599`; what is not set is left out. */
function readable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(readable);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  const [from, to] = [
    entries.find(([key]) => key === 'from'),
    entries.find(([key]) => key === 'to'),
  ];
  if (entries.length === 2 && from !== undefined && to !== undefined) {
    return from[1] === to[1] ? String(from[1]) : `${String(from[1])}-${String(to[1])}`;
  }
  return Object.fromEntries(entries.map(([key, one]) => readableEntry(key, one)));
}

function readableEntry(key: string, value: unknown): readonly [string, unknown] {
  if (key.endsWith('Ms') && typeof value === 'number') return [key.slice(0, -2), ms(value)];
  if (key === 'edgesMs' && Array.isArray(value)) {
    return ['edges', value.map((one) => ms(Number(one)))];
  }
  return [key, readable(value)];
}
