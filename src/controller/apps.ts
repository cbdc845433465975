/** The use cases of administrators: which apps there are, and who may do what with them. */
import { BOUNDS } from '../limits.ts';
import { type AppChange, appChanges, appsAudit, siteGivenUp } from '../release/apps-change.ts';
import type { AuditRow } from '../release/audit.ts';
import { type Caller, demandRight } from '../release/caller.ts';
import { NotFoundError, type Problem, RefusedError, SlipwayError } from '../release/errors.ts';
import type { ReadApp } from '../release/parse-apps.ts';
import { appKeyOf } from '../release/release-id.ts';
import { siteIdOf } from '../release/start-message.ts';
import type { WrittenApp } from '../release/written-app.ts';
import type { AppsApplied, AppsAudit } from './controller.ts';
import type { Registry, RegistryHead, StoredApp } from './ports/app-registry.ts';
import { ConflictError } from './ports/store-errors.ts';
import type { Ports } from './ports.ts';

/** Each is at most four rows and the head is one; a transaction takes a hundred (azure.md 5). */
const CHANGES_AT_ONCE = 24;
/** Parts of all apps there may be, and some for what others change meanwhile. */
const ROUNDS_MAX = Math.ceil((2 * BOUNDS.apps) / CHANGES_AT_ONCE) + 10;

export interface ApplyInput {
  readonly apps: readonly ReadApp[];
  /** True: what is registered and not among them goes. */
  readonly prune: boolean;
  readonly caller: Caller;
}

/** Adds and changes entries; the answer has every one of them. */
export async function applyApps(ports: Ports, input: ApplyInput): Promise<AppsApplied> {
  const wanted = input.apps.map(({ written }) => written);
  return applyInParts(ports, input.caller, ({ apps }) =>
    appChanges(writtenOf(apps), wanted, input.prune),
  );
}

/** @throws NotFoundError */
export async function removeApp(ports: Ports, name: string, caller: Caller): Promise<AppsApplied> {
  return applyInParts(ports, caller, ({ apps }, done) => {
    const found = apps.find((app) => app.name === name);
    if (found === undefined && done === 0) throw new NotFoundError(`no app is named ${name}`);
    return found === undefined ? [] : appChanges([found.written], [], true);
  });
}

export async function listApps(ports: Ports): Promise<readonly WrittenApp[]> {
  return writtenOf((await ports.apps.load()).apps);
}

export async function readAppsAudit(
  ports: Ports,
  range: { readonly from: number; readonly max: number },
): Promise<AppsAudit> {
  const rows: readonly AuditRow[] = await ports.apps.readAudit(range);
  const { head } = await ports.apps.load();
  return { rows, head };
}

function writtenOf(apps: readonly StoredApp[]): readonly WrittenApp[] {
  return apps.map(({ written }) => written);
}

type Decide = (registry: Registry, done: number) => readonly AppChange[];

/** Parts of one transaction each, decided afresh on what is there, until nothing is left to change. */
async function applyInParts(ports: Ports, caller: Caller, decide: Decide): Promise<AppsApplied> {
  demandRight(caller, 'administer', undefined);
  const done = new Map<string, AppChange>();
  for (let rounds = 0, conflicts = 0; conflicts < BOUNDS.commitAttempts; rounds += 1) {
    if (rounds > ROUNDS_MAX) break;
    const registry = await ports.apps.load();
    const decided = decide(registry, done.size);
    const left = decided.filter(({ kind }) => kind !== 'unchanged');
    if (left.length === 0) return { changes: told(decided, done), head: registry.head };
    await demandSafe(ports, registry, left);
    const part = firstPart(left);
    try {
      await commitPart(ports, { registry, part, caller });
      part.forEach((change) => done.set(change.name, change));
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      conflicts += 1;
    }
  }
  throw new SlipwayError(
    'conflict',
    'the app registry changed again and again meanwhile; apply the file again',
  );
}

