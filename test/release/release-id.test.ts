import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  appKeyOf,
  appKeyOfRelease,
  appKeyOfSiteId,
  isAppKey,
  isReleaseId,
  releaseIdOf,
} from '../../src/release/release-id.ts';
import { siteIdOf } from '../../src/release/start-message.ts';
import { NOW, sampleRequest } from '../support/release-samples.ts';

const { target } = sampleRequest();
const appKey = appKeyOf(target);
const time = fc.integer({ min: 0, max: 2 ** 44 - 2 });
const random = fc.stringMatching(/^[0-9a-f]{8}$/);

describe('ids', () => {
  it('sort newest first, whatever the random end', () => {
    fc.assert(
      fc.property(time, time, random, random, (a, b, ra, rb) => {
        fc.pre(a !== b);
        const newest = releaseIdOf(appKey, Math.max(a, b), ra);
        const oldest = releaseIdOf(appKey, Math.min(a, b), rb);
        expect(newest < oldest).toBe(true);
      }),
    );
  });

  it('are well formed and find their partition again', () => {
    fc.assert(
      fc.property(time, random, (at, end) => {
        const id = releaseIdOf(appKey, at, end);
        expect(isReleaseId(id)).toBe(true);
        expect(appKeyOfRelease(id)).toBe(appKey);
      }),
    );
  });

  it('take a time with a fraction (a clock of the store and a local one together)', () => {
    expect(releaseIdOf(appKey, NOW + 0.75, '00000000')).toBe(releaseIdOf(appKey, NOW, '00000000'));
  });

  it('of an app are the same however the site is spelt, and differ between sites', () => {
    expect(isAppKey(appKey)).toBe(true);
    expect(appKeyOf({ ...target, site: 'SHOP', resourceGroup: 'RG-Shop' })).toBe(appKey);
    expect(appKeyOfSiteId(siteIdOf(target).toUpperCase())).toBe(appKey);
    expect(appKeyOf({ ...target, site: 'shop2' })).not.toBe(appKey);
  });

  it.each(['', 'x', `${appKey}-0`, `${appKey}-${'0'.repeat(18)}G`, `${appKey}_${'0'.repeat(19)}`])(
    'refuses %j',
    (text) => expect(isReleaseId(text)).toBe(false),
  );
});
