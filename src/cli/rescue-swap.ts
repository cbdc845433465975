/** The swap back: shown, asked for, POSTed once, and believed when the volumes prove it. */
import { AzureCallError } from '../app.ts';
import type { Rescue } from './rescue.ts';
import { type Seen, type SeenSite, lookAt } from './rescue-look.ts';
import { noteSent } from './rescue-sent.ts';
import { Patience, RescueStop, confirm } from './rescue-steps.ts';
import { azureTime } from './rescue-tag.ts';
import { judgeSwap } from './rescue-verdict.ts';

/**
 * Done already by an earlier run, nothing is swapped.
 * @param before as the site was when the rescue began
 * @throws RescueStop 1 when it must not or did not happen, 3 when that cannot be told
 */
export async function swapBack(run: Rescue, before: Seen): Promise<void> {
  const site = await idleSite(run);
  const verdict = judgeSwap(before, site);
  if (verdict.kind === 'refused') throw new RescueStop(1, `no swap back: ${verdict.why}`);
  if (verdict.kind === 'done') {
    run.say(`Swapped back already, nothing is swapped now: ${verdict.how}.`);
    run.say('  Should production hold the bad version all the same, swap by az: docs/rescue.md.');
    return;
  }
  tellSwap(run, site);
  if (verdict.doubt !== undefined) tellDoubt(run, verdict.doubt, site);
  await confirm(run, 'Swap them now?');
  const noted = await noteSent(run, site, await azureTime(run, before));
  // What was shown is what was agreed to.
  const now = (await lookAt(run)).site;
  if (now === undefined || !sameArrangement(site, now) || now.operation !== undefined)
    throw new RescueStop(1, 'no swap back: the site changed while you were asked; look again');
  const poller = await post(run);
  if (await provenInTime(run, site, poller)) return;
  throw new RescueStop(3, `whether the swap is done could not be told in time; ${nextStep(noted)}`);
}

function nextStep(noted: boolean): string {
  return noted
    ? 'run this again: it is noted at the site what was asked for, so a swap that landed is not done twice'
    : 'it is NOT noted at the site, so look at the volumes before anything else (run this again without --swap-back)';
}

/** @throws RescueStop when there is nobody to say what is right */
function tellDoubt({ say, options }: Rescue, doubt: string, { production }: SeenSite): void {
  if (options.yes) {
    const holds = `Production holds volume ${production.volume}, newest deployment ${production.content ?? 'unknown'}`;
    const message = `no swap back: ${doubt}. With --yes nobody can be asked. ${holds}: if that is the bad version, run this at a terminal without --yes, and it asks`;
    throw new RescueStop(1, message);
  }
  say(`  CAREFUL: ${doubt}. Say yes only if production holds the bad version NOW.`);
}

/** Waits for what runs now: its end decides what is in production. */
async function idleSite(run: Rescue): Promise<SeenSite> {
  const patience = new Patience(run);
  for (;;) {
    const { site } = await lookAt(run);
    if (site === undefined)
      throw new RescueStop(1, 'no swap back: the site and its slot cannot both be read');
    if (site.operation === undefined) return site;
    await patience.wait(`Operation ${site.operation} runs on the site, a swap probably`);
  }
}

function tellSwap({ say, options }: Rescue, { production, slot, swappedAt }: SeenSite): void {
  const line = (name: string, of: SeenSite['slot']): string =>
    `${name} volume ${of.volume}, newest deployment ${of.content ?? 'unknown'}`;
  say('A swap back would change places:');
  say(`  now:   ${line('production holds', production)}`);
  say(`         ${line(`${options.slot} holds`, slot)}`);
  say(`  after: ${line('production holds', slot)}`);
  say(`         ${line(`${options.slot} holds`, production)}`);
  say(
    `  Right only if the last swap (${swappedAt ?? 'never'}) brought the bad version, and nobody deployed to ${options.slot} since: what is there goes live as it is.`,
  );
  say('  It takes 1 to 20 minutes and cannot be stopped half-way.');
}

function sameArrangement(a: SeenSite, b: SeenSite): boolean {
  const key = ({ production, slot, swappedAt }: SeenSite): string =>
    JSON.stringify([production.volume, slot.volume, slot.content, swappedAt]);
  return key(a) === key(b);
}

/** One POST. A swap done twice undoes itself, so whatever is unclear is left to the volumes. */
async function post({ io, options, say }: Rescue): Promise<string | undefined> {
  try {
    const { poller } = await io.appService.swapper.submitSwap(options.target, options.slot);
    say('The swap was accepted.');
    return poller;
  } catch (error) {
    if (!(error instanceof AzureCallError)) throw error;
    if (error.failure === 'unknown') {
      say(
        `No clear answer to the swap (${error.code}); it is not asked for again, the volumes will tell.`,
      );
      return undefined;
    }
    const message = `Azure did not begin the swap: ${error.code}: ${error.message}`;
    throw new RescueStop(1, message, { cause: error });
  }
}

/** @throws RescueStop 1 when Azure says that it failed */
async function provenInTime(
  run: Rescue,
  from: SeenSite,
  accepted: string | undefined,
): Promise<boolean> {
  const { io, say } = run;
  const looks = Math.ceil(io.limits.rescueSwapMs / io.limits.rescuePollMs);
  let poller = accepted;
  let failure: string | undefined;
  for (let look = 1; look <= looks; look += 1) {
    await io.sleep(io.limits.rescuePollMs);
    const progress = await poll(run, poller);
    if (progress?.kind === 'running') poller = progress.poller;
    if (progress?.kind === 'failed') failure = `${progress.code}: ${progress.message}`;
    // Read after the poll: what a failed operation left behind is there by then.
    const site = await volumesNow(run);
    if (site === undefined || site.operation !== undefined) continue;
    if (site.production === from.slot.volume && site.slot === from.production.volume) {
      say(`Proven by the volumes: production holds ${site.production} again.`);
      return true;
    }
    if (failure !== undefined)
      throw new RescueStop(1, `the swap failed: ${failure}. Production holds ${site.production}`);
  }
  return false;
}

async function poll(
  { io }: Rescue,
  poller: string | undefined,
): Promise<Awaited<ReturnType<typeof io.appService.swapper.pollSwap>> | undefined> {
  if (poller === undefined) return undefined;
  try {
    return await io.appService.swapper.pollSwap(poller);
  } catch (error) {
    if (!(error instanceof AzureCallError)) throw error;
    return undefined;
  }
}

interface VolumesNow {
  readonly production: string;
  readonly slot: string;
  readonly operation: string | undefined;
}

/** Undefined when it cannot be read now: the next look may. */
async function volumesNow({ io, options }: Rescue): Promise<VolumesNow | undefined> {
  try {
    const site = await io.appService.reader.readSite(options.target, options.slot);
    const { production, slot } = site;
    const operation = production.operationInProgress ?? slot.operationInProgress;
    return { production: site.volumes.production, slot: site.volumes.slot, operation };
  } catch (error) {
    if (!(error instanceof AzureCallError)) throw error;
    return undefined;
  }
}
