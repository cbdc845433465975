// Where an answer leads on to.
import { describe, expect, it } from 'vitest';

import { linkTo } from '../../src/adapters/notify/receivers.ts';
import { BY_KEY, Links } from '../../src/api/links.ts';
import { releaseHref, routeOf } from '../../src/dashboard/view/route.ts';
import { harmNotice } from '../support/notice-samples.ts';

const NOTICE = harmNotice();
const RELEASE = { id: NOTICE.release, appKey: NOTICE.release.slice(0, 20) };
const ASKED = 'https://slipway.azurewebsites.net/api/keys/releases?code=secret';
const PUBLIC = 'https://slipway.contoso.com';

describe('links of a release', () => {
  it('for machines keep the origin and the entrance that they asked at, and no key', () => {
    const { self, audit, app } = new Links(ASKED, BY_KEY, PUBLIC).ofRelease(RELEASE);
    const base = 'https://slipway.azurewebsites.net/api/keys';
    expect({ self, audit, app }).toEqual({
      self: `${base}/releases/${RELEASE.id}`,
      audit: `${base}/releases/${RELEASE.id}/audit`,
      app: `${base}/apps/${RELEASE.appKey}`,
    });
  });

  it('for people lead where notices lead them', () => {
    expect(new Links(ASKED, BY_KEY, PUBLIC).ofRelease(RELEASE).page).toBe(linkTo(NOTICE, PUBLIC));
  });

  it('for people are at the origin of the request where nobody said where people come in', () => {
    const { page } = new Links(ASKED, BY_KEY).ofRelease(RELEASE);
    expect(page).toBe(`https://slipway.azurewebsites.net/api/dashboard${releaseHref(RELEASE.id)}`);
    expect(routeOf(new URL(page).hash)).toEqual({ kind: 'release', id: RELEASE.id });
  });
});
