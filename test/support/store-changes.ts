// What tests of the store adapters do over and over.
import { StoreFailure } from '../../src/adapters/store/store-failure.ts';
import type { Change } from '../../src/controller/ports/release-store.ts';
import type { Release } from '../../src/release/release.ts';
import { sampleAudit } from './store-samples.ts';

/** The failure that the work must end in. */
export async function failureOf(work: Promise<unknown>): Promise<StoreFailure> {
  try {
    await work;
  } catch (error) {
    if (error instanceof StoreFailure) return error;
    throw error;
  }
  throw new Error('It did not fail');
}

/** The second state of a new release, with its audit row. */
export function changeOf(release: Release, etag: string, change: Partial<Change> = {}): Change {
  return {
    release: { ...release, sequence: 2 },
    etag,
    audit: [sampleAudit(release, 2)],
    bins: undefined,
    app: undefined,
    ...change,
  };
}
