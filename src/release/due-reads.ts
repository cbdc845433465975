/** What this pass has to read. Pure, so that what costs Azure's budgets can be tested and seen. */
import type { Context } from './draft.ts';
import { type Release, isFinished } from './release.ts';
import { standing } from './transition.ts';

export interface DueReads {
  readonly rules: boolean;
  readonly site: boolean;
  readonly content: boolean;
  readonly poll: boolean;
  readonly telemetry: boolean;
  readonly probes: boolean;
  readonly preflight: boolean;
}

/**
 * Rules and volumes every 2 minutes and around effects, content around effects and every 5 minutes
 * (design section 9: ARM's budgets), telemetry once an interval, also while an intent is pending.
 */
export function dueReads(release: Release, context: Context): DueReads {
  const { now, limits, plan } = context;
  const { seen, stage } = release;
  const at = standing(stage).phase;
  const overdue = (last: number | undefined, everyMs: number): boolean =>
    last === undefined || now >= last + everyMs;
  const effects = aroundEffects(release);
  const azure = at !== 'queued' && stage.phase !== 'rejected';
  const suspicious =
    release.suspect !== undefined && now >= release.suspect.since + limits.readsApartMs;
  const judging =
    release.binsFrom !== undefined && (at === 'ramping' || at === 'watching' || at === 'promoting');
  const rules =
    azure &&
    (isFinished(stage) || effects || suspicious || overdue(seen.rulesAt, limits.rulesEveryMs));
  const content =
    azure && !isFinished(stage) && (effects || overdue(seen.contentAt, limits.contentEveryMs));
  return {
    rules,
    // Content means something only together with whose volume it is.
    site: (rules || content) && !isFinished(stage),
    content,
    poll: release.intent?.kind === 'swap' && release.intent.poller !== undefined,
    telemetry: judging && overdue(seen.telemetryAt, plan.analysis.intervalMs),
    probes:
      (at === 'ramping' || at === 'watching') &&
      plan.validate.length > 0 &&
      overdue(seen.probesAt, limits.probesEveryMs),
    preflight: stage.phase === 'preflight',
  };
}

/** Something is about to change, or was asked for and is not proven. */
function aroundEffects(release: Release): boolean {
  const { phase } = release.stage;
  if (phase === 'preflight' || phase === 'promoting' || phase === 'rolling-back') return true;
  if (phase === 'ramping' && release.stage.confirmedAt === undefined) return true;
  return release.intent !== undefined || release.wantedWeight !== release.weight;
}
