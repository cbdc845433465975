/**
 * Compares the stand-in's own log of what was done to one site with what the audits of its releases
 * say: every call had its claim, every claim was used once, every change is confirmed, and every
 * confirmation is true.
 */
import type { SiteChange } from '../../../src/local/app-service/change-log.ts';
import type { HandSpan } from '../story.ts';
import { SLOT } from '../../support/local/shop.ts';
import type { Claim, Confirmation, Told } from './told.ts';

type Written = Extract<SiteChange, { kind: 'written' }>;

/**
 * The store's clock has a resolution of a second, and a call that was held up by a fault may arrive
 * after the claim that allowed it: never by more than the fault held it.
 */
const CLOCK_MS = 1_500;

export interface CompareOptions {
  readonly changes: readonly SiteChange[];
  readonly told: readonly Told[];
  /** How long a fault may have held a call on its way. */
  readonly heldMs: number;
  readonly byHand?: readonly HandSpan[];
  /** A release failed here: a person looks after what it left. */
  readonly mayKeepRule?: boolean;
}

/** Every violation, as a sentence. */
export function compareSite(site: string, options: CompareOptions): readonly string[] {
  const { changes, told, heldMs, byHand = [], mayKeepRule = false } = options;
  const used = new Set<Claim>();
  const claims = told.flatMap((one) => one.claims);
  const problems: string[] = [];
  let weight = 0;
  for (const change of changes) {
    if (change.kind !== 'written') continue;
    const next = change.rest === 'config/web' ? weightOf(change) : weight;
    if (byHand.some(({ fromMs, toMs }) => change.atMs >= fromMs && change.atMs <= toMs)) {
      weight = next;
      continue;
    }
    const call = callOf(change, next);
    const claim = claimFor(claims, used, { ...call, atMs: change.atMs, heldMs });
    if (claim !== undefined) used.add(claim);
    else if (!isQuestion(change, { before: weight, after: next, told }))
      problems.push(`${when(change)} ${describe(change)} has no claim of its own in the audit`);
    if (call.what === 'rules' && next !== weight && claim !== undefined)
      problems.push(...unfinished(change, next, told));
    weight = next;
  }
  if (weight !== 0 && !mayKeepRule) problems.push(`a rule of ${weight} % was left`);
  return [...problems, ...swapProblems(changes, told), ...untrue(changes, told)].map(
    (problem) => `${site}: ${problem}`,
  );
}

function weightOf({ rules }: Written): number {
  return rules.find(({ name }) => name === SLOT)?.percent ?? 0;
}

function callOf(change: Written, weight: number): Pick<Claim, 'what' | 'weight'> {
  return change.rest === 'slotsswap' ? { what: 'swap', weight: 0 } : { what: 'rules', weight };
}

function claimFor(
  claims: readonly Claim[],
  used: ReadonlySet<Claim>,
  call: Pick<Claim, 'what' | 'weight'> & { readonly atMs: number; readonly heldMs: number },
): Claim | undefined {
  return claims.find(
    (claim) =>
      !used.has(claim) &&
      claim.what === call.what &&
      (call.what === 'swap' || claim.weight === call.weight) &&
      call.atMs >= claim.fromMs - CLOCK_MS &&
      call.atMs <= claim.notAfterMs + CLOCK_MS + call.heldMs,
  );
}

/**
 * A swap that may not have happened is asked about by writing the rules as they are (design section
 * 4): allowed while a swap is claimed and not settled, and it changes nothing.
 */
function isQuestion(
  change: Written,
  {
    before,
    after,
    told,
  }: { readonly before: number; readonly after: number; readonly told: readonly Told[] },
): boolean {
  if (change.rest !== 'config/web' || before !== after) return false;
  return told.some(({ claims, confirmations, dropped }) =>
    claims.some((claim) => {
      if (claim.what !== 'swap' || claim.notAfterMs - CLOCK_MS > change.atMs) return false;
      const settled = [...confirmations.filter(({ what }) => what !== 'rules'), ...dropped]
        .map(({ atMs }) => atMs)
        .find((atMs) => atMs >= claim.fromMs);
      return settled === undefined || settled >= change.atMs - CLOCK_MS;
    }),
  );
}

