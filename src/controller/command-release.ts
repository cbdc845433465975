/** An operator's command: decided on the newest row, and the lowering it asks for is made at once. */
import { BOUNDS } from '../limits.ts';
import type { AppEntry } from '../release/app-entry.ts';
import { demandRight, type Right, rightOf } from '../release/caller.ts';
import { type Decision, decideCommand } from '../release/decide.ts';
import { SYSTEM } from '../release/draft.ts';
import { NotFoundError, SlipwayError } from '../release/errors.ts';
import type { Release } from '../release/release.ts';
import { entryOfSite } from './app-access.ts';
import { CommandRefusedError } from './command-refused.ts';
import { contextOf } from './context-of.ts';
import type { CommandRequest } from './controller.ts';
import type { Loaded } from './ports/release-store.ts';
import { ConflictError } from './ports/store-errors.ts';
import type { Ports } from './ports.ts';
import { catalogue, keepHints, save } from './save.ts';
import { carryOutAndSettle } from './tick.ts';

export async function commandRelease(ports: Ports, request: CommandRequest): Promise<Release> {
  for (let attempt = 1; attempt <= BOUNDS.commitAttempts; attempt += 1) {
    const loaded = await ports.store.load(request.releaseId);
    if (loaded === undefined) throw new NotFoundError(`there is no release ${request.releaseId}`);
    // By the site, whatever the app was called, or whether it was registered, when the release began.
    const entry = await entryOfSite(ports, loaded.release.appKey);
    demandRight(request.caller, rightNeeded(ports, entry, request), entry);
    const decision = decideOn(ports, loaded, request);
    try {
      const saved = await save(ports, loaded, decision);
      return await follow(ports, saved, decision);
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
    }
  }
  throw new SlipwayError(
    'conflict',
    `release ${request.releaseId} changed ${BOUNDS.commitAttempts} times meanwhile; try again`,
  );
}

/** Without an entry there are no lists: stopping stays open to operators, going on does not. */
function rightNeeded(
  { appsMode }: Ports,
  entry: AppEntry | undefined,
  { command }: CommandRequest,
): Right {
  const right = rightOf(command.kind);
  const unknown = entry === undefined && appsMode === 'registered';
  return unknown && right === 'approve' ? 'administer' : right;
}

function decideOn(ports: Ports, loaded: Loaded, request: CommandRequest): Decision {
  const { release } = loaded;
  const { expectedSequence, command, caller } = request;
  if (expectedSequence !== undefined && expectedSequence !== release.sequence) {
    const message = `expected sequence ${expectedSequence}, the release is at ${release.sequence}: look again before you ${command.kind}`;
    throw new CommandRefusedError('sequence-moved-on', message, release);
  }
  const decision = decideCommand({
    release,
    command,
    context: contextOf(ports, loaded, caller.actor),
  });
  if ('kind' in decision) throw new CommandRefusedError(decision.code, decision.message, release);
  return decision;
}

/** The command holds from here: whatever fails now is mended by the next tick. */
async function follow(ports: Ports, saved: Loaded, decision: Decision): Promise<Release> {
  let newest = saved;
  try {
    if (decision.effect !== undefined)
      newest = await carryOutAndSettle(ports, saved, decision.effect);
    await keepHints(ports, newest.release, contextOf(ports, newest, SYSTEM));
    await catalogue(ports, newest.release);
    await ports.ticks.send(newest.release.id, 0);
  } catch (error) {
    ports.log('warning', 'the command is committed; the next tick carries it on', {
      release: saved.release.id,
      error,
    });
  }
  return newest.release;
}
