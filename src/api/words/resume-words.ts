/** What `resume` leads to, for whoever is about to order it: the same on the page and in the command. */
import type { Plan, ReleaseView, StepView } from '../contract.ts';
import { verdictOf } from './verdict-of.ts';

/**
 * One or two sentences.
 * @param plan undefined: not read; then it cannot be said whether a bake is over
 */
export function resumeWords(release: ReleaseView, plan: Plan | undefined): string {
  const { pause, step } = release;
  if (pause !== null && pause.found !== null)
    return 'Azure is not as it was left. Choose what to do with what was found.';
  if (step !== null) return inStep(release, step, plan);
  switch (pause?.from) {
    case 'queued':
      return 'Waits for its turn again; production is not touched before the checks have passed.';
    case 'preflight':
      return `The checks go on. Once they have passed, ${nextWords(release, 0)}.`;
    case 'watching':
      return 'The watch goes on for as long as was left of it.';
    default:
      return 'Goes on where it stood.';
  }
}

function inStep(release: ReleaseView, step: StepView, plan: Plan | undefined): string {
  const { verdict } = release;
  const next = nextWords(release, step.number);
  if (step.confirmedAt === null) {
    return `Asks Azure for ${weightWords(step.weight)} again, in ${placeWords(step)}. Once that step is certified, ${next}.`;
  }
  if (verdict?.outcome !== 'certified' || verdictOf(release) !== undefined) {
    return `Goes on at ${weightWords(step.weight)}, in ${placeWords(step)}. Once that step is certified, ${next}; what was seen during the pause counts, so that may be soon.`;
  }
  const certified = `It stands in ${placeWords(step)}, which is certified already`;
  const bakeMs = plan?.steps[step.number - 1]?.bakeMs;
  if (plan === undefined || bakeMs === undefined)
    return `${certified}: as soon as its bake is over, which may be now, ${next}.`;
  // What is certified and how long was baked are both read from final minutes alone.
  const bakedMs = Date.parse(step.confirmedAt) + bakeMs + plan.analysis.settleMs;
  return bakedMs <= Date.parse(verdict.at)
    ? `${certified} and has baked: ${nextWords(release, step.number, ' now')}.`
    : `${certified}: as soon as its bake is over, ${next}.`;
}

function placeWords({ number, of }: StepView): string {
  return number === of ? `the last step (${number} of ${of})` : `step ${number} of ${of}`;
}

/** What follows when so many steps are over. */
function nextWords(release: ReleaseView, steps: number, when = ''): string {
  const { version, baseline, weights, reversible } = release;
  const weight = weights.steps[steps];
  if (weight !== undefined) return `${version} gets ${weightWords(weight)} of production${when}`;
  const old = baseline === null ? '' : `, in the place of ${baseline}`;
  const forGood = reversible ? '' : ', and Slipway never swaps it back by itself';
  return `${version} is swapped into production${when}${old}${forGood}`;
}

/** `12.5 %` */
export function weightWords(weight: number): string {
  return `${Number(weight.toFixed(1))} %`;
}
