/**
 * What freezes a step: it counts neither as good nor as bad, and nothing goes on. Blindness becomes the
 * plan's case when its limit passes; everything else ends by itself, or with the deadline.
 */
import { BOUNDS } from '../limits.ts';
import type { Bin, Verdict } from '../judge/types.ts';
import { isNoData, patienceWhenBlind } from './blind-policy.ts';
import type { Draft } from './draft.ts';
import type { TickEvent } from './event.ts';
import { LABEL_HOW } from './label.ts';
import type { Reason } from './reason.ts';
import type { Ramping } from './release.ts';
import { lateText, tooLate } from './telemetry-fold.ts';
import { trafficMissing } from './traffic.ts';
import { isUsed } from './usage.ts';

export type Hold =
  | Extract<TickEvent, { kind: 'blind' }>
  | { readonly kind: 'hold'; readonly reason: Reason; readonly message: string };

/** What was judged in this pass. */
interface Judged {
  readonly verdict: Verdict | undefined;
  readonly bins: readonly Bin[];
}

export function hold(draft: Draft, stage: Ramping, judged: Judged): Hold | undefined {
  const { release, context } = draft;
  const { probes, incident } = release;
  if (
    probes.canaryFailures >= BOUNDS.probeFailures &&
    probes.otherFailures >= BOUNDS.probeFailures
  ) {
    return {
      kind: 'hold',
      reason: 'shared-incident',
      message: `the plan's requests fail on both hosts: ${probes.lastAnswer ?? ''}`,
    };
  }
  const blind = blindness(draft, judged);
  if (blind !== undefined) {
    const long =
      context.now - blindFrom(draft, stage, blind) >= patienceWhenBlind(context.plan, blind.reason);
    return { kind: long ? 'blind' : 'hold', reason: blind.reason, message: blind.message };
  }
  if (incident !== undefined)
    return { kind: 'hold', reason: 'shared-incident', message: incident.message };
  const missing = trafficMissing(judged.bins, {
    confirmedAt: stage.confirmedAt ?? 0,
    weight: release.weight,
    settledMs: context.limits.cookieMs,
  });
  return missing === undefined
    ? undefined
    : { kind: 'hold', reason: 'traffic-missing', message: missing };
}

interface Blindness {
  readonly reason: 'no-data' | 'label-missing' | 'telemetry-unavailable' | 'late-telemetry';
  readonly message: string;
}

function blindness({ release, context }: Draft, judged: Judged): Blindness | undefined {
  if (tooLate(release.late)) {
    const message = `${lateText(release.late)} came after their bin was final: raise analysis.settle`;
    return { reason: 'late-telemetry', message };
  }
  // Between two queries the last one speaks.
  const last = judged.verdict ?? release.verdict;
  if (last?.outcome === 'unavailable')
    return { reason: 'telemetry-unavailable', message: last.sentence };
  if (release.seen.blindSince === undefined) return undefined;
  if (release.seen.unlabelled === true) {
    const message = `telemetry shows requests, and none of them carries an AppVersion. ${LABEL_HOW}`;
    return { reason: 'label-missing', message };
  }
  const probed = context.plan.probes !== undefined && isUsed(release);
  const instead = probed ? '; probes alone do not stand for the people who use this app' : '';
  return { reason: 'no-data', message: `telemetry shows no requests of either version${instead}` };
}

/** A query that fails after an hour of nobody is blind since now, where the plan tells the two apart. */
function blindFrom({ release, context }: Draft, stage: Ramping, blind: Blindness): number {
  const { blindSince = 0, unavailableSince } = release.seen;
  const { maxNoDataMs, onNoData } = context.plan;
  const apart = maxNoDataMs !== undefined || onNoData !== undefined;
  const since = apart && !isNoData(blind.reason) ? (unavailableSince ?? blindSince) : blindSince;
  return Math.max(since, stage.patienceFrom ?? 0);
}
