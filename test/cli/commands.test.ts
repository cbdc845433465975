// The commands that ask Slipway, as processes against its real doors.
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import type { Controller } from '../../src/app.ts';
import { CommandRefusedError } from '../../src/controller/command-refused.ts';
import { isFinished, type Release } from '../../src/release/release.ts';
import { type FakeController, fakeController } from '../functions/fake-controller.ts';
import { writtenApp } from '../support/app-samples.ts';
import { AT, samplePlan } from '../support/store-samples.ts';
import { type ApiServer, type Ended, KEY, type Slipway } from './api-server.ts';
import { type CommandLine, startCommandLine } from './command-line.ts';
import { rolledBack, toldRelease, toldRows } from './told-release.ts';

let slipway: Slipway;
let server: ApiServer;
let run: CommandLine['run'];
let stop: CommandLine['stop'];
let controller: FakeController;
let releases: Release[];
let ramping: Release;
let back: Release;

beforeAll(async () => {
  ({ slipway, server, run, stop } = await startCommandLine(() => controller));
});

afterAll(() => stop());

beforeEach(() => {
  ramping = toldRelease();
  back = rolledBack();
  releases = [ramping, back];
  controller = fakeController(behaviour());
});

function behaviour(): Partial<Controller> {
  const of = (id: string): Release => releases.find((one) => one.id === id) ?? ramping;
  return {
    getRelease: async (id) => ({ release: of(id), plan: samplePlan() }),
    readAudit: async (id, { from, max }) =>
      toldRows(of(id))
        .filter(({ sequence }) => sequence >= from)
        .slice(0, max),
    listReleases: async ({ phase, finished, max, continuation }) => {
      const found = releases
        .filter(({ stage }) => phase === undefined || stage.phase === phase)
        .filter(({ stage }) => finished === undefined || isFinished(stage) === finished);
      const from = Number(continuation ?? 0);
      const next = from + max < found.length ? String(from + max) : undefined;
      return { releases: found.slice(from, from + max), continuation: next };
    },
    command: async () => ramping,
    listApps: async () => [writtenApp('shop')],
    getApp: async (appKey) => ({
      appKey,
      app: undefined,
      active: releases.find(({ stage }) => !isFinished(stage)),
      entry: undefined,
    }),
  };
}

