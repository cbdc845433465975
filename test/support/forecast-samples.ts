/** The world that forecasts are tested in: the preset `standard`, and an app of 2,000 requests a minute. */
import type { ForecastQuestion } from '../../src/cli/forecast-result.ts';
import type { World } from '../../src/cli/forecast-simulation.ts';
import { samplePlan } from './release-samples.ts';

export function world(over: Partial<World> = {}): World {
  return {
    plan: samplePlan(),
    requestsPerBin: 2000,
    failureRate: 0.001,
    ratio: 1,
    othersRate: 0.001,
    ...over,
  };
}

export function question(over: Partial<ForecastQuestion> = {}): ForecastQuestion {
  return {
    plan: samplePlan(),
    requestsPerMinute: 2000,
    failureRate: 0.001,
    othersRate: 0.001,
    regressions: [2, 20],
    runs: 60,
    binsAtMost: 1e9,
    seed: 1,
    ...over,
  };
}
