import { compose } from './clauses.ts';
import { FAILURES } from './evidence.ts';
import { formatChance } from './format.ts';
import { rates, seenFailures, seenMetric, shortName, type Seen } from './metric-words.ts';
import type { SentenceFacts } from './sentence.ts';
import type { Verdict } from './types.ts';

/**
 * The metrics that only notify and whose own e-value reached 1/alpha at the end of any bin: each may
 * raise a false alert in alpha of the releases, and none rolls back.
 */
export function alerts(
  facts: Pick<SentenceFacts, 'config' | 'detail' | 'versions'>,
): NonNullable<Verdict['alerts']> {
  const { config, detail } = facts;
  const { harmThreshold } = detail.evidence;
  const { failures, metrics } = detail;
  const own =
    config.on === 'notify' && failures.maxHarm >= harmThreshold
      ? [
          {
            name: FAILURES,
            maxHarm: failures.maxHarm,
            seen: seenFailures(config, detail, { basis: failures.harmBasis, kind: 'all' }),
          },
        ]
      : [];
  const others = metrics
    .filter(({ evidence }) => evidence.on === 'notify' && evidence.maxHarm >= harmThreshold)
    .map((metric) => {
      const { name, maxHarm, worst: measure } = metric.evidence;
      const seen = seenMetric(config, metric, { basis: metric.harmBasis, kind: 'all', measure });
      return { name, maxHarm, seen };
    });
  return [...own, ...others].map((alert) => ({
    name: alert.name,
    sentence: alertText(facts, alert),
  }));
}

interface Alert {
  readonly name: string;
  readonly maxHarm: number;
  readonly seen: Seen;
}

function alertText({ versions }: Pick<SentenceFacts, 'versions'>, alert: Alert): string {
  const chance = formatChance(alert.maxHarm);
  const sure = `the chance of evidence this strong from a harmless canary is below ${chance ?? '1'}`;
  return compose([
    { text: rates(alert.seen, versions) },
    { text: chance === null ? "that is harm by the plan's alpha" : sure },
    { text: `${shortName(alert.name)} only notifies, so nothing is rolled back for it` },
  ]);
}
