/** The operator's half of the transition table (design section 2, operator commands). */
import type { Draft } from './draft.ts';
import type { Command } from './event.ts';
import type { Pausable, Paused, RollingBack, Stage, Suspect } from './release.ts';
import { enterRollingBack } from './go-back.ts';
import {
  type Answer,
  MOVED,
  advanceFrom,
  enterPromoting,
  enterWatching,
  standing,
} from './transition.ts';

export function applyCommand(draft: Draft, command: Command): Answer {
  switch (command.kind) {
    case 'pause':
      return pauseByHand(draft, command);
    case 'resume':
      return resume(draft, command);
    case 'advance':
      return advance(draft, command);
    case 'promote':
      return promote(draft, command);
    case 'abort':
    case 'rollback':
      return goBack(draft, command);
    case 'acknowledge':
      return acknowledge(draft, command);
  }
}

function refuse(draft: Draft, command: Command, why: string): Answer {
  return {
    kind: 'refused',
    code: 'refused',
    message: `${command.kind} is refused while ${draft.release.stage.phase}: ${why}`,
  };
}

function said(
  draft: Draft,
  command: Command,
): { reason: 'operator'; message: string; action: 'command-accepted' } {
  const message = `${command.kind} by ${draft.context.actor.name}: ${command.reason}`;
  return { reason: 'operator', message, action: 'command-accepted' };
}

function pauseByHand(draft: Draft, command: Command): Answer {
  const { stage } = draft.release;
  switch (stage.phase) {
    case 'queued':
    case 'preflight':
    case 'ramping':
    case 'watching':
      draft.move(
        { phase: 'paused', since: draft.context.now, from: stage, found: undefined },
        said(draft, command),
      );
      return MOVED;
    case 'promoting':
      return refuse(
        draft,
        command,
        'a swap cannot be stopped half-way; abort or roll back instead',
      );
    case 'paused':
    case 'rolling-back':
    case 'failed':
    case 'succeeded':
    case 'rolled-back':
    case 'aborted':
    case 'rejected':
      return refuse(
        draft,
        command,
        'it can be paused while queued, preflight, ramping or watching',
      );
  }
}

function resume(draft: Draft, command: Command): Answer {
  const { stage } = draft.release;
  if (stage.phase !== 'paused')
    return refuse(draft, command, 'only a paused release can be resumed');
  if (stage.found !== undefined)
    return resumeAfterDrift(draft, command, { ...stage, found: stage.found });
  allowAfterPause(draft, stage);
  draft.move(back(stage, draft.context.now), said(draft, command));
  return MOVED;
}

/** What paused it may begin anew: the deadline counts from now, a refused weight is asked for again. */
function allowAfterPause(draft: Draft, stage: Paused): void {
  const { reason, pausedMs } = draft.release;
  // This pause is added to `pausedMs` when the release leaves it.
  if (reason === 'deadline') draft.set({ deadlineFrom: stage.since - pausedMs });
  if (reason === 'azure-refused') draft.set({ wantedWeight: stepWeight(draft, stage.from) });
}

/** Where it stood; what waits for time starts to wait anew, first timestamps are kept. */
function back(stage: Paused, now: number): Pausable {
  const { from } = stage;
  switch (from.phase) {
    case 'queued':
      return from;
    case 'preflight':
      return { ...from, since: now };
    case 'ramping':
      return { ...from, patienceFrom: from.confirmedAt === undefined ? undefined : now };
    case 'watching':
      return { ...from, until: from.until + (now - stage.since) };
  }
}

/** Somebody's swap is taken back, or already was, because an operator chose so. */
const ORDERED_BACK = { goal: 'rolled-back', ordered: true } as const;

type DriftPause = Paused & { readonly found: Suspect };

function resumeAfterDrift(draft: Draft, command: Command, stage: DriftPause): Answer {
  if (command.choice === undefined) {
    const why = `say what to do with what was found (${stage.found.seen}): choice "adopt" or "reapply"`;
    return refuse(draft, command, why);
  }
  if (stage.found.kind === 'drift') return resumeAfterRuleDrift(draft, command, stage);
  return stage.from.phase === 'watching'
    ? resumeAfterSwapBack(draft, command, stage)
    : resumeAfterSwap(draft, command, stage);
}

function resumeAfterRuleDrift(draft: Draft, command: Command, stage: DriftPause): Answer {
  const { found } = stage;
  const { subject } = draft.release;
  const resumed = back(stage, draft.context.now);
  // The weight is confirmed anew by the next read, so the bake starts again from there.
  const anew =
    resumed.phase === 'ramping'
      ? { ...resumed, confirmedAt: undefined, patienceFrom: undefined }
      : resumed;
  if (command.choice === 'adopt') {
    const adopted = Math.min(found.ownWeight, stepWeight(draft, resumed));
    if (adopted === 0 && resumed.phase === 'ramping') {
      const why = 'there is no rule to adopt, and nothing to judge without one: choice "reapply"';
      return refuse(draft, command, why);
    }
    draft.set({ wantedWeight: adopted });
    if (subject !== undefined)
      draft.set({ subject: { ...subject, foreignRules: found.foreignRules } });
  } else {
    draft.set({ wantedWeight: stepWeight(draft, resumed) });
  }
  draft.set({ suspect: undefined });
  draft.move(anew, said(draft, command));
  return MOVED;
}

