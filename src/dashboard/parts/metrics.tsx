import type { EvidenceAnswer } from '../../api/contract/evidence.ts';
import type { MetricView, ReleaseView } from '../../api/contract.ts';
import { boundsText, count, odds, percent } from '../view/format.ts';
import { p95 } from '../view/pool.ts';

interface MetricsProps {
  readonly release: ReleaseView;
  /** Knows the edges of what has times; undefined: not read yet. */
  readonly evidence: EvidenceAnswer | undefined;
}

/** What is judged besides request failures; each with its own evidence. */
export function Metrics({ release, evidence }: MetricsProps) {
  const metrics = release.verdict?.metrics ?? [];
  if (metrics.length === 0) return null;
  return (
    <section aria-labelledby="metrics">
      <h2 id="metrics">Other metrics</h2>
      <div class="scroll" tabIndex={0} role="region" aria-label="Other metrics">
        <table class="figures">
          <thead>
            <tr>
              <th scope="col">Metric</th>
              <th scope="col">{release.version}</th>
              <th scope="col">{release.baseline ?? 'before'}</th>
              <th scope="col">Evidence of harm</th>
            </tr>
          </thead>
          <tbody>
            {metrics.map((metric) => (
              <Row
                key={metric.name}
                metric={metric}
                edgesMs={evidence?.metrics.find(({ name }) => name === metric.name)?.edgesMs ?? []}
              />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Row({ metric, edgesMs }: { metric: MetricView; edgesMs: readonly number[] }) {
  const { name, on, harm, canary, baseline } = metric;
  return (
    <tr>
      <th scope="row">
        {name} {on === 'notify' && <span class="kind">tells only</span>}
      </th>
      <td>{tally(canary, edgesMs)}</td>
      <td>{tally(baseline, edgesMs)}</td>
      <td>{odds(harm)} : 1</td>
    </tr>
  );
}

/** With edges the place of the 95th percentile says more than nine rates. */
function tally({ n, x }: MetricView['canary'], edgesMs: readonly number[]): string {
  if (n === 0) return 'none seen';
  if (edgesMs.length > 0) return `p95 ${boundsText(p95(edgesMs, [{ n, x }]))}, of ${count(n)}`;
  return `${percent(Math.max(...x) / n)}, ${count(Math.max(...x))} of ${count(n)}`;
}