describe('slipway status', () => {
  it('finds the only active release, the one of an app, and any by its id', async () => {
    const [only, byApp, byId] = await Promise.all([
      run(['status']),
      run(['status', '--app', 'shop']),
      run(['status', back.id]),
    ]);
    expect(only.stdout).toContain(ramping.id);
    expect(byApp.stdout).toBe(only.stdout);
    expect(byId.stdout).toContain('rolled-back');
    expect([only.code, byApp.code, byId.code]).toEqual([0, 0, 0]);
  });

  it('asks which, where several are active, and says when none is', async () => {
    releases = [ramping, toldRelease()];
    const several = await run(['status']);
    expect(several).toMatchObject({ code: 2, stdout: '' });
    expect(several.stderr).toMatch(/2 releases are active, name one: .*\(shop 2\.4\.0\)/);
    releases = [back];
    const none = await run(['status']);
    expect(none).toMatchObject({ code: 3 });
    expect(none.stderr).toContain(`no release is active; the newest is ${back.id}`);
  });

  it('takes --app for the release that ended last, not for a start refused meanwhile', async () => {
    const refused = toldRelease({ stage: { phase: 'rejected', at: AT } });
    releases = [refused, back];
    const { stdout } = await run(['status', '--app', 'shop', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ release: { id: back.id } });
  });

  it('knows a site that is not registered by the name that the list shows', async () => {
    controller = fakeController({ ...behaviour(), listApps: async () => [] });
    const { stdout } = await run(['status', '--app', 'shop', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ release: { id: ramping.id } });
    const none = await run(['status', '--app', 'blog']);
    expect(none.stderr).toContain('no app is registered as blog');
  });

  it('takes an app in place of an id, once', async () => {
    const [named, byApp] = await Promise.all([
      run(['status', 'shop']),
      run(['status', '--app', 'shop']),
    ]);
    expect(named).toEqual(byApp);
    const twice = await run(['status', 'shop', '--app', 'shop']);
    expect(twice).toMatchObject({ code: 2, stdout: '' });
    const none = await run(['status', 'blog']);
    expect(none).toMatchObject({ code: 3 });
    expect(none.stderr).toContain('no app is registered as blog');
  });

  it('looks for no app where an id was not copied whole, and says so in plain words', async () => {
    const cut = back.id.slice(0, 30);
    const { code, stdout, stderr } = await run(['status', cut, '--json']);
    expect(code).toBe(2);
    const message = `"${cut}": A release id is 20 hex digits, a hyphen and 19 hex digits.`;
    expect(JSON.parse(stdout)).toEqual({ error: { code: 'usage', message } });
    expect(stderr).toContain('(slipway status --help');
  });

  it('takes the address of the page for that of Slipway', async () => {
    for (const url of [`${server.url}/api/dashboard`, `${server.url}/api/dashboard#/releases/x`]) {
      expect(await run(['status', ramping.id, '--url', url])).toMatchObject({ code: 0 });
    }
  });

  it('says what can be done without Slipway where nobody answers', async () => {
    const { code, stderr } = await run(['status'], { SLIPWAY_URL: 'http://127.0.0.1:1' });
    expect(code).toBe(3);
    expect(stderr).toContain('slipway rescue --help');
  });

  it('is one JSON object with --json, and has no colours in a pipe, in CI neither', async () => {
    const [json, ci] = await Promise.all([
      run(['status', ramping.id, '--json']),
      run(['status', ramping.id], { CI: 'true' }),
    ]);
    expect(JSON.parse(json.stdout)).toMatchObject({
      release: { id: ramping.id, phase: 'ramping' },
      plan: { name: 'standard' },
      rows: [{ sequence: 2 }, ...[3, 4, 5, 6, 7, 8, 9].map((sequence) => ({ sequence }))],
    });
    expect(ci.stdout).not.toContain('\u001B');
  });
});

describe('slipway list', () => {
  it('lists, and with --active asks for no finished release', async () => {
    const all = await run(['list', '--json']);
    expect(JSON.parse(all.stdout)).toMatchObject({
      releases: [{ id: ramping.id }, { id: back.id }],
      continuation: null,
    });
    const before = server.asked.length;
    const active = await run(['list', '--active']);
    expect(active.stdout).toContain('ramping 2/3');
    expect(active.stdout).not.toContain('rolled-back');
    expect(server.asked.slice(before)).toEqual(['GET /api/releases?finished=false&max=20']);
  });

  it('goes on where a page of active ones is short, and gives as many as were asked for', async () => {
    releases = Array.from({ length: 60 }, () => toldRelease());
    const shown = await run(['list', '--active', '--max', '3', '--json']);
    const ids = releases.map(({ id }) => ({ id }));
    expect(JSON.parse(shown.stdout)).toMatchObject({
      releases: ids.slice(0, 3),
      continuation: '3',
    });
    const short: Controller['listReleases'] = async ({ continuation }) => {
      const from = Number(continuation ?? 0);
      return { releases: releases.slice(from, from + 1), continuation: String(from + 1) };
    };
    controller = fakeController({ ...behaviour(), listReleases: short });
    const whole = await run(['list', '--active', '--max', '3', '--json']);
    expect(JSON.parse(whole.stdout)).toMatchObject({ releases: ids.slice(0, 3) });
    controller = fakeController(behaviour());
    expect((await run(['status'])).stderr).toContain('60 releases are active');
  });
});

describe('slipway apps free', () => {
  it('says by its exit code whether the slot may be deployed to', async () => {
    const held = await run(['apps', 'free', 'shop']);
    expect(held).toMatchObject({ code: 1, stdout: expect.stringContaining(ramping.id) as string });
    releases = [back];
    expect(await run(['apps', 'free', 'shop'])).toMatchObject({
      code: 0,
      stdout: 'shop is free\n',
    });
  });
});

