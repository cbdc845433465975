import type { Intent } from '../release/intent.ts';
import {
  isFinished,
  type Release,
  type SharedIncident,
  type Stage,
  type Suspect,
  type Untold,
  type VerdictSummary,
} from '../release/release.ts';
import { shareOf } from '../release/rules.ts';
import { siteIdOf } from '../release/start-message.ts';
import { standing } from '../release/transition.ts';
import type {
  IncidentView,
  IntentView,
  OutlookView,
  PauseView,
  ReleaseView,
  StepView,
  UntoldReceiverView,
  UntoldView,
  VerdictView,
  WatchView,
} from './contract.ts';
import type { Links } from './links.ts';
import { iso, isoOrNull } from './time.ts';

/** A release as it crosses HTTP. */
export function releaseView(release: Release, links: Links): ReleaseView {
  const { id, appKey, stage, requestedBy } = release;
  return {
    id,
    app: { key: appKey, name: release.app ?? null, siteId: siteIdOf(release.target) },
    slot: release.slot,
    version: release.version,
    baseline: release.baseline ?? null,
    key: release.key ?? null,
    requestedBy: {
      name: requestedBy.name,
      run: requestedBy.run ?? null,
      commit: requestedBy.commit ?? null,
      committedAt: isoOrNull(requestedBy.committedAt),
      claimed: requestedBy.claimed,
    },
    plan: release.planName,
    strategy: release.strategy,
    reversible: release.reversible,
    phase: stage.phase,
    finished: isFinished(stage),
    since: iso('since' in stage ? stage.since : stage.at),
    reason: release.reason,
    message: release.message,
    step: stepView(stage, release.steps),
    pause: pauseView(stage),
    watch: watchView(stage),
    weights: {
      steps: release.steps,
      confirmed: release.weight,
      wanted: release.wantedWeight,
      share: shareOf(release),
    },
    intent: release.intent === undefined ? null : intentView(release.intent),
    verdict: release.verdict === undefined ? null : verdictView(release.verdict),
    dispersion:
      release.dispersion === undefined
        ? null
        : { ...release.dispersion, note: release.dispersion.note ?? null },
    incident: release.incident === undefined ? null : incidentView(release.incident),
    differences: release.hurts?.differences ?? null,
    sequence: release.sequence,
    chainHead: release.chainHead,
    untold: untoldView(release),
    createdAt: iso(release.createdAt),
    updatedAt: iso(release.updatedAt),
    swappedAt: isoOrNull(release.swappedAt),
    links: links.ofRelease(release),
  };
}

function stepView(stage: Stage, steps: readonly number[]): StepView | null {
  const at = standing(stage);
  if (at.phase !== 'ramping') return null;
  return {
    number: at.step + 1,
    of: steps.length,
    weight: steps[at.step] ?? 0,
    since: iso(at.since),
    confirmedAt: isoOrNull(at.confirmedAt),
  };
}

/** A rule that was taken away cannot be adopted in the ramp: there would be nothing to judge. */
function choicesAfter(found: Suspect, from: Stage['phase']): ('adopt' | 'reapply')[] {
  const nothing = found.kind === 'drift' && found.ownWeight === 0 && from === 'ramping';
  return nothing ? ['reapply'] : ['adopt', 'reapply'];
}

function pauseView(stage: Stage): PauseView | null {
  if (stage.phase !== 'paused') return null;
  return {
    from: stage.from.phase,
    found: stage.found?.seen ?? null,
    choices: stage.found === undefined ? [] : choicesAfter(stage.found, stage.from.phase),
  };
}

function watchView(stage: Stage): WatchView | null {
  const at = standing(stage);
  return at.phase === 'watching' ? { until: iso(at.until), extended: at.extended } : null;
}

function intentView(intent: Intent): IntentView {
  return {
    kind: intent.kind,
    weight: intent.kind === 'set-weight' ? intent.weight : null,
    direction: intent.kind === 'swap' ? intent.direction : null,
    decidedAt: iso(intent.decidedAt),
    claimed: intent.claim !== undefined,
    attempts: intent.attempts,
  };
}

/** Rows from before there were several receivers are about the one webhook. */
function untoldView({ told, untold }: Release): UntoldView | null {
  const named = told ?? { webhook: { seq: 0, untold } };
  const receivers = Object.entries(named)
    .flatMap(([receiver, one]) =>
      one.untold === undefined ? [] : [untoldReceiverView(receiver, one.untold)],
    )
    .toSorted((one, other) => other.attempts - one.attempts);
  const [worst] = receivers;
  return worst === undefined ? null : { ...worst, receivers };
}

function untoldReceiverView(receiver: string, untold: Untold): UntoldReceiverView {
  const { attempts, later = 0, retryAt, problem, givenUp } = untold;
  return { receiver, attempts: attempts + later, retryAt: iso(retryAt), problem, givenUp };
}

function incidentView({ since, afterChange, message }: SharedIncident): IncidentView {
  return { since: iso(since), afterChange, message };
}

function outlookView(outlook: NonNullable<VerdictSummary['outlook']>): OutlookView {
  const { requests, bins, early = false } = outlook;
  return { requests: requests ?? null, bins: bins ?? null, early };
}

function verdictView(verdict: VerdictSummary): VerdictView {
  const { more = [], ratio, outlook, by = null, phi = 1, certify = null, ...rest } = verdict;
  return {
    ...rest,
    at: iso(verdict.at),
    certify,
    ratio: ratio === undefined ? null : { low: ratio.low, high: ratio.high ?? null },
    outlook: outlook === undefined ? null : outlookView(outlook),
    by,
    phi,
    metrics: more.map((metric) => ({ ...metric, certify: metric.certify ?? null })),
  };
}
