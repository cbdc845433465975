// The composition as the functions see it: late, once, and never in silence.
import './quiet.ts';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { unopenedHealthAnswer } from '../../src/api/health-answer.ts';
import { openSlipway, withInvocationLog } from '../../src/app.ts';
import { clock } from '../../src/functions/clock.ts';
import { health } from '../../src/functions/health.ts';
import { listReleases } from '../../src/functions/list-releases.ts';
import { releasesQueue } from '../../src/functions/releases-queue.ts';
import { queueHandler } from '../../src/functions/shared/queue-handler.ts';
import type { Azurite } from '../../src/local/azurite.ts';
import { startTestAzurite } from '../support/azurite.ts';
import { callHandler, context, deliver, openHandler } from './calls.ts';

const before = process.env;
let azurite: Azurite;

beforeAll(async () => {
  azurite = await startTestAzurite();
});

afterAll(async () => {
  process.env = before;
  await azurite.stop();
});

/** One story: what is broken is told by every door, and works once it is mended. */
describe('an app whose settings are broken', () => {
  const names = ['AzureWebJobsStorage', 'SLIPWAY_CLOCK_SCHEDULE', 'SLIPWAY_WORKSPACE_ID'];
  const timer = {
    isPastDue: false,
    schedule: { adjustForDST: true },
    scheduleStatus: { last: '', next: '', lastUpdated: '' },
  };

  it('answers every call with the complete list', async () => {
    process.env = { SLIPWAY_WORKSPACE_ID: 'mine' };
    const got = await callHandler(openHandler(listReleases));
    expect(got.status).toBe(500);
    const { error } = got.error();
    expect(error.code).toBe('settings');
    expect(error.details?.map(({ path }) => path).toSorted()).toEqual(names);
    await expect(deliver(queueHandler(releasesQueue), '{}')).rejects.toThrow(
      /SLIPWAY_WORKSPACE_ID/,
    );
    await expect(clock()(timer, context())).rejects.toMatchObject({
      name: 'SlipwayError',
    });
  });

  it('says so in its health', async () => {
    const got = await callHandler(openHandler(health, { failed: unopenedHealthAnswer }));
    expect(got.status).toBe(503);
    const problems = names.map((path) => ({ path }));
    expect(got.json).toMatchObject({
      settings: {
        ok: false,
        problems: expect.arrayContaining(
          problems.map((one) => expect.objectContaining(one) as unknown),
        ) as unknown,
      },
    });
  });

  it('works as soon as they are mended', async () => {
    process.env = {
      AzureWebJobsStorage: azurite.connectionString,
      SLIPWAY_CLOCK_SCHEDULE: '*/30 * * * * *',
    };
    expect(
      (await callHandler(openHandler(health, { failed: unopenedHealthAnswer }))).json,
    ).toMatchObject({ ok: true });
    const got = await callHandler(openHandler(listReleases));
    expect(got.json).toEqual({ releases: [], continuation: null });
  });

  it('is put together once', async () => {
    expect(await openSlipway()).toBe(await openSlipway());
  });
});

describe('the log of the use cases', () => {
  const poison = (id: string) => ({
    queue: 'releases',
    id,
    message: 'x',
    code: 'invalid-input',
    problem: `problem of ${id}`,
  });

  it('goes to the invocation that it belongs to, also when several run', async () => {
    const record = async (id: string): Promise<string> => {
      const logged: string[] = [];
      await withInvocationLog(context(logged), async () => {
        await (await openSlipway()).recordPoison(poison(id));
      });
      return logged.join('\n');
    };
    const [one, other] = await Promise.all([record('one'), record('other')]);
    expect(one).toContain('warning: ');
    expect(one).toContain('problem of one');
    expect(one).not.toContain('problem of other');
    expect(other).toContain('problem of other');
  });
});
