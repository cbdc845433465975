/** What applying entries changes in the registry, and the audit rows that say so. Pure. */
import type { Actor, AuditRow } from './audit.ts';
import type { Caller } from './caller.ts';
import { sealRow } from './chain.ts';
import { appKeyOf } from './release-id.ts';
import type { WrittenApp } from './written-app.ts';

/** Stands where a release's id would: the registry has one chain of its own. */
export const APPS_CHAIN = 'apps';

export type AppChangeKind = 'added' | 'changed' | 'removed' | 'unchanged';

export interface AppChange {
  readonly name: string;
  readonly kind: AppChangeKind;
  readonly before: WrittenApp | undefined;
  readonly after: WrittenApp | undefined;
  /** Only of `changed`. */
  readonly fields: readonly FieldChange[];
}

/** One value that is another now; undefined: it was, or is, not written. */
export interface FieldChange {
  /** `target.slot`, `may.start[0]` */
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** The exact text of the registry's audit rows is this as JSON. */
export interface AppsAuditBody {
  readonly releaseId: typeof APPS_CHAIN;
  readonly sequence: number;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly action: 'app-added' | 'app-changed' | 'app-removed';
  readonly actor: Actor;
  readonly via: Caller['via'];
  readonly app: string;
  readonly before: WrittenApp | null;
  readonly after: WrittenApp | null;
}

/** By name, all of them: entries that are neither named nor pruned are left out. */
export function appChanges(
  present: readonly WrittenApp[],
  wanted: readonly WrittenApp[],
  prune: boolean,
): readonly AppChange[] {
  const before = new Map(present.map((app) => [app.name, app]));
  const after = new Map(wanted.map((app) => [app.name, app]));
  const names = [...new Set([...after.keys(), ...(prune ? before.keys() : [])])];
  return names.toSorted().map((name) => changeOf(name, before.get(name), after.get(name)));
}

function changeOf(
  name: string,
  before: WrittenApp | undefined,
  after: WrittenApp | undefined,
): AppChange {
  if (before === undefined || after === undefined) {
    return { name, kind: before === undefined ? 'added' : 'removed', before, after, fields: [] };
  }
  const fields = fieldChanges(before, after);
  return { name, kind: fields.length === 0 ? 'unchanged' : 'changed', before, after, fields };
}

/** Value by value, by path. */
export function fieldChanges(before: WrittenApp, after: WrittenApp): readonly FieldChange[] {
  const old = leavesOf(before);
  const now = leavesOf(after);
  return [...new Set([...old.keys(), ...now.keys()])]
    .toSorted()
    .filter((path) => JSON.stringify(old.get(path)) !== JSON.stringify(now.get(path)))
    .map((path) => ({ path, before: old.get(path), after: now.get(path) }));
}

/** Values by their path; an empty list or object is a value too. */
function leavesOf(value: unknown, at = ''): Map<string, unknown> {
  if (typeof value !== 'object' || value === null || Object.keys(value).length === 0) {
    return new Map([[at, value]]);
  }
  const inner = Object.entries(value).filter(([, part]) => part !== undefined);
  const pathOf = (key: string): string => {
    if (Array.isArray(value)) return `${at}[${key}]`;
    return at === '' ? key : `${at}.${key}`;
  };
  return new Map(inner.flatMap(([key, part]) => [...leavesOf(part, pathOf(key))]));
}

/** The site that a change takes from an app: by removal, or because the app's target is another now. */
export function siteGivenUp({ before, after }: AppChange): string | undefined {
  if (before === undefined) return undefined;
  const key = appKeyOf(before.target);
  return after !== undefined && appKeyOf(after.target) === key ? undefined : key;
}

/** Seals one row a change, from the head of the chain on. */
export function appsAudit(
  changes: readonly AppChange[],
  head: { readonly sequence: number; readonly chainHead: string },
  at: { readonly now: number; readonly caller: Caller },
): readonly AuditRow[] {
  const rows: AuditRow[] = [];
  for (const { name, kind, before, after } of changes) {
    if (kind === 'unchanged') continue;
    const body: AppsAuditBody = {
      releaseId: APPS_CHAIN,
      sequence: head.sequence + rows.length + 1,
      at: new Date(at.now).toISOString(),
      action: `app-${kind}`,
      actor: at.caller.actor,
      via: at.caller.via,
      app: name,
      before: before ?? null,
      after: after ?? null,
    };
    rows.push(sealRow(body, rows.at(-1)?.hash ?? head.chainHead));
  }
  return rows;
}
