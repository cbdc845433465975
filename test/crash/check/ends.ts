/** Whether a release ended as its story says it must, and left the site as its end says. */
import { versionOf } from '../worker-content.ts';
import type { Kind, Story } from '../story.ts';
import type { Told } from './told.ts';

/** Phases in which each kind may end when nobody's command came too late. */
const ENDS: Readonly<Record<Kind, readonly string[]>> = {
  good: ['succeeded'],
  bad: ['rolled-back'],
  late: ['rolled-back'],
  'blue-green': ['succeeded'],
  'blue-green-bad': ['rolled-back'],
  aborted: ['aborted'],
  paused: ['succeeded'],
  'promoted-by-hand': ['succeeded'],
  'rolled-back-by-hand': ['rolled-back'],
};

/** Reasons to go back that evidence gives against a version that fails. */
const HARM = ['harm', 'harm-by-probe'];
/** A version that was broken so close to the end of the watch could not be seen any more. */
const TOO_LATE_MS = 4_000;

/**
 * A limit passed because hosts died too often, or the machine stood still: the design's way out (a
 * release is rejected before anything was done, or a person is called), and no violation.
 */
export function endedByLimit({ end }: Story, stalledMs: number): boolean {
  if (end === undefined) return false;
  if (end.stage.phase === 'rejected') return end.reason === 'preflight-timeout';
  const isLimit = end.reason === 'rollback-timeout' || end.message.includes(SWAP_LIMIT);
  return isLimit && stalledMs > STALLED_MS;
}

const SWAP_LIMIT = 'neither done nor refused within its limit';
/** Calls to ARM end after two seconds: stand-ins that stood still for one answered many of them too late. */
const STALLED_MS = 1_000;

export function endProblems(story: Story, told: Told | undefined): readonly string[] {
  const { site, key, kind, end } = story;
  const named = (problem: string): string => `${site}: ${key} (${kind}): ${problem}`;
  if (story.problem !== undefined) return [named(story.problem)];
  if (end === undefined || told === undefined) return [named('it has no end')];
  return [
    ...rightEnd(story, told),
    ...leftAsItSays(story),
    ...pausedByItself(story, told),
    ...goneBackWithoutCause(story, told),
  ].map(named);
}

function rightEnd(story: Story, told: Told): readonly string[] {
  const { end, kind, may } = story;
  const phase = end?.stage.phase ?? 'nowhere';
  if ((may.end ?? ENDS[kind]).includes(phase)) return [];
  if (endedBefore(story, told)) return [];
  return [`ended ${phase} (${end?.reason}): ${end?.message}`];
}

/** What people or the version did came after the last moment at which it could change the end. */
function endedBefore({ kind, end, commands, brokenAtMs }: Story, told: Told): boolean {
  const phase = end?.stage.phase;
  if (phase !== 'succeeded') return false;
  if (kind === 'aborted' || kind === 'rolled-back-by-hand')
    return !commands.some((command) => command.endsWith(' 200'));
  const endedMs = Date.parse(
    told.rows.findLast(({ action }) => action === 'phase-changed')?.at ?? '',
  );
  return kind === 'late' && (brokenAtMs === undefined || brokenAtMs > endedMs - TOO_LATE_MS);
}

/** No rule, and the version in production that the end names; visitors meet it. */
function leftAsItSays({ end, after, before, version }: Story): readonly string[] {
  if (after === undefined || end === undefined) return ['nobody looked at the site afterwards'];
  const problems: string[] = [];
  if (after.rules.length > 0) problems.push(`left the rules ${after.rules.join(' ')}`);
  const wanted = end.stage.phase === 'succeeded' ? version : versionOf(before.production);
  const production = versionOf(after.production);
  if (production !== wanted) problems.push(`left ${production} in production instead of ${wanted}`);
  const wrong = after.served.filter((served) => served !== wanted);
  if (wrong.length > 0) problems.push(`visitors then met ${wrong.join(', ')} instead of ${wanted}`);
  return problems;
}

/** Crashes are no drift, no refusal and no lack of evidence: nobody may be called for them. */
function pausedByItself({ may }: Story, { rows }: Told): readonly string[] {
  return rows
    .filter(({ to, from, actor, reason }) => {
      const entered = to.startsWith('paused') && !from.startsWith('paused');
      return entered && actor.kind === 'system' && may.stopFor?.includes(reason) !== true;
    })
    .map(({ reason, message }) => `paused by itself: ${reason}: ${message}`);
}

function goneBackWithoutCause({ kind, may }: Story, { rows }: Told): readonly string[] {
  const back = rows.find(({ to, from }) => to === 'rolling-back' && from !== 'rolling-back');
  if (back?.actor.kind !== 'system') return [];
  const mayBeHarm = kind === 'bad' || kind === 'late' || kind === 'blue-green-bad';
  if (mayBeHarm && HARM.includes(back.reason)) return [];
  if (may.stopFor?.includes(back.reason) === true) return [];
  return [`went back without a cause of its own: ${back.reason}: ${back.message}`];
}