describe('slipway watch', () => {
  const watch = (id: string, ...args: readonly string[]): Promise<Ended> =>
    run(['watch', id, '--every', '50ms', ...args]);

  it('exits 0 when it was promoted and 1 when it was not, one line a transition', async () => {
    const good = toldRelease({ stage: { phase: 'succeeded', at: AT, watched: true } });
    releases = [good, back];
    const [promoted, not] = await Promise.all([watch(good.id), watch(back.id)]);
    expect([promoted.code, not.code]).toEqual([0, 1]);
    expect(promoted.stdout).toContain('✔ shop 2.4.0 succeeded');
    const page = `Page       https://slipway.example.net/api/dashboard#/releases/${back.id}`;
    expect(not.stdout.split('\n').slice(0, 4)).toEqual([
      page,
      '2026-11-22, UTC',
      '12:00:00  queued           0 %  created: Waiting for the first tick (ada)',
      '12:00:01  preflight        0 %  preflight-running: Checks are running',
    ]);
    expect(not.stdout).toContain('It hurts   operation GET /pay | cart');
  });

  it('is JSON Lines with --json', async () => {
    const { stdout } = await watch(back.id, '--json');
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { kind: string });
    expect(lines.map(({ kind }) => kind)).toEqual([...Array<string>(8).fill('transition'), 'end']);
    expect(lines.at(-1)).toMatchObject({ end: 'not-promoted', exit: 1, release: { id: back.id } });
  });

  it('bears with errors, and with a connection that breaks', async () => {
    server.trouble({ status: 500 }, 'drop');
    const { code, stderr } = await watch(back.id);
    expect(code).toBe(1);
    expect(stderr.match(/asking again in [12] s/g)).toHaveLength(2);
  });

  it('exits 3 when Slipway stays away, and says what can be done without it', async () => {
    const args = ['watch', ramping.id, '--patience', '10ms'];
    const { code, stderr } = await run(args, { SLIPWAY_URL: 'http://127.0.0.1:1' });
    expect(code).toBe(3);
    expect(stderr).toContain(`did not answer within --patience; how release ${ramping.id} goes on`);
    expect(stderr).toContain('slipway rescue --help');
  });

  it('exits 3 at once when the key is not accepted, and says what to set', async () => {
    const { code, stderr } = await run(['watch', ramping.id], { SLIPWAY_KEY: 'guessed' });
    expect(code).toBe(3);
    expect(stderr).toContain('SLIPWAY_KEY');
  });

  it('ends at a pause with what can be done about it', async () => {
    const { stage } = ramping;
    if (stage.phase !== 'ramping') throw new Error('the sample ramps');
    ramping = toldRelease({ stage: { phase: 'paused', since: AT, from: stage, found: undefined } });
    releases = [ramping];
    const { code, stderr } = await watch(ramping.id, '--stop-at-pause');
    expect(code).toBe(3);
    expect(stderr).toBe(
      [
        'slipway: it is paused, and a person has to decide',
        `To go on   slipway resume ${ramping.id}`,
        `Take back  slipway abort ${ramping.id}`,
        '',
      ].join('\n'),
    );
  });

  it('exits 3 when it never ends within the limit', async () => {
    const { code, stderr } = await watch(ramping.id, '--timeout', '1s');
    expect(code).toBe(3);
    expect(stderr).toContain('no end within --timeout; release');
    expect(stderr).toContain('(ramping 2/3)');
  });

  it('leaves the release running at Ctrl-C, and says so', async () => {
    const env = { PATH: process.env.PATH, SLIPWAY_URL: server.url, SLIPWAY_KEY: KEY };
    const child = spawn(process.execPath, [slipway.file, 'watch', ramping.id], { env });
    child.stdout.once('data', () => child.kill('SIGINT'));
    const ended = new Promise((resolve) => child.once('exit', (...how) => resolve(how)));
    const [stderr, how] = await Promise.all([text(child.stderr), ended]);
    expect(how).toEqual([3, null]);
    expect(stderr).toContain(`no longer watching; release ${ramping.id} goes on`);
    expect(controller.inputsOf('command')).toEqual([]);
  });
});