/** The most that the plan allows where the release stands; adopting more is not on offer. */
function stepWeight(draft: Draft, stage: Pausable): number {
  const step = stage.phase === 'ramping' ? draft.context.plan.steps[stage.step] : undefined;
  return step?.weight ?? 0;
}

/** Somebody swapped while we ramped: it becomes our promotion, or it is taken back. */
function resumeAfterSwap(draft: Draft, command: Command, stage: DriftPause): Answer {
  if (command.choice === 'reapply') {
    draft.set({ suspect: undefined });
    enterRollingBack(draft, ORDERED_BACK, said(draft, command));
    return MOVED;
  }
  if (stage.found.volumes !== 'canary-in-production') {
    return refuse(draft, command, `only a finished swap can be adopted, found ${stage.found.seen}`);
  }
  draft.set({ suspect: undefined });
  enterWatching(draft, said(draft, command));
  return MOVED;
}

/** Somebody swapped back while we watched: it becomes our rollback, or we promote again. */
function resumeAfterSwapBack(draft: Draft, command: Command, stage: DriftPause): Answer {
  if (stage.found.volumes !== 'baseline-in-production') {
    return refuse(
      draft,
      command,
      `only a finished swap can be resumed from, found ${stage.found.seen}`,
    );
  }
  draft.set({ suspect: undefined });
  if (command.choice === 'adopt') enterRollingBack(draft, ORDERED_BACK, said(draft, command));
  else enterPromoting(draft, said(draft, command));
  return MOVED;
}

/** The step that `advance` and `promote` leave, or why they are refused. */
function leavableStep(draft: Draft, command: Command): number | Answer {
  const { stage, verdict } = draft.release;
  if (stage.phase !== 'ramping' && stage.phase !== 'paused') {
    return refuse(draft, command, 'it is allowed while ramping or paused in the ramp');
  }
  const at = standing(stage);
  if (at.phase !== 'ramping')
    return refuse(draft, command, `the pause holds ${at.phase}, resume it`);
  if (stage.phase === 'paused' && stage.found !== undefined) {
    return refuse(draft, command, 'resume with a choice first, Azure is not as it was left');
  }
  if (verdict?.outcome === 'harm') return refuse(draft, command, verdict.sentence);
  if (stage.phase === 'paused') allowAfterPause(draft, stage);
  return at.step;
}

function advance(draft: Draft, command: Command): Answer {
  const step = leavableStep(draft, command);
  if (typeof step !== 'number') return step;
  advanceFrom(draft, step, notCertified(draft, command));
  return MOVED;
}

function promote(draft: Draft, command: Command): Answer {
  const step = leavableStep(draft, command);
  if (typeof step !== 'number') return step;
  enterPromoting(draft, notCertified(draft, command));
  return MOVED;
}

function notCertified(
  draft: Draft,
  command: Command,
): { reason: 'operator'; message: string; action: 'command-accepted' } {
  const note = said(draft, command);
  return { ...note, message: `${note.message} (not certified)` };
}

/** Nothing is reserved any more: the slot may hold anything by now, so no swap is made for a finished release. */
const AFTER_THE_END =
  'To bring an older version back, release it: deploy it to the slot and start a release with preset fast or blue-green';

function goBack(draft: Draft, command: Command): Answer {
  const { stage } = draft.release;
  const at: Stage = standing(stage);
  switch (at.phase) {
    case 'queued':
    case 'preflight':
      draft.move({ phase: 'aborted', at: draft.context.now }, said(draft, command));
      return MOVED;
    case 'ramping':
    case 'promoting':
    case 'watching':
      enterRollingBack(draft, { goal: goalOf(command), ordered: true }, said(draft, command));
      return MOVED;
    case 'rolling-back':
      // Accepted; what it adds is that a person decided it, which an irreversible release waits for.
      draft.set({ stage: { ...at, ordered: true } });
      draft.note(said(draft, command));
      return MOVED;
    case 'failed':
      if (at.acknowledgedAt !== undefined)
        return refuse(draft, command, 'it was acknowledged, the app is free');
      enterRollingBack(draft, { goal: goalOf(command), ordered: true }, said(draft, command));
      return MOVED;
    case 'paused':
    case 'succeeded':
    case 'rolled-back':
    case 'aborted':
    case 'rejected':
      return refuse(draft, command, `the release is over. ${AFTER_THE_END}`);
  }
}

function goalOf(command: Command): RollingBack['goal'] {
  return command.kind === 'abort' ? 'aborted' : 'rolled-back';
}

function acknowledge(draft: Draft, command: Command): Answer {
  const { stage } = draft.release;
  if (stage.phase !== 'failed')
    return refuse(draft, command, 'only a failed release is acknowledged');
  if (stage.acknowledgedAt !== undefined)
    return refuse(draft, command, 'it was acknowledged already');
  // The app may belong to another release from now on: nothing that was asked for is pursued.
  draft.set({ intent: undefined });
  draft.move(
    { ...stage, acknowledgedAt: draft.context.now },
    { ...said(draft, command), reason: 'acknowledged' },
  );
  return MOVED;
}
