import type { ReleaseView } from '../../api/contract.ts';
import { weightText } from '../view/format.ts';
import { endText } from '../view/traffic.ts';

interface Shown {
  readonly release: Pick<ReleaseView, 'weights' | 'strategy' | 'version' | 'finished'>;
  /** With the steps' numbers under it. */
  readonly large?: boolean;
}

/**
 * The share of production that the new version serves, with the plan's steps marked on it. Of a release that is
 * over it is the share at its end: another may have replaced it since, so it does not look like one of now.
 */
export function WeightBar({ release, large = false }: Shown) {
  const { share, wanted, steps } = release.weights;
  const text = barText(release);
  return (
    <div class={`weight ${large ? 'large' : ''} ${release.finished ? 'over' : ''}`}>
      <svg
        viewBox="0 0 100 8"
        preserveAspectRatio="none"
        role="img"
        aria-label={text}
        class={`bar ${share === 100 ? 'whole' : ''}`}
      >
        <title>{text}</title>
        <rect class="track" x="0" y="1" width="100" height="6" />
        {wanted > share && (
          <rect class="wanted" x={share} y="1" width={wanted - share} height="6" />
        )}
        <rect class="share" x="0" y="1" width={share} height="6" />
        {steps.map((step) => (
          <line
            key={step}
            class={step <= share ? 'step passed' : 'step'}
            x1={step}
            x2={step}
            y1="0"
            y2="8"
          />
        ))}
      </svg>
      {large && <Scale steps={steps} />}
      {large && release.finished && <p class="end">It {endText(release)} of production</p>}
    </div>
  );
}

/** Numbers that would stand on each other are left out: the bar has their marks, the plan has them all. */
function Scale({ steps }: { readonly steps: readonly number[] }) {
  const shown = steps.filter((step, index) => {
    const before = steps[index - 1];
    return (before === undefined || step - before >= 6) && step <= 92;
  });
  return (
    <svg class="scale" aria-hidden="true" height="16" width="100%">
      {shown.map((step) => (
        <text key={step} x={`${step}%`} y="12" text-anchor="middle">
          {step} %
        </text>
      ))}
      <text x="100%" y="12" text-anchor="end">
        swap
      </text>
    </svg>
  );
}

function barText(release: Shown['release']): string {
  const { version, strategy, finished } = release;
  const { share, wanted, steps } = release.weights;
  const plan =
    strategy === 'blue-green' ? 'no steps, one swap' : `steps ${steps.map(weightText).join(', ')}`;
  const more = wanted > share ? `, ${weightText(wanted)} asked for` : '';
  if (finished) return `${version} ${endText(release)} of production; ${plan}`;
  return `${version} serves ${weightText(share)} of production${more}; ${plan}`;
}
