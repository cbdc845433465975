// The command itself: a process without a terminal and without any setting, against the stand-in.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { AppServiceStandIn } from '../../src/local/app-service/app-service.ts';
import { SHOP, SITE_PATH, rule, setRules, startTiny } from '../local/app-service/fixture.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const SHORT = `${SHOP.subscriptionId}/${SHOP.resourceGroup}/${SHOP.name}`;
const BETA = { name: 'beta', actionHostName: 'shop-beta.azurewebsites.net', reroutePercentage: 0 };

let azure: AppServiceStandIn;
let folder: string;

/** Nothing is deployed, so that no process has to start. */
beforeAll(async () => {
  const { subscriptionId, resourceGroup, name } = SHOP;
  azure = await startTiny({
    sites: [{ subscriptionId, resourceGroup, name, slots: [{ name: 'staging' }] }],
  });
  folder = mkdtempSync(path.join(os.tmpdir(), 'slipway-rescue-'));
});
afterAll(async () => {
  await azure.stop();
  rmSync(folder, { recursive: true });
});

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function slipway(...args: readonly string[]): Promise<Ended> {
  const { PATH } = process.env;
  const options = { env: { PATH }, cwd: folder };
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, 'rescue', ...args], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

const rules = () => azure.site('shop').slots[0]?.rules.map(({ name }) => name);

describe('slipway rescue', () => {
  it('takes a resource id or its short form, and keeps everything in a file', async () => {
    await setRules(azure, rule(25), BETA);
    const site = ['--site', SITE_PATH, '--slot', 'staging', '--arm-endpoint', azure.armUrl];
    const shown = await slipway(...site);
    expect(shown.code).toBe(2);
    expect(shown.stdout).toContain("(Slipway's, will be removed)");
    expect(rules()).toEqual(['staging', 'beta']);
    const again = ['--site', SHORT, '--slot', 'staging', '--arm-endpoint', azure.armUrl];
    const { code, stdout, stderr } = await slipway(...again, '--yes', '--json');
    expect(code).toBe(0);
    expect(stderr).toContain('Read back: no rule of staging is left.');
    const report: unknown = JSON.parse(stdout);
    expect(report).toMatchObject({ exit: 0, ruleGone: true, recorded: { written: true } });
    expect(rules()).toEqual(['beta']);
    const files = readdirSync(folder).filter((name) => name.startsWith('slipway-rescue-shop-'));
    expect(files).toHaveLength(2);
    for (const file of files) JSON.parse(readFileSync(path.join(folder, file), 'utf8'));
  });

  it('refuses what is no site, and an endpoint that is not this machine: exit 2', async () => {
    const noSite = await slipway('--site', 'shop', '--slot', 'staging');
    const elsewhere = [
      '--site',
      SHORT,
      '--slot',
      'staging',
      '--arm-endpoint',
      'http://example.com',
    ];
    expect([noSite.code, (await slipway(...elsewhere)).code]).toEqual([2, 2]);
  });
});
