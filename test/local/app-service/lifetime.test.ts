import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AppServiceStandIn } from '../../../src/local/app-service/app-service.ts';
import {
  arm,
  eventually,
  pollToEnd,
  rule,
  setRules,
  STAGING_HOST,
  startTiny,
  swapBody,
  visit,
} from './fixture.ts';

const standIns: AppServiceStandIn[] = [];
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-app-service-'));
});
afterEach(async () => {
  await Promise.all(standIns.splice(0).map((standIn) => standIn.stop()));
  rmSync(folder, { recursive: true });
});

async function start(options: Parameters<typeof startTiny>[0] = {}): Promise<AppServiceStandIn> {
  const standIn = await startTiny(options);
  standIns.push(standIn);
  return standIn;
}

const alive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('a deployment', () => {
  it('answers from the new process, keeps the volume, and ends the old process', async () => {
    const standIn = await start();
    const before = await visit(standIn, { host: STAGING_HOST });
    await standIn.deploy({ site: 'shop', slot: 'staging', content: 'tiny@3' });
    const after = await visit(standIn, { host: STAGING_HOST });
    expect(after.body).toMatchObject({ version: '3', volume: before.at('volume') });
    expect(alive(Number(before.at('pid')))).toBe(false);
  });

  it('goes to production too', async () => {
    const standIn = await start();
    await standIn.deploy({ site: 'shop', slot: 'production', content: 'tiny@4' });
    expect((await visit(standIn)).at('version')).toBe('4');
  });

  it.each(['dead@1', 'broken@1'])('of %s fails, and the old content serves on', async (content) => {
    const standIn = await start({ readyTimeoutMs: 1500 });
    const deployment = standIn.deploy({ site: 'shop', slot: 'staging', content });
    await expect(deployment).rejects.toMatchObject({ code: 'content-silent' });
    expect((await visit(standIn, { host: STAGING_HOST })).at('version')).toBe('2');
    expect(standIn.site('shop').slots[1]?.volume.deployments).toHaveLength(1);
  });

  it.each([
    [{ site: 'nope', slot: 'staging', content: 'tiny@1' }, "no site 'nope'; there is shop"],
    [
      { site: 'shop', slot: 'nope', content: 'tiny@1' },
      "no slot 'nope'; it has production, staging",
    ],
    [{ site: 'shop', slot: 'staging', content: 'what' }, 'unknown content what'],
  ])('of %o is refused', async (request, message) => {
    const standIn = await start();
    await expect(standIn.deploy(request)).rejects.toThrow(message);
  });
});

describe('the state file', () => {
  it('brings rules, content, volumes and deployments back', async () => {
    const stateFile = join(folder, 'deep', 'state.json');
    const first = await start({ stateFile });
    await setRules(first, rule(5));
    await first.deploy({ site: 'shop', slot: 'staging', content: 'tiny@3' });
    await pollToEnd(first, await arm(first, 'POST', '/slotsswap', swapBody('staging')));
    const before = first.site('shop');
    await first.stop();
    const second = await start({ stateFile });
    expect(second.site('shop')).toEqual(before);
    expect((await visit(second)).at('version')).toBe('3');
  });

  it('lets a swap go on that was running when the stand-in stopped', async () => {
    const stateFile = join(folder, 'state.json');
    const first = await start({ stateFile });
    const started = await arm(first, 'POST', '/slotsswap', swapBody('staging'));
    await first.stop();
    const second = await start({ stateFile });
    expect((await pollToEnd(second, started)).status).toBe(200);
    expect((await visit(second)).at('version')).toBe('2');
  });

  it('is refused with its name and the way out when it is not whole', async () => {
    const stateFile = join(folder, 'state.json');
    writeFileSync(stateFile, '{"version":1,"sites":[{}]}');
    await expect(start({ stateFile })).rejects.toThrow(
      /state\.json is not a whole state file.*delete it/,
    );
  });
});

describe('processes of the slots', () => {
  it('are gone after stop', async () => {
    const standIn = await start();
    const pid = Number((await visit(standIn)).at('pid'));
    await standIn.stop();
    expect(alive(pid)).toBe(false);
  });

  it.each(['SIGKILL', 'SIGTERM'] as const)(
    'do not outlive a stand-in that ends by %s',
    async (signal) => {
      const fixture = new URL('fixture.ts', import.meta.url).href;
      const script = `
      const { startTiny, visit } = await import(${JSON.stringify(fixture)});
      const standIn = await startTiny();
      console.log((await visit(standIn)).at('pid'));`;
      const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const pid = await new Promise<number>((resolve) => {
        parent.stdout.once('data', (line) => resolve(Number(String(line))));
      });
      expect(alive(pid)).toBe(true);
      parent.kill(signal);
      await eventually(() => !alive(pid));
      expect(alive(pid)).toBe(false);
    },
  );

  it('a port that is taken is named, and nothing is left running', async () => {
    const standIn = await start();
    const armPort = Number(new URL(standIn.armUrl).port);
    await expect(start({ armPort })).rejects.toMatchObject({
      code: 'port-unusable',
      message: `port ${armPort} of 127.0.0.1 cannot be used: listen EADDRINUSE: address already in use 127.0.0.1:${armPort}; choose another or free it`,
    });
  });
});
