/** What is wrong with a plan, and what is allowed and rarely meant. */
import { trafficNeeded } from '../release/prospects.ts';
import { InvalidInputError, type Problem } from '../release/errors.ts';
import { problemsOf } from '../release/input-problems.ts';
import { normalisePlan } from '../release/normalise-plan.ts';
import { planProblems } from '../release/parse-start.ts';
import type { Plan } from '../release/plan.ts';
import { writtenPlan } from '../release/written-plan.ts';
import { percent } from './bars.ts';

/** Every problem with its path in the plan, such as `steps[1].weight`. */
export function planProblemsIn(written: unknown): readonly Problem[] {
  const parsed = writtenPlan.safeParse(written);
  const single = parsed.success ? [] : problemsOf(parsed.error);
  const whole = planProblems(written, AT).map((one) => ({ ...one, path: bare(one.path) }));
  return [...single, ...whole];
}

/** @throws InvalidInputError with every problem */
export function checkedPlan(name: string, written: unknown): Plan {
  const problems = planProblemsIn(written);
  const parsed = writtenPlan.safeParse(written);
  if (!parsed.success || problems.length > 0) throw new InvalidInputError(name, problems);
  const normalised = normalisePlan(parsed.data, AT);
  if ('problems' in normalised) throw new InvalidInputError(name, normalised.problems);
  return normalised.plan;
}

const AT = 'plan';

function bare(path: string): string {
  return path.replace(/^plan\.?/, '');
}

const LEAP_LEAST = 10;
/** From one weight to the next: more is a step that shows little before it matters. */
const LEAP_MOST = 8;
const BINS_LEAST = 3;

/** What a start accepts and a second look may not want. */
export function planWarnings(plan: Plan): readonly string[] {
  const { steps, analysis, watchMs, validate, probes, strategy, onUndecided } = plan;
  const first = steps[0]?.weight;
  const needed = trafficNeeded(plan);
  const warnings: readonly (readonly [boolean, string])[] = [
    [
      strategy === 'blue-green' && validate.length === 0,
      'validate: nothing is asked of the slot before all traffic goes there',
    ],
    [
      first !== undefined && first > 25,
      `steps[0].weight: ${percent(first ?? 0)} of all visitors meet the new version at once`,
    ],
    [
      watchMs < analysis.settleMs + BINS_LEAST * analysis.intervalMs,
      'watch: telemetry that settles later than this is never seen in the watch',
    ],
    [
      onUndecided === 'advance' && steps.length > 0 && probes === undefined,
      'onUndecided: a step with too little traffic advances not certified; probes would give evidence',
    ],
    ...steps.map(({ weight, bakeMs }, index): readonly [boolean, string] => [
      bakeMs < BINS_LEAST * analysis.intervalMs,
      `steps[${index}].bake: ${percent(weight)} is judged by fewer than ${BINS_LEAST} intervals`,
    ]),
    ...steps
      .slice(1)
      .map(({ weight }, index): readonly [boolean, string] => [
        weight >= LEAP_LEAST && weight > LEAP_MOST * (steps[index]?.weight ?? weight),
        `steps[${index + 1}].weight: from ${percent(steps[index]?.weight ?? 0)} to ${percent(weight)} is a leap of more than ${LEAP_MOST} times`,
      ]),
  ];
  const told = warnings.flatMap(([holds, text]) => (holds ? [text] : []));
  return needed === undefined ? told : [...told, needed];
}
