import { after, binsUntilCertified, type Expected } from './certify-growth.ts';
import { type CertifyState, startCertify } from './certify.ts';
import type { Margin } from './types.ts';

export interface ForecastStep {
  /** Fraction of the requests that the canary gets. */
  readonly weight: number;
  readonly margin: Margin;
  /** The least time at this weight. Left out: none, it goes on as soon as it is certified. */
  readonly bakeBins?: number;
  /** Then it is undecided. */
  readonly maxBakeBins: number;
}

export interface ForecastInput {
  readonly steps: readonly ForecastStep[];
  /** Of both versions together. */
  readonly requestsPerBin: number;
  /** The baseline's; a good canary's too. */
  readonly failureRate: number;
  /** Overdispersion, at least 1. */
  readonly phi: number;
  /** Certified means a log e-value of ln(1/beta). */
  readonly beta: number;
  /** False: request failures certify nothing in this plan. Left out: they do. */
  readonly requestsCertify?: boolean;
  /** Probes of either version alike; with request failures they certify as one. Left out: none. */
  readonly probes?: ForecastProbes | undefined;
  /** What else must certify a step, one entry a measure of a metric. Left out: nothing. */
  readonly others?: readonly ForecastMeasure[];
}

export interface ForecastProbes {
  /** To each of the two versions. */
  readonly perBin: number;
  /** Of a good version, a fraction. */
  readonly failureRate: number;
}

export interface ForecastMeasure {
  /** One a step. */
  readonly margins: readonly Margin[];
  /** Chances of both versions together; they split as requests do. */
  readonly perBin: number;
  /** Share of them that is bad, of a good version. */
  readonly rate: number;
  readonly phi: number;
}

export interface StepForecast {
  /**
   * Bins of this step until a good canary is certified, at the mean of what comes: about half of the
   * releases need less. 0: what came before is enough. Undefined: longer than `maxBakeBins`.
   */
  readonly bins: number | undefined;
  /**
   * The same for a canary without one failure, which nothing beats (rule of three).
   * Undefined: not even that one within `maxBakeBins`, so this step never certifies.
   */
  readonly atBest: number | undefined;
}

/**
 * What a plan's steps can certify, before anything is released: which never do at this traffic, and how
 * long the others take. Evidence for every step grows from the first bin on, so a step has what the
 * earlier ones gave it; each of them lasts until it is certified, at least its bake, at most `maxBakeBins`.
 */
export function neverCertifies(input: ForecastInput): readonly StepForecast[] {
  const threshold = -Math.log(input.beta);
  const spotless = startCourses(input, true);
  const typical = nothingFails(input) ? spotless : startCourses(input, false);
  return input.steps.map((step, index) => {
    const place = { index, weight: step.weight, threshold };
    const atBest = within(step.maxBakeBins, latest(spotless, place));
    const bins = typical === spotless ? atBest : within(step.maxBakeBins, latest(typical, place));
    // Both last the same: the spotless one is to be no worse off for having been certified early.
    const lasts = Math.max(step.bakeBins ?? 0, bins ?? step.maxBakeBins);
    for (const course of new Set([...typical, ...spotless])) pass(course, place, lasts);
    return { bins, atBest };
  });
}

function nothingFails({ failureRate, probes, others = [] }: ForecastInput): boolean {
  const rates = [failureRate, probes?.failureRate ?? 0, ...others.map(({ rate }) => rate)];
  return rates.every((rate) => rate === 0);
}

/** One measure's evidence for all steps, and what each bin is expected to bring. */
interface Course {
  readonly states: CertifyState[];
  readonly expectedAt: (weight: number) => Expected;
  /** Of these any does, with half of beta: the mean of two e-values. Of all others each must. */
  readonly joint: boolean;
}

interface Place {
  readonly index: number;
  readonly weight: number;
  readonly threshold: number;
}

/** @param spotless whether the canary is without one failure */
function startCourses(input: ForecastInput, spotless: boolean): readonly Course[] {
  const { steps, phi, failureRate, requestsPerBin, probes, others = [] } = input;
  const margins = steps.map(({ margin }) => margin);
  const split = (perBin: number, rate: number) => (weight: number) =>
    expected(perBin * weight, perBin * (1 - weight), { rate, spotless });
  const people: Course = {
    states: margins.map((margin) => startCertify(margin, phi)),
    expectedAt: split(requestsPerBin, failureRate),
    joint: probes !== undefined,
  };
  return [
    ...(input.requestsCertify === false ? [] : [people]),
    ...(probes === undefined ? [] : [probesCourse(input, probes, spotless)]),
    ...others.map((one) => ({
      states: one.margins.map((margin) => startCertify(margin, one.phi)),
      expectedAt: split(one.perBin, one.rate),
      joint: false,
    })),
  ];
}

function probesCourse(
  { steps, requestsCertify }: ForecastInput,
  { perBin, failureRate: rate }: ForecastProbes,
  spotless: boolean,
): Course {
  return {
    states: steps.map(({ margin }) => startCertify(margin, 1)),
    expectedAt: () => expected(perBin, perBin, { rate, spotless }),
    joint: requestsCertify !== false,
  };
}

/** Bins until all are certified; undefined: never, or nothing can be. */
function latest(courses: readonly Course[], place: Place): number | undefined {
  if (courses.length === 0) return undefined;
  const alone = courses.filter(({ joint }) => !joint).map((course) => binsOf(course, place, 0));
  const joint = courses
    .filter((course) => course.joint)
    .map((course) => binsOf(course, place, Math.LN2));
  const all = joint.length === 0 ? alone : [...alone, Math.min(...joint)];
  const most = Math.max(...all);
  return most === Infinity ? undefined : most;
}

function binsOf({ states, expectedAt }: Course, place: Place, more: number): number {
  const { index, weight, threshold } = place;
  const state = states[index];
  if (state === undefined) return Infinity;
  return binsUntilCertified(state, expectedAt(weight), threshold + more) ?? Infinity;
}

function within(most: number, bins: number | undefined): number | undefined {
  return bins === undefined || bins > most ? undefined : bins;
}

/** That many bins more for the states of this step and the later ones, in place. */
function pass({ states, expectedAt }: Course, { index, weight }: Place, bins: number): void {
  const expectedHere = expectedAt(weight);
  for (let step = index; step < states.length; step += 1) {
    const state = states[step];
    if (state !== undefined) states[step] = after(state, expectedHere, bins);
  }
}

function expected(
  canary: number,
  baseline: number,
  { rate, spotless }: { readonly rate: number; readonly spotless: boolean },
): Expected {
  return {
    canary: { requests: canary, failureRate: spotless ? 0 : rate },
    baseline: { requests: baseline, failureRate: rate },
  };
}