/** A change of the weight is confirmed by the audit later, or said not to be pursued. */
function unfinished(change: Written, weight: number, told: readonly Told[]): readonly string[] {
  const isLater = ({ atMs }: { readonly atMs: number }): boolean => atMs >= change.atMs - CLOCK_MS;
  const isTold = told.some(
    ({ confirmations, dropped }) =>
      confirmations.some((row) => row.what === 'rules' && row.weight === weight && isLater(row)) ||
      dropped.some(isLater),
  );
  return isTold ? [] : [`${when(change)} ${weight} % was written, and the audit never confirms it`];
}

/** Accepted swaps, moves of volumes and confirmations are as many, in both directions. */
function swapProblems(changes: readonly SiteChange[], told: readonly Told[]): readonly string[] {
  const accepted = changes.filter(
    (change) => change.kind === 'written' && change.rest === 'slotsswap' && change.status === 202,
  );
  const moved = changes.filter(({ kind }) => kind === 'volumes-moved');
  const confirmed = told.flatMap(({ confirmations }) =>
    confirmations.filter(({ what }) => what !== 'rules'),
  );
  const problems: string[] = [];
  if (accepted.length !== moved.length || moved.length !== confirmed.length)
    problems.push(
      `${accepted.length} swaps were accepted, ${moved.length} moved the volumes, ${confirmed.length} are confirmed by audits`,
    );
  for (const { releaseId, confirmations, claims } of told) {
    for (const direction of ['promoted', 'swapped-back'] as const) {
      const count = confirmations.filter(({ what }) => what === direction).length;
      if (count > 1) problems.push(`release ${releaseId} says ${count} times that it ${direction}`);
    }
    const first = claims.find(({ what }) => what === 'swap');
    const swaps = confirmations.filter(({ what }) => what !== 'rules').length;
    if (first === undefined && swaps > 0)
      problems.push(`release ${releaseId} confirms a swap that it never claimed`);
  }
  return problems;
}

/** Each confirmation says what was so between its claim and itself. */
function untrue(changes: readonly SiteChange[], told: readonly Told[]): readonly string[] {
  const written = changes.filter((change): change is Written => change.kind === 'written');
  const moved = changes.filter(({ kind }) => kind === 'volumes-moved');
  return told.flatMap(({ releaseId, confirmations, claims }) =>
    confirmations
      .filter((row) => {
        const claim = claims.findLast(({ sequence }) => sequence < row.sequence);
        const fromMs = (claim?.fromMs ?? row.atMs) - CLOCK_MS;
        return row.what === 'rules'
          ? !held(written, row, fromMs)
          : !moved.some(({ atMs }) => atMs >= fromMs && atMs <= row.atMs + CLOCK_MS);
      })
      .map(({ sequence, what, weight }) => {
        const thing = what === 'rules' ? `${weight} %` : `that it is ${what}`;
        return `release ${releaseId} row ${sequence} confirms ${thing}, which the site never was then`;
      }),
  );
}

function held(written: readonly Written[], row: Confirmation, fromMs: number): boolean {
  const rules = written.filter(({ rest }) => rest === 'config/web');
  const before = rules.findLast(({ atMs }) => atMs < fromMs);
  const during = rules.filter(({ atMs }) => atMs >= fromMs && atMs <= row.atMs + CLOCK_MS);
  const weights = [before === undefined ? 0 : weightOf(before), ...during.map(weightOf)];
  return weights.includes(row.weight);
}

function when({ atMs }: SiteChange): string {
  return new Date(atMs).toISOString().slice(11, 23);
}

function describe({ method, rest, rules, status }: Written): string {
  const said = rules.map(({ name, percent }) => `${name}=${percent}`).join(' ');
  return `${method} ${rest} ${said === '' ? '(no rule)' : said} (${status})`;
}
