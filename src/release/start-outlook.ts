/** What the app's own traffic means for a plan: the answer to a start says it, before anything is touched. */
import { formatCount, formatDuration, formatFactor, formatPercent } from '../judge/format.ts';
import { MINUTE_MS } from '../limits.ts';
import type { Dispersion, History } from './dispersion.ts';
import type { Plan } from './plan.ts';
import { atLeast, certifying, overCeilings, trafficOf, trafficToCertify } from './prospects.ts';

/** Minutes are judged time: `settle` comes on top of them, as of `maxBake`. */
export interface StartOutlook {
  /** Of the whole app, as its last hours had them. */
  readonly requestsPerMinute: number;
  readonly steps: readonly StepOutlook[];
  /** One or two sentences for people. */
  readonly message: string;
}

export interface StepOutlook {
  /** Percent. */
  readonly weight: number;
  /** Until a version as good as the present one is certified: half of them need less. Null: longer than maxBake. */
  readonly certifiesWithin: number | null;
  readonly maxBakeMinutes: number;
}

/** Undefined: nothing is certified in this plan, or the history has no request. */
export function startOutlook(
  plan: Plan,
  history: History | undefined,
  dispersion?: Dispersion,
): StartOutlook | undefined {
  const traffic = trafficOf(history, dispersion);
  if (history === undefined || traffic === undefined || !certifiesSteps(plan)) return undefined;
  const toMinutes = plan.analysis.intervalMs / MINUTE_MS;
  const forecast = certifying(plan, traffic);
  const steps = plan.steps.map(({ weight, bakeMs, maxBakeMs }, index) => {
    const { bins, atBest } = forecast[index] ?? { bins: undefined, atBest: undefined };
    const minutes = Math.max(bakeMs / MINUTE_MS, (bins ?? 0) * toMinutes);
    const certifiesWithin = bins === undefined ? null : Math.ceil(minutes * 10) / 10;
    return {
      weight,
      certifiesWithin,
      maxBakeMinutes: maxBakeMs / MINUTE_MS,
      never: atBest === undefined,
    };
  });
  const requestsPerMinute = Number((traffic.requestsPerBin / toMinutes).toPrecision(3));
  const rate = formatPercent(Number(traffic.failureRate.toPrecision(2)));
  const fails = traffic.failureRate === 0 ? 'none of which fails' : `of which ${rate} fail`;
  const count =
    requestsPerMinute < 10 ? formatFactor(requestsPerMinute) : formatCount(requestsPerMinute);
  const at = `At the app's present ${count} requests a minute, ${fails},`;
  const ceilings = overCeilings(plan, history).map((note) => ` Besides, ${note}.`);
  const enough = trafficToCertify(plan, dispersion) ?? 0;
  // Not what the app has already: then it is another metric, or the clusters, that there is too little of.
  const needed = enough > requestsPerMinute ? enough : undefined;
  return {
    requestsPerMinute,
    steps: steps.map(({ weight, certifiesWithin, maxBakeMinutes }) => ({
      weight,
      certifiesWithin,
      maxBakeMinutes,
    })),
    message: `${at} ${said(plan, steps, needed)}${ceilings.join('')}`,
  };
}

/** False: there is no step, or nothing that can roll back is compared there. */
export function certifiesSteps(plan: Plan): boolean {
  const [step] = certifying(plan, { requestsPerBin: 1e9, failureRate: 0, phi: 1 });
  return step?.atBest !== undefined;
}

type Told = StepOutlook & { readonly never: boolean };

/** @param needed requests a minute that would do; undefined: those are not what is missing */
function said(plan: Plan, steps: readonly Told[], needed: number | undefined): string {
  const never = steps.filter((step) => step.never);
  const hardly = steps.filter((step) => !step.never && step.certifiesWithin === null);
  const short = [...never, ...hardly];
  if (short.length === 0) {
    const times = steps.map(({ certifiesWithin }) => formatFactor(certifiesWithin ?? 0));
    const typically = new Set(times).size === 1 ? (times[0] ?? '') : listed(times);
    return `a version as good as the present one should be certified at every step within maxBake: typically after ${typically} min.`;
  }
  const found = [
    ...(never.length === 0
      ? []
      : [
          `${named(never, steps)} can be certified within maxBake, even with a version that never fails`,
        ]),
    ...(hardly.length === 0
      ? []
      : [
          `${at(hardly)} will hardly be certified within maxBake, even if the version is as good as the present one`,
        ]),
  ];
  return `${found.join(', and ')}; ${then(plan, short)} ${help(plan, never.length > 0 ? needed : undefined)}`;
}

/** `no step of this plan`, `not even the step at 5 %`, `none of the steps at 5 and 25 %`. */
function named(never: readonly Told[], steps: readonly Told[]): string {
  if (never.length === steps.length) return 'no step of this plan';
  return never.length === 1 ? `not even ${at(never)}` : `none of ${at(never)}`;
}

function at(steps: readonly Told[]): string {
  const weights = listed(steps.map(({ weight }) => formatFactor(weight)));
  return `${steps.length === 1 ? 'the step' : 'the steps'} at ${weights} %`;
}

const THEN: Readonly<Record<Plan['onUndecided'], string>> = {
  advance: 'it would go on as not certified',
  pause: 'it would pause for a person',
  'roll-back': 'it would be rolled back',
};

function then({ onUndecided }: Plan, short: readonly Told[]): string {
  const waits = [...new Set(short.map(({ maxBakeMinutes }) => maxBakeMinutes * MINUTE_MS))];
  const times = waits.toSorted((a, b) => a - b).map(formatDuration);
  const each = short.length > 1 && times.length === 1 ? ' a step' : '';
  return `${THEN[onUndecided]} after ${listed(times)}${each} (onUndecided: ${onUndecided}).`;
}

function help(plan: Plan, traffic: number | undefined): string {
  const ways = plan.probes === undefined ? 'Add probes, or choose' : 'Choose';
  const takes =
    traffic === undefined
      ? ''
      : `; as it is, certifying takes at least ${atLeast(traffic)} requests a minute`;
  return `${ways} a wider analysis.budget or a longer maxBake${takes}.`;
}

/** `10, 10 and 12` */
function listed(texts: readonly string[]): string {
  const last = texts.at(-1) ?? '';
  return texts.length < 2 ? last : `${texts.slice(0, -1).join(', ')} and ${last}`;
}
