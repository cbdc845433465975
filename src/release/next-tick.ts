import type { Context } from './draft.ts';
import { type Release, isFinished } from './release.ts';

/**
 * When the release wants its next pass; undefined when it is finished. A hint, never a promise. Never
 * past, except for a query that was throttled: the oldest comes first at the clock's next turn. By the
 * time of the try alone, the same releases would be turned away at every turn.
 */
export function nextTickAt(release: Release, context: Context): number | undefined {
  if (isFinished(release.stage)) return undefined;
  const { now, limits, plan } = context;
  const { seen, stage, intent, suspect } = release;
  const wishes = [now + limits.tickAtMostMs];
  const wish = (at: number | undefined, afterMs: number): void => {
    if (at !== undefined) wishes.push(at + afterMs);
  };
  if (stage.phase === 'queued' || stage.phase === 'preflight')
    wish(now, Math.min(limits.pollMs, ...plan.validate.map((v) => v.everyMs)));
  if (stage.phase === 'promoting' || stage.phase === 'rolling-back') wish(now, limits.pollMs / 2);
  if (intent !== undefined) wish(intent.retryAt ?? now, limits.pollMs);
  if (release.wantedWeight !== release.weight) wish(now, limits.pollMs);
  if (release.binsFrom !== undefined && stage.phase !== 'failed')
    wish(seen.telemetryAt ?? now, plan.analysis.intervalMs);
  if (plan.validate.length > 0 && (stage.phase === 'ramping' || stage.phase === 'watching'))
    wish(seen.probesAt ?? now, limits.probesEveryMs);
  wish(suspect?.since, limits.readsApartMs);
  wish(seen.rulesAt, limits.rulesEveryMs);
  return Math.min(Math.max(now, Math.min(...wishes)), queryTurn(release, context));
}

/** When the counts were due; infinity when none are wanted. */
function queryTurn({ seen, stage, binsFrom }: Release, { plan }: Context): number {
  if (binsFrom === undefined || stage.phase === 'failed') return Infinity;
  return (seen.telemetryAt ?? binsFrom) + plan.analysis.intervalMs;
}