describe('overrides', () => {
  it.each(['pause', 'resume', 'advance', 'promote', 'abort', 'rollback', 'acknowledge'])(
    '%s takes a reason, of the release that was seen',
    async (kind) => {
      const args = [kind, ramping.id, '--reason', 'a sale', '--expected-sequence', '9'];
      const { code, stdout } = await run([...args, '--as', 'ada']);
      expect(code).toBe(0);
      expect(stdout).toMatch(new RegExp(`^${kind}: ramping 2/3, .*\\(row 9 of the audit\\)\n$`));
      expect(controller.inputsOf('command')).toMatchObject([
        {
          releaseId: ramping.id,
          command: { kind, reason: 'a sale' },
          expectedSequence: 9,
          caller: { actor: { name: 'ada' } },
        },
      ]);
    },
  );

  it('sends the choice after drift', async () => {
    await run(['resume', ramping.id, '--reason', 'ours', '--choice', 'reapply']);
    expect(controller.inputsOf('command')).toMatchObject([{ command: { choice: 'reapply' } }]);
  });

  it('exits 1 when it is refused, with the reason', async () => {
    const message = 'a release that is ramping cannot be resumed';
    controller = fakeController({
      command: async () => {
        throw new CommandRefusedError('refused', message, ramping);
      },
    });
    const { code, stderr } = await run(['resume', ramping.id, '--reason', 'x']);
    expect(code).toBe(1);
    expect(stderr).toContain('cannot be resumed');
  });

  it.each([
    [['pause']],
    [['pause', '--app', 'shop']],
    [['pause', 'X', '--reason', 'y']],
    [['pause', '--reason', 'y', '--choice', 'adopt']],
    [['pause', '--reason', 'y', '--expected-sequence', '0']],
    [['resume', '--reason', 'y', '--choice', 'burn']],
  ])('exits 2 where nobody can be asked: %j', async (args) => {
    expect(await run(args)).toMatchObject({ code: 2, stdout: '' });
    expect(controller.inputsOf('command')).toEqual([]);
  });
});

describe('slipway audit', () => {
  it('shows the rows', async () => {
    const { code, stdout } = await run(['audit', back.id, '--from', '13']);
    expect(code).toBe(0);
    expect(stdout.split('\n').slice(0, 2)).toEqual([
      '2026-11-22, UTC',
      '13  12:19:12  rolling-back     0 %  going-back: It hurts at GET /pay',
    ]);
  });

  it('re-computes the hashes of the rows that it shows', async () => {
    const whole = await run(['audit', back.id]);
    expect(whole).toMatchObject({ code: 0 });
    expect(whole.stderr).toContain('the hashes of these 14 rows fit');
    const part = await run(['audit', back.id, '--from', '13']);
    expect(part.stderr).toContain(`not verified, as rows are left out: slipway audit verify`);
    const body = JSON.stringify({ changed: true });
    const readAudit: Controller['readAudit'] = async () =>
      toldRows(back).map((row) => (row.sequence === 3 ? { ...row, body } : row));
    controller = fakeController({ ...behaviour(), readAudit });
    const changed = await run(['audit', back.id, '--json']);
    expect(changed).toMatchObject({ code: 1 });
    expect(changed.stderr).toContain('chain broken at row 3: the body does not give');
  });
});

describe('slipway summary', () => {
  it('is Markdown for the page of a CI run', async () => {
    const { code, stdout } = await run(['summary', back.id, '--format', 'markdown']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^## ❌ shop 2\.4\.0: rolled-back\n/);
    expect(stdout).toContain('```mermaid');
  });
});

describe('slipway', () => {
  it.each([
    ['stauts', /Did you mean status\?/],
    ['prmote', /Did you mean promote\?/],
  ])('suggests what %s may mean', async (word, says) => {
    const { code, stderr } = await run([word]);
    expect(code).toBe(2);
    expect(stderr).toMatch(says);
  });

  it('says what an address that is no Slipway is', async () => {
    server.trouble({ status: 200, body: { hello: 'world' } });
    const { code, stderr } = await run(['status', ramping.id]);
    expect(code).toBe(3);
    expect(stderr).toContain('is this the right address and version?');
  });

  it('says what to set', async () => {
    expect((await run(['list'], { SLIPWAY_URL: '' })).stderr).toContain(
      'set SLIPWAY_URL, or --url',
    );
    expect((await run(['list'], { SLIPWAY_KEY: '' })).stderr).toContain(
      'set SLIPWAY_KEY, or SLIPWAY_SCOPE',
    );
  });
});
