import { describe, expect, it } from 'vitest';

import {
  UNFINISHED,
  hasEnded,
  ownPartitions,
  partitionFor,
} from '../../../src/adapters/store/catalog-partitions.ts';
import type { CatalogEntry, CatalogQuery } from '../../../src/controller/ports/catalog.ts';
import { isFinished, type Stage } from '../../../src/release/release.ts';
import { STAGES } from '../../support/release-samples.ts';

const ALL: CatalogQuery = {
  appKey: undefined,
  phase: undefined,
  finished: undefined,
  keyHash: undefined,
  max: 50,
  continuation: undefined,
};
const ENTRY: CatalogEntry = {
  releaseId: 'id',
  appKey: 'a1',
  phase: 'ramping',
  finished: false,
  keyHash: 'h1',
  createdAt: 0,
};

const STAGES_OF_A_LIFE: readonly Stage[] = [
  ...Object.values(STAGES),
  { ...STAGES.failed, acknowledgedAt: STAGES.failed.at },
];

describe('partitions of the catalog', () => {
  it.each([
    ['everything: the months', {}, undefined],
    ['one app', { appKey: 'a1' }, 'app-a1'],
    ['one key', { keyHash: 'h1' }, 'key-h1'],
    ['a key of an app: the key has fewer', { appKey: 'a1', keyHash: 'h1' }, 'key-h1'],
    ['a phase of an app', { appKey: 'a1', phase: 'ramping' }, 'app-a1'],
    ['a phase of the living', { phase: 'paused' }, UNFINISHED],
    ['a phase of the dead: the months', { phase: 'rejected' }, undefined],
    ['what is not finished', { finished: false }, UNFINISHED],
    ['what is not finished of an app', { finished: false, appKey: 'a1' }, UNFINISHED],
    ['a key, finished or not: it has few', { finished: false, keyHash: 'h1' }, 'key-h1'],
    ['what is finished: the months', { finished: true }, undefined],
    ['what is finished of an app', { finished: true, appKey: 'a1' }, 'app-a1'],
    ['failed and acknowledged', { finished: true, phase: 'failed' }, UNFINISHED],
  ] as const)('%s', (_what, query, partition) => {
    expect(partitionFor({ ...ALL, ...query })).toBe(partition);
  });

  it('an entry lies wherever a list may look for it', () => {
    for (const stage of STAGES_OF_A_LIFE) {
      const { phase } = stage;
      const finished = isFinished(stage);
      const there = [...ownPartitions(ENTRY), ...(hasEnded(phase) ? [] : [UNFINISHED]), undefined];
      for (const query of [{}, { appKey: 'a1' }, { keyHash: 'h1' }]) {
        for (const narrow of [{}, { phase }, { finished }, { phase, finished }]) {
          expect(there).toContain(partitionFor({ ...ALL, ...query, ...narrow }));
        }
      }
    }
  });

  it('a start without a key has no partition of a key', () => {
    expect(ownPartitions({ ...ENTRY, keyHash: undefined })).toEqual(['app-a1']);
  });
});
