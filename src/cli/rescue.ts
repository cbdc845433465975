/**
 * Break glass: takes the new version away from visitors, without the function app and without storage.
 * Every step is told as it is made; what was seen and done is saved whatever happens.
 */
import { AzureCallError, type OwnAppService } from '../app.ts';
import { describeRules } from '../release/rules.ts';
import type { Target } from '../release/start-message.ts';
import { type Seen, lookAt, tellSeen } from './rescue-look.ts';
import { type Recorded, leaveRecord } from './rescue-tag.ts';
import { removeRule } from './rescue-rule.ts';
import { type RescueExit, RescueStop, confirm } from './rescue-steps.ts';
import { swapBack } from './rescue-swap.ts';

export interface RescueOptions {
  readonly target: Target;
  readonly slot: string;
  /** Swap back after showing what would go where. */
  readonly swapBack: boolean;
  /** No questions: for scripts. */
  readonly yes: boolean;
}

/** How the rescue reaches Azure and people. */
export interface RescueIo extends OwnAppService {
  readonly say: (line: string) => void;
  /** Undefined: there is nobody to ask. */
  readonly ask: ((question: string) => Promise<boolean>) | undefined;
  readonly sleep: (ms: number) => Promise<void>;
  /** Keeps the report; the place where it is. Throws when it cannot. */
  readonly save: (name: string, text: string) => string;
}

/** One rescue while it runs; collects what is reported. */
export interface Rescue {
  readonly options: RescueOptions;
  readonly io: RescueIo;
  /** Told at once, and kept. */
  readonly say: (line: string) => void;
  readonly report: RescueReport;
}

/** Everything seen and done, as it is saved and as `--json` prints it. */
export interface RescueReport {
  readonly site: Target;
  readonly slot: string;
  /** By Azure's clock, ISO 8601; null: it was not read. */
  at: string | null;
  by: string | null;
  /** 0 done, 1 not done or not as it should be, 2 wrong usage, 3 could not tell. */
  exit: RescueExit;
  /** Why it ended early; null: it did all. */
  problem: string | null;
  before: Seen | null;
  after: Seen | null;
  /** True: no rule of the slot was left, read back. */
  ruleGone: boolean;
  swappedBack: boolean;
  /** What Slipway will find at the site. */
  recorded: Recorded | null;
  readonly steps: string[];
  file: string | null;
}

/** Never throws but for a defect: how it went stands in the report. */
export async function rescue(options: RescueOptions, io: RescueIo): Promise<RescueReport> {
  const report = newReport(options);
  const say = (line: string): void => {
    report.steps.push(line);
    io.say(line);
  };
  const run: Rescue = { options, io, say, report };
  try {
    await allSteps(run);
  } catch (error) {
    const stop = stopOf(error);
    if (stop === undefined) throw error;
    report.exit = stop.exit;
    report.problem = stop.message;
    say(`STOPPED: ${stop.message}`);
  } finally {
    save(run);
  }
  return report;
}

async function allSteps(run: Rescue): Promise<void> {
  const { options, report, say } = run;
  const before = await lookAt(run);
  report.before = before;
  report.at = before.at === undefined ? null : new Date(before.at).toISOString();
  report.by = (await run.io.who()) ?? null;
  tellSeen(run, before);
  demandSlot(run, before);
  await confirm(run, questionOf(run, before));
  await removeRule(run, before);
  report.ruleGone = true;
  const did = { did: 'rule-removed', weight: before.own?.weight } as const;
  await leaveRecord(run, before, did);
  // Slipway may have written between the removal and the record; after the record it does not.
  await removeRule(run, before);
  if (options.swapBack) {
    await swapBack(run, before);
    report.swappedBack = true;
    await leaveRecord(run, before, { did: 'swapped-back', weight: undefined });
    await removeRule(run, before);
  }
  const after = await lookAt(run);
  report.after = after;
  say(`Rules now: ${describeRules(after.rules)}.`);
  othersKept(before, after);
  tellWhatNext(run, after);
  demandRightSlot(before, after);
}

