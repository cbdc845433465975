/** Which release a command is about: by its id, or the one that an app has now. */
import { type Command, InvalidArgumentError } from 'commander';

import type { ReleaseView } from '../api/contract.ts';
import { NotFoundError } from '../release/errors.ts';
import { isAppKey, isReleaseId } from '../release/release-id.ts';
import { siteIdOf } from '../release/start-message.ts';
import type { ApiAccess } from './api-client.ts';
import { activeReleases } from './active-releases.ts';
import { releaseIdArgument } from './release-id-argument.ts';
import { getApp, listApps, listReleases } from './slipway-api.ts';
import { usage } from './usage.ts';

/** `--app` as it was given. */
export interface AppOption {
  readonly app?: string;
}

/** `[release]` and `--app`: one of them, or the only release that is active. */
export function addRelease(command: Command): Command {
  return command
    .argument('[release]', 'id of the release; or use --app', releaseIdArgument)
    .option('--app <name>', "the app's active release, else its newest", appArgument);
}

/** A name of the registry, an app key, or a site's resource id. */
export function appArgument(text: string): string {
  if (text.startsWith('/') || /^[a-z0-9][a-z0-9-]{0,62}$/.test(text)) return text;
  throw new InvalidArgumentError(
    isReleaseId(text)
      ? 'That is the id of a release; leave --app out.'
      : 'Give a name of the registry (slipway apps list), or the resource id of the site.',
  );
}

/**
 * The id of the release that is meant.
 * @throws NotFoundError; InvalidInputError when it cannot be told which
 */
export async function releaseOf(
  access: ApiAccess,
  id: string | undefined,
  { app }: AppOption,
): Promise<string> {
  if (id !== undefined && app !== undefined) throw usage('give the id or --app, not both');
  if (id !== undefined) return id;
  return (app === undefined ? await onlyActive(access) : await newestOf(access, app)).id;
}

async function onlyActive(access: ApiAccess): Promise<ReleaseView> {
  const { releases } = await activeReleases(access, {});
  const [only] = releases;
  if (only === undefined) {
    throw new NotFoundError('no release is active; name one by its id or --app (slipway list)');
  }
  if (releases.length === 1) return only;
  const some = releases.slice(0, 5).map((one) => `${one.id} (${one.app.name ?? one.app.siteId})`);
  throw usage(`${releases.length} releases are active, name one: ${some.join(', ')}`);
}

async function newestOf(access: ApiAccess, app: string): Promise<ReleaseView> {
  const asked = await appAddress(access, app);
  const { active } = (await getApp(access, asked)).app;
  if (active !== null) return active;
  const [newest] = (await listReleases(access, { app: asked, max: 1 })).releases;
  if (newest !== undefined) return newest;
  throw new NotFoundError(`app ${app} has no release yet`);
}

/** The key or resource id by which routes know the app. @throws NotFoundError: not registered */
export async function appAddress(access: ApiAccess, app: string): Promise<string> {
  if (app.startsWith('/') || isAppKey(app)) return app;
  const { apps } = await listApps(access);
  const entry = apps.find(({ name }) => name === app);
  if (entry !== undefined) return siteIdOf(entry.target);
  throw new NotFoundError(`no app is registered as ${app}: slipway apps list shows which are`);
}
