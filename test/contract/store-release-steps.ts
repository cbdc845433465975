import type { Store } from '../../src/adapters/store/connect.ts';
import type { Change, Loaded } from '../../src/controller/ports/release-store.ts';
import type { Release } from '../../src/release/release.ts';
import {
  freshAppKey,
  sampleAudit,
  sampleCreation,
  sampleRelease,
} from '../support/store-samples.ts';

/** What the suites of releases do over and over. */
export interface ReleaseSteps {
  readonly created: (
    change?: Partial<Release>,
  ) => Promise<{ readonly release: Release; readonly etag: string }>;
  readonly etagOf: (releaseId: string) => Promise<string>;
  readonly loaded: (releaseId: string) => Promise<Loaded>;
  /** Of the rows of the audit, oldest first. */
  readonly hashes: (releaseId: string) => Promise<readonly string[]>;
  /** The next state of a release, with its audit row. */
  readonly next: (release: Release, etag: string, change?: Partial<Change>) => Change;
}

/** @param store the store of the test that runs */
export function releaseSteps(store: () => Store): ReleaseSteps {
  const loaded: ReleaseSteps['loaded'] = async (releaseId) => {
    const found = await store().releaseStore.load(releaseId);
    if (found === undefined) throw new Error(`${releaseId} is not there`);
    return found;
  };
  const etagOf: ReleaseSteps['etagOf'] = async (releaseId) => (await loaded(releaseId)).etag;
  return {
    loaded,
    etagOf,
    created: async (change = {}) => {
      const release = sampleRelease(freshAppKey(), change);
      await store().releaseStore.create(sampleCreation(release));
      return { release, etag: await etagOf(release.id) };
    },
    hashes: async (releaseId) => {
      const rows = await store().auditReader.readAudit(releaseId, { from: 0, max: 1_000 });
      return rows.map(({ hash }) => hash);
    },
    next: (release, etag, change = {}) => {
      const sequence = release.sequence + 1;
      return {
        release: { ...release, sequence, updatedAt: release.updatedAt + 1_000 },
        etag,
        audit: [sampleAudit(release, sequence)],
        bins: undefined,
        app: undefined,
        ...change,
      };
    },
  };
}
