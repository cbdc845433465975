import { NotFoundError, RefusedError } from '../release/errors.ts';
import { certifiedSteps, gateOf, type LeftSteps } from '../release/gate.ts';
import type { Release } from '../release/release.ts';
import type { GateKey, GateQuery, GateState } from './controller.ts';
import { listReleases } from './list-releases.ts';
import type { Ports } from './ports.ts';

const ROWS_AT_ONCE = 1_000;
/** More rows than any release has: a store that never ends must not be read for ever. */
const READS_MAX = 100;

export async function readGate(ports: Ports, { of, kind }: GateQuery): Promise<GateState> {
  const release = 'releaseId' in of ? await byId(ports, of.releaseId) : await byKey(ports, of);
  if (release === undefined) return { release, gate: undefined };
  const left = kind === 'certified' ? await leftSteps(ports, release) : undefined;
  return { release, gate: gateOf(release, kind, left) };
}

async function byId(ports: Ports, releaseId: string): Promise<Release> {
  const loaded = await ports.store.load(releaseId);
  if (loaded === undefined) throw new NotFoundError(`there is no release ${releaseId}`);
  return loaded.release;
}

/** Of several releases with one key of one app, which a key that was used again leaves, the newest. */
async function byKey(ports: Ports, { key, appKey }: GateKey): Promise<Release | undefined> {
  const everything = { phase: undefined, finished: undefined, continuation: undefined, max: 50 };
  const { releases } = await listReleases(ports, { ...everything, key, appKey });
  const apps = new Set(releases.map((release) => release.appKey));
  if (apps.size > 1) {
    throw new RefusedError(
      'key-ambiguous',
      `${apps.size} apps have releases with this key: say which by app=RESOURCE_ID`,
    );
  }
  return releases[0];
}

async function leftSteps(ports: Ports, { id, sequence }: Release): Promise<LeftSteps> {
  let certified = 0;
  for (let from = 1, reads = 0; from <= sequence && reads < READS_MAX; reads += 1) {
    const rows = await ports.audit.readAudit(id, { from, max: ROWS_AT_ONCE });
    certified += certifiedSteps(rows).certified;
    const last = rows.at(-1);
    if (last === undefined) break;
    from = last.sequence + 1;
  }
  return { certified };
}
