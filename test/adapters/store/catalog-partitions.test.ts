import { describe, expect, it } from 'vitest';

import {
  UNFINISHED,
  hasEnded,
  ownPartitions,
  partitionFor,
} from '../../../src/adapters/store/catalog-partitions.ts';
import type { CatalogEntry, CatalogQuery } from '../../../src/controller/ports/catalog.ts';
import type { Phase } from '../../../src/release/release.ts';
import { STAGES } from '../../support/release-samples.ts';

const ALL: CatalogQuery = {
  appKey: undefined,
  phase: undefined,
  keyHash: undefined,
  max: 50,
  continuation: undefined,
};
const ENTRY: CatalogEntry = {
  releaseId: 'id',
  appKey: 'a1',
  phase: 'ramping',
  keyHash: 'h1',
  createdAt: 0,
};

describe('partitions of the catalog', () => {
  it.each([
    ['everything: the months', {}, undefined],
    ['one app', { appKey: 'a1' }, 'app-a1'],
    ['one key', { keyHash: 'h1' }, 'key-h1'],
    ['a key of an app: the key has fewer', { appKey: 'a1', keyHash: 'h1' }, 'key-h1'],
    ['a phase of an app', { appKey: 'a1', phase: 'ramping' }, 'app-a1'],
    ['a phase of the living', { phase: 'paused' }, UNFINISHED],
    ['a phase of the dead: the months', { phase: 'rejected' }, undefined],
  ] as const)('%s', (_what, query, partition) => {
    expect(partitionFor({ ...ALL, ...query })).toBe(partition);
  });

  it('an entry lies wherever a list may look for it', () => {
    for (const phase of Object.keys(STAGES) as Phase[]) {
      const there = [...ownPartitions(ENTRY), ...(hasEnded(phase) ? [] : [UNFINISHED]), undefined];
      for (const query of [{}, { appKey: 'a1' }, { keyHash: 'h1' }]) {
        expect(there).toContain(partitionFor({ ...ALL, ...query }));
        expect(there).toContain(partitionFor({ ...ALL, ...query, phase }));
      }
    }
  });

  it('a start without a key has no partition of a key', () => {
    expect(ownPartitions({ ...ENTRY, keyHash: undefined })).toEqual(['app-a1']);
  });
});
