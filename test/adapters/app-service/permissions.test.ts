/** What an identity may do: all pages of it, or an error. */
import { afterEach, expect, it } from 'vitest';

import { connectSiteInspector } from '../../../src/adapters/app-service/site-inspector.ts';
import type { ArmRecorder } from './arm-recorder.ts';
import { CREDENTIAL, startArm, TARGET } from './arm-recorder.ts';

let arm: ArmRecorder;
afterEach(() => arm.stop());

/** A list that goes on for so many pages; what is wanted stands on the last. */
async function rightsOf(pages: number) {
  arm = await startArm(({ url }) => {
    const page = Number(new URL(url, 'http://arm').searchParams.get('page') ?? 1);
    const next = new URL(url, 'https://management.azure.com');
    next.searchParams.set('page', String(page + 1));
    const actions = page === pages ? ['*'] : [`Page.${page}/read`];
    const nextLink = page < pages ? next.href : null;
    return { status: 200, body: { value: [{ actions, notActions: null }], nextLink } };
  });
  const inspector = connectSiteInspector({
    ...{ credential: CREDENTIAL, localEndpoint: arm.url, timeoutMs: 5_000 },
  });
  return inspector.readRights(TARGET, 'staging');
}

it('adds up the pages', async () => {
  const { site, slot } = await rightsOf(3);
  expect(site.map(({ actions }) => actions)).toEqual([['Page.1/read'], ['Page.2/read'], ['*']]);
  expect(slot).toEqual(site);
});

it('never passes a part of a list off as all of it', async () => {
  await expect(rightsOf(11)).rejects.toMatchObject({ code: 'unexpected-answer' });
});