/** What was done in earlier parts stands as unchanged by now. */
function told(
  decided: readonly AppChange[],
  done: ReadonlyMap<string, AppChange>,
): readonly AppChange[] {
  const all = new Map([...decided.map((change) => [change.name, change] as const), ...done]);
  return [...all.values()].toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

/** Sites that are given up come first, all together: whoever takes one over is in no earlier part. */
function firstPart(left: readonly AppChange[]): readonly AppChange[] {
  const giving = left.filter((change) => siteGivenUp(change) !== undefined);
  const moving = giving.some(({ kind }) => kind === 'changed');
  if (moving && giving.length > CHANGES_AT_ONCE) {
    throw new RefusedError(
      'too-many-moves',
      `${giving.length} apps give up their sites at once, at most ${CHANGES_AT_ONCE} can; apply them in two steps`,
    );
  }
  const rest = left.filter((change) => !giving.includes(change));
  return [...giving, ...rest].slice(0, CHANGES_AT_ONCE);
}

async function commitPart(
  ports: Ports,
  decided: {
    readonly registry: Registry;
    readonly part: readonly AppChange[];
    readonly caller: Caller;
  },
): Promise<void> {
  const { registry, part, caller } = decided;
  const audit = appsAudit(part, registry.head, { now: ports.clock.now(), caller });
  const last = audit.at(-1);
  if (last === undefined) return;
  const head: RegistryHead = { sequence: last.sequence, chainHead: last.hash };
  const entries = part.map(({ before, after }) => ({
    before: stored(before),
    after: stored(after),
  }));
  await ports.apps.commit({ etag: registry.etag, head, entries, audit });
  for (const { name, kind } of part) {
    ports.log('info', `app ${name} ${kind} by ${caller.actor.name}`, { sequence: head.sequence });
  }
}

function stored(written: WrittenApp | undefined): StoredApp | undefined {
  if (written === undefined) return undefined;
  return { name: written.name, appKey: appKeyOf(written.target), written };
}

/**
 * An entry does not go from under a release, and no site gets two names. All problems together.
 * @throws RefusedError `apps-refused`
 */
async function demandSafe(
  ports: Ports,
  registry: Registry,
  left: readonly AppChange[],
): Promise<void> {
  const problems = [...siteProblems(registry, left)];
  const after = registry.apps.length + left.filter(({ kind }) => kind === 'added').length;
  const count = after - left.filter(({ kind }) => kind === 'removed').length;
  if (count > BOUNDS.apps) {
    const message = `there would be ${count} apps, at most ${BOUNDS.apps}`;
    problems.push({ path: 'apps', code: 'too-many', message });
  }
  for (const change of left) {
    const appKey = siteGivenUp(change);
    const app = appKey === undefined ? undefined : await ports.store.loadApp(appKey);
    if (app?.app.active === undefined) continue;
    const message = `release ${app.app.active} holds the app: wait for its end, or abort it`;
    problems.push({ path: change.name, code: 'app-active', message });
  }
  if (problems.length === 0) return;
  const list = problems.map(({ path, message }) => `${path}: ${message}`).join('; ');
  throw new RefusedError('apps-refused', `nothing was changed: ${list}`, { details: problems });
}

function siteProblems(registry: Registry, left: readonly AppChange[]): readonly Problem[] {
  const changed = new Set(left.map(({ name }) => name));
  const holders = new Map(
    registry.apps.filter(({ name }) => !changed.has(name)).map((app) => [app.appKey, app.name]),
  );
  return left.flatMap(({ name, after }) => {
    const holder = after === undefined ? undefined : holders.get(appKeyOf(after.target));
    if (after === undefined || holder === undefined) return [];
    const message = `${siteIdOf(after.target)} is registered as ${holder}: remove that entry, or change it in the same file`;
    return [{ path: name, code: 'site-taken', message }];
  });
}
