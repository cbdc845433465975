// `slipway start` as a process against Slipway's real doors.
import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { ForbiddenError } from '../../src/release/errors.ts';
import type { Release } from '../../src/release/release.ts';
import { type FakeController, fakeController } from '../functions/fake-controller.ts';
import { AT } from '../support/store-samples.ts';
import type { ApiServer, Slipway } from './api-server.ts';
import { type CommandLine, startCommandLine } from './command-line.ts';
import { toldRelease } from './told-release.ts';

let slipway: Slipway;
let server: ApiServer;
let run: CommandLine['run'];
let stop: CommandLine['stop'];
let controller: FakeController;
let ramping: Release;

beforeAll(async () => {
  ({ slipway, server, run, stop } = await startCommandLine(() => controller));
});

afterAll(() => stop());

beforeEach(() => {
  ramping = toldRelease();
  controller = fakeController({ start: async () => ({ release: ramping, created: true }) });
});

describe('slipway start', () => {
  const GITHUB = {
    GITHUB_ACTIONS: 'true',
    ...{ GITHUB_SERVER_URL: 'https://github.com', GITHUB_REPOSITORY: 'contoso/shop' },
    ...{ GITHUB_RUN_ID: '7', GITHUB_RUN_ATTEMPT: '1', GITHUB_SHA: 'abc' },
  };

  it('sends what it was told and what the CI run says', async () => {
    const file = path.join(slipway.folder, 'plan.yaml');
    writeFileSync(file, 'preset: careful\nwatch: 3h\n');
    const args = ['start', '--app', 'shop', '--version', '2.4.0', '--plan', 'plan.yaml'];
    const { code, stdout } = await run(args, GITHUB);
    expect(code).toBe(0);
    expect(stdout).toContain(`shop 2.4.0 started: release ${ramping.id}`);
    expect(stdout).toContain(`slipway watch ${ramping.id}`);
    const [input] = controller.inputsOf('start') as [{ readonly body: string }];
    expect(JSON.parse(input.body)).toMatchObject({
      ...{ key: 'github-7-1-shop', app: 'shop', version: '2.4.0' },
      plan: { preset: 'careful', watch: '3h' },
      requestedBy: { commit: 'abc' },
    });
  });

  it('says what the traffic of the app means for the plan, and where to look at it', async () => {
    const message = 'no step of this plan can be certified within maxBake';
    const outlook = { requestsPerMinute: 3, steps: [], message };
    controller = fakeController({
      start: async () => ({ release: ramping, created: true, outlook }),
    });
    const args = ['start', '--app', 'shop', '--version', '2.4.0'];
    const [text, json] = await Promise.all([run(args), run([...args, '--json'])]);
    expect(text.stdout).toContain(`Outlook    ${message}\n`);
    const page = `https://slipway.example.net/api/dashboard#/releases/${ramping.id}`;
    expect(text.stdout).toContain(`Page       ${page}\n`);
    expect(JSON.parse(json.stdout)).toEqual({
      release: expect.objectContaining({ id: ramping.id }) as unknown,
      ...{ created: true, outlook, outlookProblem: null },
    });
  });

  it.each([
    [true, 'telemetry is away', 'Outlook    not known: telemetry is away\n'],
    [false, 'not looked at again', 'had been started before'],
  ])('says why there is no outlook, of a start that is new: %j', async (created, unknown, says) => {
    const outlook = { unknown };
    controller = fakeController({ start: async () => ({ release: ramping, created, outlook }) });
    const { stdout } = await run(['start', '--app', 'shop', '--version', '2.4.0']);
    expect(stdout).toContain(says);
    expect(stdout.includes('Outlook')).toBe(created);
  });

  it('ends as the watch does once it was taken: what may not be watched is not refused', async () => {
    controller = fakeController({
      start: async () => ({ release: ramping, created: true }),
      getRelease: async () => {
        throw new ForbiddenError('you may not look');
      },
    });
    const args = ['start', '--app', 'shop', '--version', '2.4.0', '--watch'];
    const { code, stdout, stderr } = await run(args);
    expect({ code, stderr }).toEqual({ code: 3, stderr: 'slipway: you may not look\n' });
    expect(stdout).toContain(`shop 2.4.0 started: release ${ramping.id}`);
  });

  it('hands on when the commit was made, and the trace of the run', async () => {
    const args = ['start', '--app', 'shop', '--version', '2.4.0'];
    const [commit, committedAt] = ['4f2a9c1', '2026-03-01T13:00:00+01:00'];
    const own = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const other = own.replace('4bf9', 'aaaa');
    await run([...args, '--commit', commit, '--committed-at', committedAt], { TRACEPARENT: own });
    await run([...args, '--committed-at=', '--traceparent', other], { TRACEPARENT: own });
    await run(args, { TRACEPARENT: 'none' });
    const sent = controller
      .inputsOf('start')
      .map((input) => JSON.parse((input as { readonly body: string }).body) as unknown);
    expect(sent).toMatchObject([
      { requestedBy: { commit, committedAt, traceparent: own } },
      { requestedBy: { traceparent: other } },
      { requestedBy: { name: expect.any(String) as unknown } },
    ]);
    expect(JSON.stringify(sent.slice(1))).not.toContain('committedAt');
    expect(JSON.stringify(sent[2])).not.toContain('traceparent');
  });

  it('sends again what has a key while Slipway is starting', async () => {
    server.trouble({ status: 503 }, 'drop');
    const args = ['start', '--app', 'shop', '--version', '2.4.0', '--start-key', 'k', '--json'];
    const { code, stdout, stderr } = await run(args);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ created: true, release: { id: ramping.id } });
    expect(stderr.match(/asking again in/g)).toHaveLength(2);
  });

  it('sends nothing twice that has none: it could start two', async () => {
    server.trouble({ status: 503 });
    expect(await run(['start', '--app', 'shop', '--version', '2.4.0'])).toMatchObject({ code: 3 });
    expect(controller.inputsOf('start')).toHaveLength(0);
  });

  it('exits 1 when it is refused, with the release that refused', async () => {
    const rejected = toldRelease({
      stage: { phase: 'rejected', at: AT },
      reason: 'app-busy',
      message: 'release x holds the app',
    });
    controller = fakeController({ start: async () => ({ release: rejected, created: true }) });
    const { code, stdout, stderr } = await run([
      'start',
      '--app',
      'shop',
      '--version',
      '1',
      '--json',
    ]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'slipway: release x holds the app\n' });
    expect(JSON.parse(stdout)).toMatchObject({
      error: { code: 'app-busy' },
      release: { id: rejected.id },
    });
  });

  it('tells every problem of a plan without asking anybody', async () => {
    writeFileSync(
      path.join(slipway.folder, 'bad.json'),
      '{"steps": [{"weight": 0}], "wach": "1h"}',
    );
    const before = server.asked.length;
    const { code, stderr } = await run([
      'start',
      '--app',
      'shop',
      '--version',
      '1',
      '--plan',
      'bad.json',
    ]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/the plan bad\.json is not valid:\n.*steps\[0\]\.weight: .*\n.*wach: /s);
    expect(server.asked).toHaveLength(before);
  });

  it.each([
    [['--version', '1'], /--app NAME, or --site/],
    [['--app', 'shop'], /--version/],
    [['--app', 'shop', '--version', '1', '--plan', 'cautious'], /is no preset/],
    [['--site', 'x', '--version', '1'], /subscription id\/group\/site/],
    [['--app', 'shop', '--version', '1', '--committed-at', 'today'], /no time such as 2026-/],
    [['--app', 'shop', '--version', '1', '--traceparent', '00-0'], /no W3C traceparent/],
  ])('exits 2 for %j', async (args, says) => {
    const { code, stderr } = await run(['start', ...args]);
    expect(code).toBe(2);
    expect(stderr).toMatch(says);
  });
});
