/** The record that a rescue leaves at the site, for Slipway when it is back. */
import { AzureCallError } from '../app.ts';
import { RESCUE_TAG, type RescueRecord, writeRescue } from '../release/rescue-record.ts';
import type { Rescue } from './rescue.ts';
import type { Seen } from './rescue-look.ts';
import { isBusy } from './rescue-steps.ts';

/** How it went with the tag. */
export interface Recorded {
  readonly written: boolean;
  readonly tag: string;
  readonly problem: string | undefined;
}

const TRIES = 3;

/** Never stops the rescue: what was done for visitors is done, with or without a record. */
export async function leaveRecord(
  run: Rescue,
  before: Seen,
  deed: Pick<RescueRecord, 'did' | 'weight'>,
): Promise<void> {
  const { say, report } = run;
  const record = await recordOf(run, before, deed);
  if (record === undefined) {
    notWritten(run, '', "Azure's time could not be read");
    return;
  }
  const tag = writeRescue(record);
  const problem = await mergeTag(run, RESCUE_TAG, tag);
  if (problem !== undefined) {
    notWritten(run, tag, problem);
    return;
  }
  report.recorded = { written: true, tag, problem: undefined };
  say(`Left the record ${RESCUE_TAG} at the site: ${tag}`);
}

/** Undefined: it is written; else why it is not. */
export async function mergeTag(
  { options, io }: Rescue,
  name: string,
  value: string,
): Promise<string | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await io.appService.tags.merge(options.target, { [name]: value });
      return undefined;
    } catch (error) {
      if (!(error instanceof AzureCallError)) throw error;
      const again = isBusy(error) || error.failure === 'unknown';
      if (!again || attempt === TRIES) return `${error.code}: ${error.message}`;
      await io.sleep(Math.max(error.retryAfterMs ?? 0, io.limits.rescuePollMs));
    }
  }
}

/**
 * What an earlier rescue did still holds when nobody swapped since and no rule was found now: run again,
 * a rescue must not forget which version is where.
 */
async function recordOf(
  run: Rescue,
  before: Seen,
  { did, weight }: Pick<RescueRecord, 'did' | 'weight'>,
): Promise<RescueRecord | undefined> {
  const at = await azureTime(run, before);
  if (at === undefined) return undefined;
  const by = run.report.by ?? undefined;
  const earlier = before.own === undefined ? stillTrue(before) : undefined;
  return {
    at,
    did: earlier?.did === 'swapped-back' ? earlier.did : did,
    by,
    weight: weight ?? earlier?.weight,
  };
}

/** The earlier record, unless somebody swapped after it. */
export function stillTrue({ record, site }: Seen): RescueRecord | undefined {
  if (record === undefined || site === undefined) return undefined;
  const swappedAt = Date.parse(site.swappedAt ?? '');
  return swappedAt > record.at ? undefined : record;
}

/**
 * Read anew: a swap took minutes, and the newest record is the one that counts. Never before the last
 * swap, whose stamp is finer than the clock's whole seconds.
 */
export async function azureTime(
  { io, options }: Rescue,
  before: Seen,
): Promise<number | undefined> {
  const { target, slot } = options;
  const { reader, tags } = io.appService;
  const [read, site] = await Promise.all([
    unlessAzureFails(() => tags.read(target)),
    unlessAzureFails(() => reader.readSite(target, slot)),
  ]);
  const at = read?.azureTime ?? before.at;
  const swappedAt = Date.parse(site?.volumes.swappedAt ?? '');
  return at === undefined || Number.isNaN(swappedAt) ? at : Math.max(at, swappedAt);
}

async function unlessAzureFails<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof AzureCallError)) throw error;
    return undefined;
  }
}

function notWritten({ say, report, options }: Rescue, tag: string, problem: string): void {
  report.recorded = { written: false, tag, problem };
  say(`NO RECORD was left at the site: ${problem}`);
  say(
    '  The right Microsoft.Resources/tags/write is needed (Tag Contributor or Contributor on the site).',
  );
  say(
    `  Slipway does not know what you did. Before it is started again, have somebody leave the tag ${RESCUE_TAG}, or as soon as it is back abort the release of ${options.target.site}: POST /api/releases/{id}/abort`,
  );
}
