import type { ReleaseView } from '../../api/contract.ts';
import { count, percent } from '../view/format.ts';
import { DIFFERENCE_KINDS } from '../view/words.ts';

/** After harm: what the versions differ in, the largest first. */
export function Differences({ release }: { readonly release: ReleaseView }) {
  const { differences, version, baseline } = release;
  if (differences === null) return null;
  return (
    <section aria-labelledby="hurts" class="hurts">
      <h2 id="hurts">Where it hurts</h2>
      {differences.length === 0 ? (
        <p>Nothing stands out: the failures are spread over everything.</p>
      ) : (
        <div class="scroll" tabIndex={0} role="region" aria-label="Where it hurts">
          <table class="figures">
            <thead>
              <tr>
                <th scope="col">What</th>
                <th scope="col">{version}</th>
                <th scope="col">{baseline ?? 'before'}</th>
              </tr>
            </thead>
            <tbody>
              {differences.map(({ kind, name, canary, baseline: old }) => (
                <tr key={`${kind} ${name}`}>
                  <th scope="row">
                    <code>{name}</code> <span class="kind">{DIFFERENCE_KINDS[kind]}</span>
                  </th>
                  <td>
                    <Rate tally={canary} strong />
                  </td>
                  <td>
                    <Rate tally={old} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function Rate(props: {
  readonly tally: { readonly n: number; readonly x: number };
  readonly strong?: boolean;
}) {
  const { n, x } = props.tally;
  const rate = n === 0 ? '–' : percent(x / n);
  return (
    <>
      {props.strong === true ? <strong>{rate}</strong> : rate}{' '}
      <span class="of">
        {count(x)} of {count(n)}
      </span>
    </>
  );
}
