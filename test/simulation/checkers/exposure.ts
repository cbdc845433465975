/** Production never serves more canary than the plan allowed at that moment. */
import { type Release, isFinished } from '../../../src/release/release.ts';
import { type Checker, type Eyes, activeOf, releaseOf } from './checker.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** A write is decided at most this long (a claim) before it is sent. */
const CLAIM_MS = 2 * MINUTE;
/** While everything is unreliable, a rule that should not be there is gone this soon. */
const EXCESS_IN_CHAOS_MS = 20 * MINUTE;
/** One aftercare period (5 min), the tick's delivery, and one lost claim. */
const EXCESS_IN_CALM_MS = 8 * MINUTE;
/** The last look of two hours of aftercare may come five minutes before their end. */
const AFTERCARE_MS = 110 * MINUTE;

export function exposureChecker(eyes: Eyes): Checker {
  const { now, ledger, history, outageMs, unattendedMs, violate } = eyes;
  const allowedSteps: { readonly fromMs: number; readonly weight: number }[] = [];
  let excessSince: number | undefined;
  let excessTold = false;

  /** The most that any moment since allowed. */
  function mostAllowedSince(sinceMs: number): number {
    const before = allowedSteps.findLast(({ fromMs }) => fromMs <= sinceMs)?.weight ?? 0;
    const later = allowedSteps.filter(({ fromMs }) => fromMs > sinceMs);
    return Math.max(before, ...later.map(({ weight }) => weight));
  }

  function look(): void {
    const weight = history.ownWeight();
    const allowed = allowedNow(eyes);
    if (weight <= allowed || nobodyLooksAfter(eyes, weight)) {
      excessSince = undefined;
      excessTold = false;
      return;
    }
    excessSince ??= now();
    const since = excessSince;
    const inCalm = now() - Math.max(since, eyes.calmFromMs()) > EXCESS_IN_CALM_MS;
    const outage = outageMs(since, now());
    // Two machines that stand still at the same time are nobody: only what runs can take a rule away.
    const watched = now() - since - outage - unattendedMs(since, now());
    const inChaos = watched > EXCESS_IN_CHAOS_MS + outage;
    if (excessTold || !(inCalm || inChaos)) return;
    excessTold = true;
    const promise = activeOf(ledger)?.subject === undefined ? 'aftercare' : 'exposure';
    const seconds = Math.round((now() - since) / SECOND);
    violate(promise, `${weight} % for ${seconds} s, allowed are ${allowed} %`);
  }

  return {
    look,
    committed: () => {
      const weight = allowedNow(eyes);
      if (allowedSteps.at(-1)?.weight !== weight) allowedSteps.push({ fromMs: now(), weight });
    },
    rulesWritten: (task, { sentAt, before, after }) => {
      // Nobody can fence a change that somebody made between a worker's read and its write.
      if (history.handAt.rules > task.readAt.rules) return;
      const weightIn = (rules: typeof before): number =>
        rules.find(({ name }) => name === eyes.world.azure.slot)?.weight ?? 0;
      const [from, to] = [weightIn(before), weightIn(after)];
      const most = mostAllowedSince(sentAt - CLAIM_MS);
      if (to > from && to > most) {
        const raised = `${task.name} raised the rule from ${from} to ${to} %`;
        violate('exposure', `${raised}, allowed were ${most} %`);
      }
      const rescuedAt = history.handAt.rescue;
      const since = releaseOf(eyes, task)?.createdAt ?? Infinity;
      if (to > from && since < rescuedAt && rescuedAt < task.readAt.site) {
        violate('exposure', `${task.name} raised the rule to ${to} % after a rescue`);
      }
    },
  };
}

export function allowedNow({ ledger }: Eyes): number {
  const release = activeOf(ledger);
  if (release === undefined) return 0;
  const stage = release.stage.phase === 'paused' ? release.stage.from : release.stage;
  return stage.phase === 'ramping' ? (release.steps[stage.step] ?? 0) : 0;
}

/** A person was called, or the rule is none of ours. */
function nobodyLooksAfter({ ledger, now }: Eyes, weight: number): boolean {
  const holder = activeOf(ledger);
  if (holder?.stage.phase === 'failed') return true;
  // A swap must settle before anything else; App Service refuses other writes until then.
  if (holder?.intent?.kind === 'swap' && holder.intent.claim !== undefined) return true;
  if (holder?.subject !== undefined) return false;
  const cared = [...ledger.releases.values()].filter(
    ({ stage, subject }) =>
      isFinished(stage) && subject !== undefined && now() < endOf(stage) + AFTERCARE_MS,
  );
  return !cared.some(({ steps }) => steps.includes(weight));
}

function endOf(stage: Release['stage']): number {
  if (stage.phase === 'failed') return stage.acknowledgedAt ?? stage.at;
  return 'at' in stage ? stage.at : 0;
}
