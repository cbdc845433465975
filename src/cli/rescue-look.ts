/** What a rescue sees of an app: rules, volumes, content, operations, and an earlier record. */
import { AzureCallError } from '../app.ts';
import type { Rule, SiteFacts } from '../release/azure-facts.ts';
import { type RescueRecord, describeRescue, readRescue } from '../release/rescue-record.ts';
import { isRuleOf } from '../release/rules.ts';
import type { Rescue } from './rescue.ts';
import { type Fate, type Sent, fateOf, sentIn } from './rescue-sent.ts';
import { Patience, patiently } from './rescue-steps.ts';

export interface Seen {
  /** Azure's clock, milliseconds. */
  readonly at: number | undefined;
  readonly rules: readonly Rule[];
  /** The rule that leads to the slot: Slipway's. */
  readonly own: Rule | undefined;
  readonly others: readonly Rule[];
  /** Undefined: it could not be read. The rule can be removed all the same. */
  readonly site: SeenSite | undefined;
  /** The site has no such slot: a typing mistake, or it was deleted. */
  readonly noSlot: boolean;
  /** What an earlier rescue left; undefined: nothing that can be read. */
  readonly record: RescueRecord | undefined;
  /** The last swap back that a rescue asked for; undefined: none that can be read. */
  readonly sent: Sent | undefined;
  /** What an earlier rescue left could not be read. */
  readonly tagsUnread: boolean;
}

export interface SeenSite {
  readonly production: SeenSlot;
  readonly slot: SeenSlot;
  /** ISO 8601; undefined: never swapped. */
  readonly swappedAt: string | undefined;
  /** The id of what runs on the site now. */
  readonly operation: string | undefined;
  /** A swap with preview waits for its second phase. */
  readonly preview: string | undefined;
}

export interface SeenSlot {
  readonly state: string;
  readonly host: string;
  readonly volume: string;
  /** Newest deployment id or image; undefined: it could not be told. */
  readonly content: string | undefined;
}

/** Only the rules must be readable. @throws AzureCallError */
export async function lookAt(run: Rescue): Promise<Seen> {
  const { target, slot } = run.options;
  const { router, tags } = run.io.appService;
  const patience = new Patience(run);
  const rules = await patiently(patience, () => router.readRules(target));
  const [{ facts, noSlot }, read] = await Promise.all([
    readFacts(run, patience),
    attempt(run, patience, () => tags.read(target)),
  ]);
  const site = facts === undefined ? undefined : await seenSite(run, patience, facts);
  const own = rules.find((rule) => isRuleOf(rule, slot, site?.slot.host));
  const at = read?.azureTime;
  return {
    at,
    rules,
    own,
    noSlot,
    others: rules.filter((rule) => rule !== own),
    site,
    record: at === undefined ? undefined : recordIn(facts?.rescueTag, at),
    sent: sentIn(read?.tags ?? {}),
    tagsUnread: at === undefined,
  };
}

/** The rules of the site could be read, so what is not found is the slot. */
async function readFacts(
  run: Rescue,
  patience: Patience,
): Promise<{ readonly facts: SiteFacts | undefined; readonly noSlot: boolean }> {
  const { target, slot } = run.options;
  let noSlot = false;
  const facts = await attempt(run, patience, () =>
    run.io.appService.reader.readSite(target, slot).catch((error: unknown) => {
      noSlot = error instanceof AzureCallError && error.status === 404;
      throw error;
    }),
  );
  return { facts, noSlot };
}

async function seenSite(run: Rescue, patience: Patience, facts: SiteFacts): Promise<SeenSite> {
  const { target, slot } = run.options;
  const content = await attempt(run, patience, () =>
    run.io.appService.reader.readContent(target, slot),
  );
  const { production, slot: staged, volumes } = facts;
  return {
    production: {
      state: production.state,
      host: production.host,
      volume: volumes.production,
      content: content?.production,
    },
    slot: { state: staged.state, host: staged.host, volume: volumes.slot, content: content?.slot },
    swappedAt: volumes.swappedAt,
    operation: production.operationInProgress ?? staged.operationInProgress,
    preview: production.targetSwapSlot ?? staged.targetSwapSlot,
  };
}

function recordIn(tag: string | undefined, at: number): RescueRecord | undefined {
  const reading = readRescue(tag, at);
  return reading.kind === 'record' ? reading.record : undefined;
}

/** Undefined, and told, when it cannot be read: somebody at night goes on with what there is. */
async function attempt<T>(
  run: Rescue,
  patience: Patience,
  read: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await patiently(patience, read);
  } catch (error) {
    if (!(error instanceof AzureCallError)) throw error;
    run.say(`Not readable: ${error.code}: ${error.message}`);
    return undefined;
  }
}

/** Which rule is Slipway's, which are not, and what stands where. */
export function tellSeen({ say, options }: Rescue, seen: Seen): void {
  const { site } = seen;
  say(`Site ${options.target.site} (resource group ${options.target.resourceGroup}):`);
  if (seen.rules.length === 0) say('  no traffic rules: all visitors go to production');
  for (const rule of seen.rules) {
    const whose =
      rule === seen.own ? `Slipway's, will be removed` : 'of another slot, will be kept';
    say(`  rule ${rule.name}: ${rule.weight} % to ${rule.host} (${whose})`);
  }
  if (site !== undefined) {
    tellSlot(say, 'production', site.production);
    tellSlot(say, options.slot, site.slot);
    say(`  last swap: ${site.swappedAt ?? 'never'}`);
    if (site.operation !== undefined) say(`  RUNNING NOW: operation ${site.operation}`);
    if (site.preview !== undefined) say(`  a swap with preview is pending (${site.preview})`);
  }
  if (seen.record !== undefined) say(`  on record: ${describeRescue(seen.record)}`);
  if (seen.sent !== undefined && site !== undefined) {
    const { at, to } = seen.sent;
    say(
      `  a rescue asked at ${new Date(at).toISOString()} for volume ${to} in production: ${FATES[fateOf(seen.sent, site)]}`,
    );
  }
}

const FATES: Readonly<Record<Fate, string>> = {
  landed: 'it is there',
  'not-landed': 'nobody swapped since',
  unclear: 'there were other swaps since',
};

function tellSlot(say: Rescue['say'], name: string, slot: SeenSlot): void {
  const content = slot.content ?? 'unknown';
  say(
    `  ${name}: ${slot.state}, volume ${slot.volume}, newest deployment ${content}, ${slot.host}`,
  );
}
