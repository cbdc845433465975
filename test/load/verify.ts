/** Nothing lost, nothing doubled: read from the tables as they are, with no help of the function app. */
import { APP_ROW } from '../../src/adapters/store/keys.ts';
import { appOf, auditOf, releaseOf } from '../../src/adapters/store/release-rows.ts';
import { asRow, type StoredRow } from '../../src/adapters/store/table-query.ts';
import type { AuditRow } from '../../src/release/audit.ts';
import { verifyChain } from '../../src/release/chain.ts';
import { sha256 } from '../../src/release/hash.ts';
import type { Release } from '../../src/release/release.ts';
import type { Expected } from './burst.ts';
import type { World } from './world.ts';

export interface Found {
  readonly releases: number;
  readonly rejected: number;
  readonly poison: number;
  readonly auditRows: number;
  /** Everything that is not as expected; empty when all is well. */
  readonly problems: readonly string[];
}

interface Contents {
  readonly releases: Map<string, Release>;
  readonly audit: Map<string, AuditRow[]>;
  /** Release id by hash of the key. */
  readonly starts: Map<string, string>;
  readonly active: Map<string, string | undefined>;
  readonly poison: Map<string, number>;
}

const PROBLEMS_MAX = 20;

export async function verify(world: World, expected: Expected): Promise<Found> {
  const contents = await readAll(world);
  const problems = [
    ...startProblems(contents, expected),
    ...appProblems(contents, expected),
    ...chainProblems(contents),
    ...poisonProblems(contents, expected),
    ...(await queueProblems(world)),
    ...azureProblems(world),
  ];
  const rejected = [...contents.releases.values()].filter(isRejected).length;
  return {
    releases: contents.releases.size,
    rejected,
    poison: sum(contents.poison.values()),
    auditRows: sum([...contents.audit.values()].map((rows) => rows.length)),
    problems: problems.slice(0, PROBLEMS_MAX),
  };
}

async function readAll(world: World): Promise<Contents> {
  const contents: Contents = {
    ...{ releases: new Map(), audit: new Map(), starts: new Map(), active: new Map() },
    poison: new Map(),
  };
  for await (const entity of world.table('releases').listEntities()) {
    take(contents, asRow(entity));
  }
  return contents;
}

function take(contents: Contents, row: StoredRow): void {
  const { partitionKey, rowKey } = row;
  if (partitionKey === 'poison') {
    if (rowKey.startsWith('seen:')) return;
    const code = String(row.code);
    contents.poison.set(code, (contents.poison.get(code) ?? 0) + 1);
  } else if (rowKey === APP_ROW) {
    contents.active.set(partitionKey, appOf(row).active);
  } else if (rowKey.startsWith('start:')) {
    contents.starts.set(rowKey.slice('start:'.length), String(row.releaseId));
  } else if (rowKey.endsWith(':0')) {
    const release = releaseOf(row);
    contents.releases.set(release.id, release);
  } else if (rowKey.includes(':3audit:')) {
    const audit = auditOf(row);
    const rows = contents.audit.get(audit.releaseId) ?? [];
    contents.audit.set(audit.releaseId, [...rows, audit]);
  }
}

/** Every key has its release, every release its own start, and there are no others. */
function startProblems({ starts, releases }: Contents, expected: Expected): string[] {
  const problems: string[] = [];
  for (const key of expected.keys) {
    const id = starts.get(sha256(key));
    if (id === undefined) problems.push(`start ${key} was lost`);
    else if (!releases.has(id)) problems.push(`start ${key} names ${id}, which is not there`);
  }
  const wanted = expected.keys.size + expected.unkeyedReleases;
  const different = new Set(starts.values()).size;
  for (const [what, count] of [
    ['releases', releases.size],
    ['starts', starts.size],
    ['releases with a start', different],
  ] as const) {
    if (count !== wanted) problems.push(`${count} ${what}, expected ${wanted}`);
  }
  return problems;
}

function isRejected(release: Release): boolean {
  return release.stage.phase === 'rejected';
}

function appProblems({ releases, active }: Contents, expected: Expected): string[] {
  const problems: string[] = [];
  const going = Map.groupBy(
    [...releases.values()].filter((release) => !isRejected(release)),
    ({ appKey }) => appKey,
  );
  if (active.size !== expected.apps)
    problems.push(`${active.size} apps, expected ${expected.apps}`);
  for (const [appKey, holder] of active) {
    const own = going.get(appKey) ?? [];
    if (own.length !== 1 || own[0]?.id !== holder) {
      problems.push(`app ${appKey} has ${own.length} releases, its row names ${holder ?? 'none'}`);
    }
  }
  return problems;
}

function chainProblems({ releases, audit }: Contents): string[] {
  return [...releases.values()].flatMap(({ id, sequence, chainHead }) => {
    const check = verifyChain(audit.get(id) ?? [], { releaseId: id, sequence, head: chainHead });
    return check.ok ? [] : [`audit of ${id}, row ${check.sequence}: ${check.problem}`];
  });
}

function poisonProblems({ poison }: Contents, expected: Expected): string[] {
  const codes = new Set([...poison.keys(), ...Object.keys(expected.poison)]);
  return [...codes].flatMap((code) => {
    const [found, wanted] = [poison.get(code) ?? 0, expected.poison[code] ?? 0];
    return found === wanted ? [] : [`${found} poison records ${code}, expected ${wanted}`];
  });
}

async function queueProblems(world: World): Promise<string[]> {
  const problems: string[] = [];
  for (const name of ['releases', 'releasesPoison', 'ticksPoison'] as const) {
    const left = await world.waiting(name);
    if (left > 0) problems.push(`${left} messages are left in queue ${name}`);
  }
  return problems;
}

/** One write of the first weight for each app that has a rule, and no swap. */
function azureProblems({ sites }: World): string[] {
  const problems: string[] = [];
  for (const [site, writes] of sites.rulesWritten()) {
    if (writes !== 1) problems.push(`the rules of ${site} were written ${writes} times`);
  }
  if (sites.swaps() > 0) problems.push(`${sites.swaps()} swaps`);
  return problems;
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
