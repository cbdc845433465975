// `slipway report`, as a process against Slipway's real doors.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { Release } from '../../src/release/release.ts';
import { fakeController } from '../functions/fake-controller.ts';
import { writtenApp } from '../support/app-samples.ts';
import {
  type ApiServer,
  buildSlipway,
  type Ended,
  KEY,
  type Slipway,
  startApiServer,
} from './api-server.ts';
import { toldRelease } from './told-release.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** The doors say what time it is, and the report counts back from there. */
const NOW = Date.now();

let slipway: Slipway;
let server: ApiServer;
let releases: readonly Release[];

const of = (daysAgo: number, change: Partial<Release>): Release => {
  const at = NOW - daysAgo * DAY;
  return {
    ...toldRelease(),
    createdAt: at - 2 * HOUR,
    updatedAt: at + HOUR,
    swappedAt: undefined,
    ...change,
  };
};
const promoted = (daysAgo: number, change: Partial<Release> = {}): Release =>
  of(daysAgo, {
    swappedAt: NOW - daysAgo * DAY,
    stage: { phase: 'succeeded', at: NOW - daysAgo * DAY + HOUR, watched: true },
    ...change,
  });
const committed = (hoursBefore: number, daysAgo: number): Partial<Release> => ({
  requestedBy: {
    ...{ name: 'ci', run: undefined, commit: 'abc', claimed: true },
    committedAt: NOW - daysAgo * DAY - hoursBefore * HOUR,
  },
});

/** The new version got weight six minutes before the old one had everything again. */
const takenBack = (daysAgo: number): Release =>
  of(daysAgo, { stage: { phase: 'rolled-back', at: NOW - daysAgo * DAY } });

beforeAll(async () => {
  slipway = await buildSlipway();
  server = await startApiServer(() =>
    fakeController({
      listApps: async () => [writtenApp('shop')],
      // Two a page, so that there are several.
      listReleases: async ({ continuation }) => {
        const from = Number(continuation ?? '0');
        const next = from + 2 < releases.length ? String(from + 2) : undefined;
        return { releases: releases.slice(from, from + 2), continuation: next };
      },
      readAudit: async (id) => {
        const release = releases.find((one) => one.id === id);
        const endedAt = release !== undefined && 'at' in release.stage ? release.stage.at : 0;
        const row = (sequence: number, at: number, confirmed: number) => ({
          ...{ releaseId: id, sequence, at, prevHash: '', hash: '' },
          body: JSON.stringify({ to: 'ramping 1/3', weight: { confirmed, wanted: 5 } }),
        });
        return [row(1, endedAt - 9 * 60_000, 0), row(2, endedAt - 6 * 60_000, 5)];
      },
    }),
  );
});

afterAll(async () => {
  await server.stop();
  slipway.remove();
});

function run(...args: readonly string[]): Promise<Ended> {
  return slipway.run(['report', ...args], { SLIPWAY_URL: server.url, SLIPWAY_KEY: KEY });
}

describe('slipway report', () => {
  it('tells the four figures of each app, over pages of releases', async () => {
    releases = [
      promoted(1, committed(5, 1)),
      takenBack(2),
      promoted(3, committed(9, 3)),
      promoted(4, { app: 'blog' }),
      of(5, { stage: { phase: 'rejected', at: NOW - 5 * DAY } }),
      promoted(60, committed(1, 60)),
    ];
    const { code, stdout, stderr } = await run();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const cells = stdout.split('\n').map((line) => line.split(/ {2,}/));
    expect(cells).toContainEqual([
      'APP',
      'DEPLOYED',
      'FREQUENCY',
      'LEAD TIME',
      'FAIL RATE',
      'RECOVERY',
    ]);
    expect(cells).toContainEqual(['blog', '1', '1 a month', '2 h*', '0 %', '-']);
    expect(cells).toContainEqual(['shop', '3, 1 failed', '3 a month', '7 h', '33 %', '6 min']);
    expect(stdout).toContain('* from the start of the release');
  });

  it('gives machines the same as JSON', async () => {
    releases = [promoted(1, committed(5, 1)), takenBack(2)];
    const { code, stdout } = await run('--json', '--since', '1w');
    expect(code).toBe(0);
    const report = JSON.parse(stdout) as { from: string; to: string };
    expect(Date.parse(report.to) - Date.parse(report.from)).toBe(7 * DAY);
    expect(report).toMatchObject({
      truncated: false,
      apps: [
        {
          app: 'shop',
          deployments: 2,
          failed: 1,
          deploymentFrequency: { perDay: 2 / 7 },
          changeLeadTime: { medianMs: 5 * HOUR, of: 1, from: 'commit' },
          changeFailRate: { share: 0.5 },
          failedDeploymentRecoveryTime: { open: 0, time: { medianMs: 6 * 60_000, of: 1 } },
        },
      ],
    });
  });

  it('says so when nothing was deployed', async () => {
    releases = [];
    const { code, stdout } = await run('--since', '24h');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^no app was deployed from \d{4}-/);
  });

  it('asks for one app only where one is named', async () => {
    releases = [];
    await run('--app', 'shop');
    expect(server.asked.at(-1)).toContain('app=');
  });

  it.each(['soon', '0d', '9999w', '30', '2026-13-01'])('takes no --since %s', async (since) => {
    const { code, stderr } = await run('--since', since);
    expect(code).toBe(2);
    expect(stderr).toContain('such as 24h, 30d or 12w');
  });
});
