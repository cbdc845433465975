/** Ways to bring a version to 100 %, step by step, for the whole rollouts of statistics.md 5.3. */
import { certifyLogE, foldCertify, startCertify } from '../../../src/judge/certify.ts';
import { margins } from '../../../src/judge/margins.ts';
import type { Minute } from './minutes.ts';
import { argoRollouts } from './rules/argo-rollouts.ts';
import { azureGate } from './rules/azure-gate.ts';
import { flagger } from './rules/flagger.ts';
import { kayenta } from './rules/kayenta.ts';
import type { Known, Rule } from './rules/rule.ts';
import { slipwayInRelease } from './rules/slipway.ts';
import { zTest } from './rules/z-test.ts';

/** Shares of the canary; after the last it gets all traffic. */
export const STEPS: readonly number[] = [0.01, 0.05, 0.1, 0.25, 0.5];

export type Move = 'stay' | 'advance' | 'roll-back';

/** Told each minute once; the minute's step may have been entered by the move before. */
export type Run = (minute: Minute, step: number) => Move;

export interface Policy {
  readonly id: string;
  readonly title: string;
  readonly start: (known: Known) => Run;
}

/** Worst excess that the whole service may show after the next step (statistics.md 3). */
const BUDGET = { absolute: 0.0002, relative: 0.5 };
const LN_20 = Math.log(20);
const DWELL_MINUTES = 2;

/**
 * The production e-processes: harm as in a release that ends in a watch, and the next step when the
 * margin of this one is certified.
 * @param settleMinutes how long a minute waits until it is final: it certifies only then, and the dwell
 *   is counted in final minutes. Harm sees it at once.
 */
export function slipwayPolicy(settleMinutes: number): Policy {
  const settled = settleMinutes === 0 ? '' : `, telemetry final after ${settleMinutes} min`;
  return {
    id: `slipway-settle-${settleMinutes}`,
    title: `Slipway${settled}`,
    start: (known) => {
      const harm = slipwayInRelease.start(known);
      const processes = margins(STEPS, BUDGET).map((margin) => startCertify(margin, 1));
      const waiting: ReturnType<typeof armsOf>[] = [];
      const dwell = dwellOf(DWELL_MINUTES + settleMinutes);
      return (minute, step) => {
        if (harm(minute) > slipwayInRelease.threshold) return 'roll-back';
        waiting.push(armsOf(minute));
        const final = waiting.length > settleMinutes ? waiting.shift() : undefined;
        if (final !== undefined) for (const process of processes) foldCertify(process, final);
        const process = processes[step];
        if (!dwell(step) || process === undefined) return 'stay';
        return certifyLogE(process) >= LN_20 ? 'advance' : 'stay';
      };
    },
  };
}

function armsOf(minute: Minute) {
  return {
    canary: { requests: minute.canaryRequests, failures: minute.canaryFailures, items: 0 },
    baseline: { requests: minute.baselineRequests, failures: minute.baselineFailures, items: 0 },
  };
}

/** True from the `minutes`-th minute of a step on. */
function dwellOf(minutes: number): (step: number) => boolean {
  let current = -1;
  let here = 0;
  return (step) => {
    here = step === current ? here + 1 : 1;
    current = step;
    return here >= minutes;
  };
}

/** A peer's rule looks all the time; its rollout goes on after a fixed time at each step. */
function timed(rule: Rule, minutesAStep: number): Policy {
  return {
    id: `${rule.id}-${minutesAStep}`,
    title: `${rule.title}, ${minutesAStep} min a step`,
    start: (known) => {
      const fold = rule.start(known);
      const dwell = dwellOf(minutesAStep);
      return (minute, step) => {
        if (fold(minute) > rule.threshold) return 'roll-back';
        return dwell(step) ? 'advance' : 'stay';
      };
    },
  };
}

/** Kayenta is configured anew for each step: 30 minutes, judged every 10 on what the step saw. */
function kayentaPerStep(minutesAStep: number): Policy {
  const policy = timed(kayenta, minutesAStep);
  return {
    ...policy,
    start: (known) => {
      let current = -1;
      let index = -1;
      let fold = kayenta.start(known);
      const dwell = dwellOf(minutesAStep);
      return (minute, step) => {
        if (step !== current) {
          fold = kayenta.start(known);
          index = -1;
        }
        current = step;
        index += 1;
        if (fold({ ...minute, index }) > kayenta.threshold) return 'roll-back';
        return dwell(step) ? 'advance' : 'stay';
      };
    },
  };
}

/** Step times are ours: the tools leave them to the user (statistics.md 5.3). */
export const POLICIES: readonly Policy[] = [
  slipwayPolicy(0),
  slipwayPolicy(5),
  kayentaPerStep(30),
  timed(argoRollouts, 10),
  timed(flagger, 1),
  timed(azureGate, 10),
  timed(zTest, 10),
];
