import type { Plan } from '../../api/contract.ts';
import { percent, planDuration, weightText } from '../view/format.ts';
import { plain } from '../view/words.ts';

export function PlanDetails({ plan }: { readonly plan: Plan }) {
  return (
    <section class="plan">
      <details>
        <summary>
          <h2>Plan</h2> <span class="of">{plan.name}</span>
        </summary>
        <dl class="pairs">
          {pairsOf(plan).map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
        <details>
          <summary>As JSON, with every default</summary>
          <pre tabIndex={0}>{JSON.stringify(plan, null, 2)}</pre>
        </details>
      </details>
    </section>
  );
}

function pairsOf(plan: Plan): readonly (readonly [string, string])[] {
  const { analysis, steps, validate, probes } = plan;
  const { budget, ceiling, metrics } = analysis;
  return [
    ['strategy', plan.strategy],
    ...steps.map(
      ({ weight, bakeMs, maxBakeMs }, index) =>
        [
          `step ${index + 1}`,
          `${weightText(weight)}, bakes ${planDuration(bakeMs)}, at most ${planDuration(maxBakeMs)}`,
        ] as const,
    ),
    ['undecided', plain(plan.onUndecided)],
    ['blind', `${plain(plan.onBlind)} after ${planDuration(plan.maxBlindMs)}`],
    ['deadline', `${planDuration(plan.deadlineMs)}, then ${plain(plan.onDeadline)}`],
    ['longest pause', planDuration(plan.maxPauseMs)],
    ['watch', planDuration(plan.watchMs)],
    ['error rates', `harm ${percent(analysis.alpha)}, certified ${percent(analysis.beta)}`],
    [
      'budget',
      `${Number((budget.absolute * 100).toFixed(4))} points plus ${Number((budget.relative * 100).toFixed(2))} % of the baseline's rate`,
    ],
    ['ceiling', ceiling === undefined ? '3 × the baseline' : percent(ceiling)],
    ['metrics', ['failures', ...(metrics?.more.map(({ name }) => name) ?? [])].join(', ')],
    [
      'checked first',
      validate.length === 0 ? 'nothing' : validate.map(({ path }) => path).join(', '),
    ],
    ['probes', probes === undefined ? 'none' : `${probes.perSecond} a second to each version`],
  ];
}
