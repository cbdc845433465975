/** Which release a command is about: by its id, or the one that an app has now. */
import { type Command, InvalidArgumentError } from 'commander';

import type { ReleaseView } from '../api/contract.ts';
import { NotFoundError } from '../release/errors.ts';
import { isAppKey, isReleaseId } from '../release/release-id.ts';
import { siteIdOf } from '../release/start-message.ts';
import type { ApiAccess } from './api-client.ts';
import { activeReleases } from './active-releases.ts';
import { releaseIdArgument } from './release-id-argument.ts';
import { oneLine } from './look.ts';
import { appName, whereItStands } from './release-words.ts';
import { getApp, listApps, listReleases } from './slipway-api.ts';
import { usage } from './usage.ts';

/** `--app` as it was given. */
export interface AppOption {
  readonly app?: string;
}

/** So many of the newest releases are looked at where a name or the latest end is looked for. */
const LOOKED_AT = 20;
/** Of several releases that may be meant. */
const ACTIVE_TOLD = 5;

/** `[release]` or `--app`: one of them, or the only release that is active. */
export function addRelease(command: Command): Command {
  return command
    .argument('[release]', 'id of the release, or its app as --app names it', releaseArgument)
    .option('--app <name>', "the app's active release, else the one that ended last", appArgument);
}

/** An id, or in its place what names an app. */
export function releaseArgument(text: string): string {
  const isApp = text.startsWith('/') || (APP_NAME.test(text) && !CUT_ID.test(text));
  return isApp ? text : releaseIdArgument(text);
}

const APP_NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;
/** An id that was not copied whole is not looked for among the names of apps. */
const CUT_ID = /^[0-9a-f]{20}-/;

/** A name of the registry, an app key, or a site's resource id. */
export function appArgument(text: string): string {
  if (text.startsWith('/') || APP_NAME.test(text)) return text;
  throw new InvalidArgumentError(
    isReleaseId(text)
      ? 'That is the id of a release; leave --app out.'
      : 'Give a name of the registry (slipway apps list), or the resource id of the site.',
  );
}

/**
 * The id of the release that is meant.
 * @param given an id, or an app
 * @throws NotFoundError; InvalidInputError when it cannot be told which
 */
export async function releaseOf(
  access: ApiAccess,
  given: string | undefined,
  { app }: AppOption,
): Promise<string> {
  const named = namedOnce(given, app);
  if (named === undefined) return (await onlyActive(access)).id;
  return isReleaseId(named) ? named : (await newestOf(access, named)).id;
}

/** What stands where the release is expected, or in `--app`. */
export function namedOnce(given: string | undefined, app: string | undefined): string | undefined {
  if (given === undefined || app === undefined) return given ?? app;
  throw usage('give the release or --app, not both');
}

async function onlyActive(access: ApiAccess): Promise<ReleaseView> {
  const { releases } = await activeReleases(access, {});
  const [only] = releases;
  if (only === undefined) {
    const [newest] = (await listReleases(access, { max: 1 })).releases;
    throw new NotFoundError(`no release is active${newestHint(newest)}`);
  }
  if (releases.length === 1) return only;
  const some = releases
    .slice(0, ACTIVE_TOLD)
    .map((one) => `${one.id} (${appName(one)} ${oneLine(one.version)})`);
  throw usage(`${releases.length} releases are active, name one: ${some.join(', ')}`);
}

function newestHint(newest: ReleaseView | undefined): string {
  if (newest === undefined) return ', and there was none yet';
  const what = `${appName(newest)} ${oneLine(newest.version)}, ${whereItStands(newest)}`;
  return `; the newest is ${newest.id} (${what}): name one by its id or --app (slipway list)`;
}

async function newestOf(access: ApiAccess, app: string): Promise<ReleaseView> {
  const asked = await appAddress(access, app);
  const { active } = (await getApp(access, asked)).app;
  if (active !== null) return active;
  const { releases } = await listReleases(access, { app: asked, max: LOOKED_AT });
  // A start that was refused while another release held the app is newer than that release, and no answer to
  // how that one ended.
  const [latest] = releases.toSorted(
    (one, other) => Date.parse(other.since) - Date.parse(one.since),
  );
  if (latest !== undefined) return latest;
  throw new NotFoundError(`app ${app} has no release yet`);
}

/**
 * The key or resource id by which routes know the app. A name that is not registered may be that of a site
 * with releases, as `slipway list` shows it.
 * @throws NotFoundError; InvalidInputError when several sites have the name
 */
export async function appAddress(access: ApiAccess, app: string): Promise<string> {
  if (app.startsWith('/') || isAppKey(app)) return app;
  const { apps } = await listApps(access);
  const entry = apps.find(({ name }) => name === app);
  if (entry !== undefined) return siteIdOf(entry.target);
  const { releases } = await listReleases(access, { max: LOOKED_AT });
  const named = releases.filter((one) => appName(one) === app).map((one) => one.app.siteId);
  const [site, ...others] = new Set(named);
  if (site === undefined) {
    throw new NotFoundError(`no app is registered as ${app}: slipway apps list shows which are`);
  }
  if (others.length === 0) return site;
  throw usage(
    `several sites are named ${app}, give one's resource id: ${[site, ...others].join(', ')}`,
  );
}
