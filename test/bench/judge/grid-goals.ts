/** The rows of issue 4 and of statistics.md 6 that the grid answers. */
import { alarms, detection, type Done, type HarmCell } from './grid-figures.ts';
import { atLeast, atMost, together, type Goal } from './scenario.ts';
import { fixed, percent } from './text.ts';

/** The judge of a release, which keeps a fifth of alpha for its watch; the notes have it without. */
const JUDGE = 'slipway-release';
const ALONE = 'slipway';

const EVERY_NULL = { kinds: ['grid', 'share-off', 'changing'] } as const;

export function gridGoals(done: readonly Done[], cells: readonly HarmCell[]): Goal[] {
  return [
    falseRollback(done),
    missedHarm(cells),
    requestsAgainstO2(cells),
    requestsAgainstO1(cells),
    failedAgainstO2(cells),
    failedAgainstPeers(cells),
  ];
}

function falseRollback(done: readonly Done[]): Goal {
  const { mean, max, cells } = alarms(done, JUDGE, EVERY_NULL);
  return {
    figure:
      'false rollback at alpha 1 %, worst null cell: shared incident, share off by 20 %, changing weights',
    must: '≤ 1.0 %',
    stretch: '≤ 0.5 %',
    value: `${percent(max, 2)} (mean ${percent(mean, 2)}, ${cells} cells)`,
    reached: atMost(max, { must: 0.01, stretch: 0.005 }),
  };
}

function missedHarm(cells: readonly HarmCell[]): Goal {
  const { missed } = detection(cells, JUDGE, 'o2');
  return {
    figure: 'missed harm in detectable cells',
    must: '≤ 1 %',
    stretch: '≤ 0.5 %',
    value: percent(missed, 2),
    reached: atMost(missed, { must: 0.01, stretch: 0.005 }),
    note: withAll(percent(detection(cells, ALONE, 'o2').missed, 2)),
  };
}

function requestsAgainstO2(cells: readonly HarmCell[]): Goal {
  const { requests, requestsP90 } = detection(cells, JUDGE, 'o2');
  const alone = detection(cells, ALONE, 'o2');
  const boosted = detection(cells, 'slipway-boosted', 'o2');
  return {
    figure: 'canary requests to rollback against the two-sample oracle: geometric mean; p90',
    must: '≤ 1.20; 1.40',
    stretch: '≤ 1.08',
    value: `${fixed(requests)}; ${fixed(requestsP90)}`,
    reached: together([
      atMost(requests, { must: 1.2, stretch: 1.08 }),
      atMost(requestsP90, { must: 1.4, stretch: 1.4 }),
    ]),
    note: `${withAll(`${fixed(alone.requests)}; ${fixed(alone.requestsP90)}`)}; with sequential boosting, which production does not do: ${fixed(boosted.requests)}; ${fixed(boosted.requestsP90)}`,
  };
}

function requestsAgainstO1(all: readonly HarmCell[]): Goal {
  const cells = all.filter(({ share }) => share <= 0.1);
  const { requests } = detection(cells, JUDGE, 'o1');
  return {
    figure: 'canary requests against the oracle that knows both rates, shares up to 10 %',
    must: '≤ 1.40',
    stretch: '≤ 1.25',
    value: fixed(requests),
    reached: atMost(requests, { must: 1.4, stretch: 1.25 }),
    note: withAll(fixed(detection(cells, ALONE, 'o1').requests)),
  };
}

function failedAgainstO2(cells: readonly HarmCell[]): Goal {
  const { failed } = detection(cells, JUDGE, 'o2');
  return {
    figure: 'failed canary requests against the two-sample oracle',
    must: '≤ 1.15',
    stretch: '≤ 1.05',
    value: fixed(failed),
    reached: atMost(failed, { must: 1.15, stretch: 1.05 }),
    note: withAll(fixed(detection(cells, ALONE, 'o2').failed)),
  };
}

function failedAgainstPeers(cells: readonly HarmCell[]): Goal {
  const times = (id: string): number => detection(cells, id, JUDGE).failed;
  const flagger = times('flagger-skipping:tuned');
  const argo = times('argo-skipping:tuned');
  const kayenta = times('kayenta:tuned');
  return {
    figure:
      'fewer failed canary requests at equal false alarm than Flagger, Argo Rollouts; Kayenta',
    must: '5×, 5×; 4×',
    stretch: '7×',
    value: `${fixed(flagger, 1)}×, ${fixed(argo, 1)}×; ${fixed(kayenta, 1)}×`,
    reached: together([
      atLeast(flagger, { must: 5, stretch: 7 }),
      atLeast(argo, { must: 5, stretch: 7 }),
      atLeast(kayenta, { must: 4, stretch: 7 }),
    ]),
    note: `Kayenta as documented, which alarms less: ${fixed(times('kayenta'), 1)}×`,
  };
}

const withAll = (figures: string): string =>
  `counts judged by themselves, with all of alpha and no watch: ${figures}`;
