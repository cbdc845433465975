/** What the registry says of the app that somebody wants to start on or command, and whether they may. */
import type { AppEntry } from '../release/app-entry.ts';
import { type Caller, demandRight } from '../release/caller.ts';
import { RefusedError } from '../release/errors.ts';
import { readStoredApp } from '../release/parse-apps.ts';
import { type AppNamed, appNamed } from '../release/parse-start.ts';
import { appKeyOf } from '../release/release-id.ts';
import { siteIdOf } from '../release/start-message.ts';
import type { Ports } from './ports.ts';

/** Whether releases of apps that nobody registered are taken: `open` is for trials. */
export type AppsMode = 'registered' | 'open';

/** The entry of a site; undefined: it is not registered. */
export async function entryOfSite(ports: Ports, appKey: string): Promise<AppEntry | undefined> {
  const stored = await ports.apps.find({ appKey });
  return stored === undefined ? undefined : readStoredApp(stored.written);
}

/**
 * The entry of the app that a start names, once the caller may start it. Comes before everything else
 * that a start leads to, so that who may not start leaves nothing behind at an app.
 *
 * @returns undefined: the start names no app that can be read, or open mode takes it as it is
 * @throws RefusedError `not-registered`, ForbiddenError
 */
export async function admitStart(
  ports: Ports,
  caller: Caller,
  body: unknown,
): Promise<AppEntry | undefined> {
  const named = appNamed(body);
  if (named === undefined) {
    demandRight(caller, 'start', undefined);
    return undefined;
  }
  const stored = await ports.apps.find(
    'app' in named ? { name: named.app } : { appKey: appKeyOf(named.target) },
  );
  const entry = stored === undefined ? undefined : readStoredApp(stored.written);
  if (entry === undefined) demandOpen(ports, named);
  demandRight(caller, 'start', entry);
  return entry;
}

/** A name means nothing without the registry, also in open mode. */
function demandOpen(ports: Ports, named: AppNamed): void {
  if ('target' in named && ports.appsMode === 'open') return;
  const adds =
    'an administrator adds it with "slipway apps apply FILE" or PUT /api/apps (docs/apps.md)';
  const message =
    'app' in named
      ? `no app is registered as ${named.app}: ${adds}${ports.appsMode === 'open' ? ', or the start gives its target and slot' : ''}`
      : `Slipway releases registered apps only, and ${siteIdOf(named.target)} is none: ${adds}`;
  throw new RefusedError('not-registered', message);
}
