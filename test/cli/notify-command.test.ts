// `slipway notify test` as it is typed, against a stand-in for the API.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { NotificationsTestAnswer } from '../../src/api/contract.ts';
import { type HttpReceiver, startHttpReceiver } from '../support/http-receiver.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

let api: HttpReceiver;
beforeEach(async () => {
  api = await startHttpReceiver();
});
afterEach(() => api.stop());

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function slipway(answer: unknown, status: number, ...args: readonly string[]): Promise<Ran> {
  api.status = status;
  api.answer = JSON.stringify(answer);
  const url = new URL(api.url).origin;
  const command = [MAIN, 'notify', 'test', '--url', url, '--key', 'the-key', ...args];
  return new Promise((resolve) => {
    const env = { PATH: process.env.PATH };
    const child = execFile(process.execPath, command, { env }, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, stdout, stderr });
    });
  });
}

const told = { name: 'ops', kind: 'slack', ok: true, problem: null };
const problem = 'receiver on-call (teams) answered 404';
const untold = { name: 'on-call', kind: 'teams', ok: false, problem };

describe('slipway notify test', { timeout: 60_000 }, () => {
  it.each<[string, NotificationsTestAnswer, number, string]>([
    ['everybody took it', { receivers: [told] }, 0, 'told      ops (slack)\n'],
    [
      'somebody did not',
      { receivers: [told, untold] },
      1,
      `told      ops (slack)\nnot told  ${problem}\n`,
    ],
    [
      'nobody is there',
      { receivers: [] },
      0,
      'nobody is told: set SLIPWAY_NOTIFY (docs/notifications.md)\n',
    ],
  ])('%s', async (_what, answer, code, stdout) => {
    expect(await slipway(answer, 200)).toEqual({ code, stdout, stderr: '' });
    expect(api.got).toMatchObject([
      {
        method: 'POST',
        path: '/api/notifications/test',
        headers: { 'x-functions-key': 'the-key' },
      },
    ]);
  });

  it('gives the answer as JSON', async () => {
    const { code, stdout } = await slipway({ receivers: [untold] }, 200, '--json');
    expect(JSON.parse(stdout)).toEqual({ receivers: [untold] });
    expect(code).toBe(1);
  });

  it('says who may not', async () => {
    const error = { code: 'forbidden', message: 'this takes the role Slipway.Admin' };
    const { code, stderr } = await slipway({ error }, 403);
    expect({ code, stderr }).toEqual({ code: 1, stderr: `slipway: ${error.message}\n` });
  });
});
