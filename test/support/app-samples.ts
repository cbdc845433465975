// One valid entry of the registry; each test changes one thing of it.
import { CHAIN_START } from '../../src/release/chain.ts';
import type { AppEntry } from '../../src/release/app-entry.ts';
import type { Caller, Role } from '../../src/release/caller.ts';
import { type AppChange, appsAudit } from '../../src/release/apps-change.ts';
import { parseApps, type ReadApp } from '../../src/release/parse-apps.ts';
import { appKeyOf } from '../../src/release/release-id.ts';
import type { WrittenApp } from '../../src/release/written-app.ts';
import type {
  Registry,
  RegistryChange,
  StoredApp,
} from '../../src/controller/ports/app-registry.ts';
import { OPERATOR } from './callers.ts';

export const TEAM = '33333333-3333-4333-8333-333333333333';
export const OTHER_TEAM = '44444444-4444-4444-8444-444444444444';

export function writtenApp(name: string, change: Partial<WrittenApp> = {}): WrittenApp {
  return {
    name,
    target: {
      subscriptionId: '11111111-1111-1111-1111-111111111111',
      resourceGroup: 'rg-shop',
      site: `${name}-site`,
    },
    slot: 'staging',
    ...change,
  };
}

export function readApps(...apps: readonly WrittenApp[]): readonly ReadApp[] {
  return parseApps({ apps });
}

export function entryOf(app: WrittenApp): AppEntry {
  const [read] = readApps(app);
  if (read === undefined) throw new Error('one app gives one entry');
  return read.entry;
}

export function storedApp(name: string, change: Partial<WrittenApp> = {}): StoredApp {
  const written = writtenApp(name, change);
  return { name, appKey: appKeyOf(written.target), written };
}

/** Signed in with Entra, with the role and these object ids. */
export function entra(role: Role, ...ids: readonly string[]): Caller {
  const [objectId] = ids;
  return { actor: { kind: 'operator', name: 'ada', objectId }, via: 'entra', role, ids };
}

export interface EntryChange {
  readonly before?: StoredApp | undefined;
  readonly after?: StoredApp | undefined;
}

/** A change as the controller makes it, sealed onto the registry's chain. */
export function registryChange(
  registry: Registry,
  ...entries: readonly EntryChange[]
): RegistryChange {
  const changes = entries.map(({ before, after }): AppChange => {
    const kind = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed';
    const name = after?.name ?? before?.name ?? '';
    return { name, kind, before: before?.written, after: after?.written, fields: [] };
  });
  const now = Date.UTC(2026, 10, 22, 12);
  const audit = appsAudit(changes, registry.head, { now, caller: OPERATOR });
  const last = audit.at(-1);
  return {
    etag: registry.etag,
    head: { sequence: last?.sequence ?? 0, chainHead: last?.hash ?? CHAIN_START },
    entries: entries.map(({ before, after }) => ({ before, after })),
    audit,
  };
}