/** Nothing is done, and no record is left, for a slot that is a typing mistake. */
function demandSlot({ options }: Rescue, { noSlot, own, others }: Seen): void {
  if (!noSlot || own !== undefined) return;
  const there = others.length === 0 ? 'there are no rules' : `rules: ${describeRules(others)}`;
  const { site, resourceGroup } = options.target;
  const list = `az webapp deployment slot list --name ${site} --resource-group ${resourceGroup} --query "[].name"`;
  const message = `${site} has no slot ${options.slot} (${there}). Give --slot the slot with the new version; ${list} names its slots. Nothing was changed`;
  throw new RescueStop(2, message);
}

/** A slot that had no rule, while another one has visitors: was it the wrong one? */
function demandRightSlot(before: Seen, after: Seen): void {
  const fed = after.others.filter(({ weight }) => weight > 0);
  const earlier = before.record !== undefined;
  if (before.own !== undefined || earlier || fed.length === 0) return;
  const [first] = fed;
  const message = `there was no rule to remove, and visitors still go to ${describeRules(fed)}. If that is the new version, run this again with --slot ${first?.name ?? ''}`;
  throw new RescueStop(1, message);
}

function questionOf({ options }: Rescue, { own, site }: Seen): string {
  const record = 'and leave a record by which Slipway ends its release';
  const running = site?.operation === undefined ? '' : ' (first waits for the running operation)';
  return own === undefined
    ? `There is no rule of ${options.slot} to remove. Make sure of it ${record}?`
    : `Remove the rule ${own.name} (${own.weight} %)${running} ${record}?`;
}

function othersKept(before: Seen, after: Seen): void {
  const missing = before.others.filter(
    (old) => !after.others.some((rule) => rule.name === old.name && rule.weight === old.weight),
  );
  if (missing.length === 0) return;
  const message = `rules of other slots were there and are not as they were: ${describeRules(missing)}. Somebody else changed them meanwhile, or they must be set again by hand`;
  throw new RescueStop(1, message);
}

function tellWhatNext({ say, options, report }: Rescue, { site }: Seen): void {
  if (report.recorded?.written === true) {
    say('When Slipway is back it finds the record, ends its release and puts no weight back.');
  }
  if (site?.operation !== undefined) {
    say(
      'An operation still runs, a swap probably. If it brings the new version into production, run this again with --swap-back; else Slipway takes it back when it is back.',
    );
  } else if (!options.swapBack && site?.swappedAt !== undefined) {
    say(
      `The last swap was at ${site.swappedAt}. If that one brought the bad version into production, run this again with --swap-back.`,
    );
  }
  say(
    'Visitors whose cookie pins them to the slot may be sent there for up to an hour: leave the slot running.',
  );
}

const SIGN_IN =
  'you are not signed in to Azure: sign in with `az login`, then run this again. Nothing was changed';

function stopOf(error: unknown): RescueStop | undefined {
  if (error instanceof RescueStop) return error;
  if (!(error instanceof AzureCallError)) return undefined;
  const login = error.status === undefined && error.failure === 'busy';
  // The credential's own text tells of every way in that it tried; the report keeps it.
  if (login) return new RescueStop(3, SIGN_IN, { cause: error });
  return new RescueStop(3, `${error.code}: ${error.message}`);
}

function newReport({ target, slot }: RescueOptions): RescueReport {
  return {
    site: target,
    slot,
    at: null,
    by: null,
    exit: 0,
    problem: null,
    before: null,
    after: null,
    ruleGone: false,
    swappedBack: false,
    recorded: null,
    steps: [],
    file: null,
  };
}

/** Nobody needs a file that says that nothing was seen. */
function save({ io, report, say }: Rescue): void {
  if (report.before === null) return;
  const time = (report.at ?? 'unknown-time').replaceAll(/[:.]/g, '-');
  const name = `slipway-rescue-${report.site.site}-${time}.json`;
  try {
    report.file = io.save(name, `${JSON.stringify(report, null, 2)}\n`);
    say(`Everything seen and done is in ${report.file}.`);
  } catch (error) {
    say(`The report could not be saved: ${String(error)}`);
  }
}
