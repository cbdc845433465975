/** Everything that must hold when all is over, whatever was killed or broken. */
import { verifyAudit } from '../../../src/cli/audit-verify.ts';
import { rawTable } from '../../support/azurite.ts';
import type { CrashWorld } from '../crash-world.ts';
import { appKeyOfSite, type Story } from '../story.ts';
import { compareSite } from './compare.ts';
import { endedByLimit, endProblems } from './ends.ts';
import { toldBy, type Told } from './told.ts';

export interface CheckOptions {
  /** How long a fault may have held a call on its way. Default 0. */
  readonly heldMs?: number;
}

export interface Checked {
  readonly problems: readonly string[];
  /** Releases that a limit ended, as the design says, because too much was broken or the machine was busy. */
  readonly byLimit: readonly string[];
  readonly stalledMs: number;
  readonly releases: number;
  readonly auditRows: number;
}

const ROWS_MAX = 1_000;
/** Node renews the Date header once a second, and later on a busy machine: Azurite's clock is that old. */
const CLOCK_MS = 5_000;

export async function checkWorld(
  world: CrashWorld,
  stories: readonly Story[],
  { heldMs = 0 }: CheckOptions = {},
): Promise<Checked> {
  const problems: string[] = [];
  const stalledMs = world.stalledMs();
  const [limited, others] = [true, false].map((wanted) =>
    stories.filter((story) => endedByLimit(story, stalledMs) === wanted),
  );
  const byLimit = (limited ?? []).map(({ key, end }) => `${key}: ${end?.reason}: ${end?.message}`);
  const failedSites = new Set(limited?.filter(({ problem }) => problem).map(({ site }) => site));
  const found = await releasesInStore(world);
  problems.push(...startProblems(found, stories));
  let auditRows = 0;
  const sites = Map.groupBy(stories, ({ site }) => site);
  for (const [site, ofSite] of sites) {
    const told = await Promise.all(ofSite.flatMap(({ end }) => (end ? [tell(world, end.id)] : [])));
    auditRows += told.reduce((sum, { rows }) => sum + rows.length, 0);
    const changes = world.appService.changes.filter((change) => change.site === site);
    const compared = compareSite(site, {
      changes,
      told,
      heldMs,
      mayKeepRule: failedSites.has(site),
      byHand: ofSite.flatMap((story) => story.byHand),
    });
    problems.push(...compared, ...overlaps(site, told));
    for (const story of ofSite.filter((one) => others?.includes(one))) {
      const own = told.find(({ releaseId }) => releaseId === story.end?.id);
      problems.push(...endProblems(story, own));
    }
  }
  const free = [...sites.keys()].filter((site) => !failedSites.has(site));
  problems.push(...(await chainProblems(world, found)), ...(await appProblems(world, free)));
  const poison = await world.store.poisonBox.list(100);
  problems.push(
    ...poison.map(({ queue, problem }) => `a message of ${queue} was given up: ${problem}`),
  );
  return { problems, byLimit, stalledMs, releases: found.length, auditRows };
}

async function tell({ store, limits }: CrashWorld, releaseId: string): Promise<Told> {
  const rows = await store.auditReader.readAudit(releaseId, { from: 1, max: ROWS_MAX });
  return toldBy(releaseId, rows, limits.claimMs);
}

interface Found {
  readonly releaseId: string;
  readonly partition: string;
}

/** Past every index: the rows themselves. */
async function releasesInStore({ azurite }: CrashWorld): Promise<readonly Found[]> {
  const found: Found[] = [];
  const rows = rawTable(azurite, 'releases').listEntities({
    queryOptions: { select: ['partitionKey', 'rowKey'] },
  });
  for await (const { partitionKey = '', rowKey = '' } of rows) {
    if (!rowKey.endsWith(':0')) continue;
    found.push({ partition: partitionKey, releaseId: rowKey.slice(0, -2) });
  }
  return found;
}

/** Every start led to one release; nothing else did. */
function startProblems(found: readonly Found[], stories: readonly Story[]): readonly string[] {
  const problems: string[] = [];
  for (const [site, ofSite] of Map.groupBy(stories, (story) => story.site)) {
    const there = found.filter(({ partition }) => partition === appKeyOfSite(site)).length;
    const sent = ofSite.filter((story) => story.sent > 0).length;
    if (there !== sent) problems.push(`${site}: ${sent} starts, ${there} releases`);
  }
  return problems;
}

async function chainProblems(
  { store }: CrashWorld,
  found: readonly Found[],
): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const { releaseId } of found) {
    const check = await verifyAudit(store, releaseId);
    if (!check.ok) problems.push(`release ${releaseId} row ${check.sequence}: ${check.problem}`);
  }
  return problems;
}

/** Two releases of one app never hold it at the same time. */
function overlaps(site: string, told: readonly Told[]): readonly string[] {
  const spans = told
    .filter(({ rows }) => rows.length > 1)
    .map(({ releaseId, rows }) => ({
      releaseId,
      fromMs: Date.parse(rows[0]?.at ?? ''),
      // Aftercare comes later: the app is free then.
      toMs: Date.parse(rows.findLast(({ action }) => action === 'phase-changed')?.at ?? ''),
    }))
    .sort((a, b) => a.fromMs - b.fromMs);
  return spans.flatMap((span, index) => {
    const next = spans[index + 1];
    if (next === undefined || next.fromMs >= span.toMs - CLOCK_MS) return [];
    return [`${site}: releases ${span.releaseId} and ${next.releaseId} were active at once`];
  });
}

async function appProblems(
  { store }: CrashWorld,
  sites: Iterable<string>,
): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const site of sites) {
    const loaded = await store.releaseStore.loadApp(appKeyOfSite(site));
    const active = loaded?.app.active;
    if (active !== undefined) problems.push(`${site}: release ${active} still holds the app`);
  }
  return problems;
}
