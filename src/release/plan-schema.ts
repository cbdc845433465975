/** The form of a plan for editors and other tools. */
import { z } from 'zod';
import { writtenPlan } from './written-plan.ts';

/**
 * JSON Schema (draft 2020-12) of a plan as people write it. It refuses unknown keys, wrong types and
 * numbers out of range; whether a duration is one, and whether the parts fit together, only a start tells.
 */
export function planSchema(): Readonly<Record<string, unknown>> {
  return z.toJSONSchema(writtenPlan, { io: 'input' });
}
