// The short form of `npm run fuzz`: a fixed seed, all targets but those that need servers for long.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { hostileText } from './hostile.ts';
import { must, target, tried } from './engine.ts';
import { regExpsOfSource } from './evil.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const run = promisify(execFile);

describe('hostile inputs', () => {
  it('neither crash nor hang any parser or door, and nobody gets in', async () => {
    // A process of its own: it takes over the modules of the functions host.
    const { stdout } = await run(
      process.execPath,
      [MAIN, '--runs', '2000', '--seed', '1', '--only', SHORT],
      {
        env: { PATH: process.env.PATH },
      },
    );
    expect(stdout).toContain('nothing found');
    const [, inputs = '0'] = /^total +(\d+)/m.exec(stdout) ?? [];
    expect(Number(inputs)).toBeGreaterThan(2_000);
    // About ten seconds of work, however long that takes on a busy machine.
  }, 180_000);

  it('that are found are shrunk, and the run says no', async () => {
    const wrong = target({
      name: 'wrong',
      share: 1,
      inputs: hostileText,
      attempt: (text) =>
        tried(() => must(!text.includes("'"), 'a quote'), { refusal: () => false }),
    });
    const report = await wrong.fuzz({
      runs: 2_000,
      seed: 1,
      path: undefined,
      beat: () => undefined,
    });
    expect(report.finding?.input).toContain("'");
    expect(String(report.finding?.error)).toContain('a quote');
    const path = report.finding?.path;
    const again = await wrong.fuzz({ runs: 2_000, seed: 1, path, beat: () => undefined });
    expect(again.finding?.input).toEqual(report.finding?.input);
  });

  it('that take too long are found', async () => {
    const slow = target({
      name: 'slow',
      share: 1,
      inputs: fc.constant(50),
      limitMs: 20,
      attempt: (ms) => {
        const before = process.threadCpuUsage();
        let used = 0;
        while (used < ms * 1_000) {
          const { user, system } = process.threadCpuUsage(before);
          used = user + system;
        }
        return 'accepted';
      },
    });
    const report = await slow.fuzz({ runs: 1, seed: 1, path: undefined, beat: () => undefined });
    expect(String(report.finding?.error)).toContain('ms');
  });
});

describe('the regular expressions of the source', () => {
  it('are found', () => {
    const found = regExpsOfSource();
    expect(found.length).toBeGreaterThan(100);
    expect(found.map(({ at }) => at).filter((at) => at.startsWith('src/config.ts'))).not.toEqual(
      [],
    );
  });
});

/** Azurite and the function app's own process would take longer than the rest together. */
const SHORT = [
  ...[
    'start-message',
    'start-fields',
    'plan',
    'command-body',
    'body-bytes',
    'queue-message',
    'ids',
    'queries',
  ],
  ...['settings', 'stored-rows', 'stored-text', 'audit-verify', 'local-routes', 'local-messages'],
  ...[
    'local-host-lines',
    'loopback',
    'logs-tables',
    'odata-filters',
    'http-doors',
    'queue-doors',
    'reg-exps',
  ],
].join(',');
