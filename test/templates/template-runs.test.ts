// The scripts of the templates, run as a runner does, with the real `slipway` against the real doors.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import type { Release } from '../../src/release/release.ts';
import {
  type ApiServer,
  buildSlipway,
  KEY,
  type Slipway,
  startApiServer,
} from '../cli/api-server.ts';
import { rolledBack, toldRelease, toldRows } from '../cli/told-release.ts';
import { type FakeController, fakeController } from '../functions/fake-controller.ts';
import { writtenApp } from '../support/app-samples.ts';
import { AT, samplePlan } from '../support/store-samples.ts';
import { action, tasks, template } from './read-templates.ts';
import { bash } from './run-bash.ts';

/** When the commits of a repository were made, the older one first. */
const COMMITTED = ['2026-03-01T10:00:00+01:00', '2026-03-02T11:30:00+01:00'] as const;

/** A shallow clone, as CI makes it, of a repository with two commits. @returns the newest commit */
function cloneInto(folder: string, origin: string): string {
  const git = (...args: readonly string[]): string =>
    execFileSync('git', args, { env: { PATH: process.env.PATH }, encoding: 'utf8' }).trim();
  git('init', '--quiet', origin);
  for (const at of COMMITTED) {
    const who = ['-c', 'user.name=ci', '-c', 'user.email=ci@contoso.com'];
    const made = ['commit', '--quiet', '--allow-empty', '--message', 'x', '--date', at];
    execFileSync('git', ['-C', origin, ...who, ...made], {
      env: { PATH: process.env.PATH, GIT_COMMITTER_DATE: at },
    });
  }
  git('clone', '--quiet', '--depth', '1', `file://${origin}`, folder);
  return git('-C', folder, 'rev-parse', 'HEAD');
}

/** A job on a machine: what the scripts find there, and what they leave. */
describe('a run', () => {
  let slipway: Slipway;
  let server: ApiServer;
  let controller: FakeController;
  let release: Release;
  let active: Release | undefined;
  let box: string;
  /** Where the scripts run; no repository unless a test makes it one. */
  let workspace: string;
  let runVariables: Readonly<Record<string, string>>;
  let jobs = 0;

  beforeAll(async () => {
    slipway = await buildSlipway();
    server = await startApiServer(() => controller);
  });

  afterAll(async () => {
    await server.stop();
    slipway.remove();
  });

  beforeEach(() => {
    jobs += 1;
    box = path.join(slipway.folder, `job ${jobs}`);
    workspace = box;
    runVariables = {};
    mkdirSync(path.join(box, 'bin'), { recursive: true });
    // Writes down what it was asked, one argument a line.
    const az = `#!/usr/bin/env bash\nprintf '%s\\n' "$@" > "${box}/az"\n`;
    writeFileSync(path.join(box, 'bin', 'az'), az, { mode: 0o755 });
    for (const file of ['path', 'output', 'summary']) writeFileSync(path.join(box, file), '');
    active = undefined;
    release = toldRelease({ stage: { phase: 'succeeded', at: AT, watched: true }, sequence: 9 });
    controller = fakeController({
      start: async () => ({ release, created: true }),
      getRelease: async () => ({ release, plan: samplePlan() }),
      readAudit: async (_id, { from, max }) =>
        toldRows(release)
          .filter(({ sequence }) => sequence >= from)
          .slice(0, max),
      listApps: async () => [writtenApp('shop')],
      getApp: async (appKey) => ({ appKey, app: undefined, active, entry: undefined }),
    });
  });

  const leaf = (file: string): string => readFileSync(path.join(box, file), 'utf8');
  const base = (): Record<string, string> => ({
    PATH: [
      leaf('path').trim(),
      path.join(box, 'bin'),
      path.dirname(process.execPath),
      process.env.PATH,
    ]
      .filter((one) => one !== '')
      .join(':'),
    ...{ RUNNER_TEMP: box, AGENT_TEMPDIRECTORY: box },
    ...{ GITHUB_PATH: path.join(box, 'path'), GITHUB_OUTPUT: path.join(box, 'output') },
    GITHUB_STEP_SUMMARY: path.join(box, 'summary'),
    ...runVariables,
  });

  /** An input that would be something else where it is not handed on with care. */
  const HOSTILE = `2.4.0"; touch 'pwned $(touch pwned) \`touch pwned\` --help`;
  const INPUTS: Readonly<Record<string, string>> = {
    ...{ app: 'shop', version: HOSTILE, plan: 'careful', key: KEY },
    ...{ package: '--src path/shop.zip', 'resource-group': 'rg "shop"', site: '$(touch pwned)' },
  };

  /** Runs the action's scripts as a runner does, up to the first failure; `always()` goes on. */
  async function runAction(
    change: Readonly<Record<string, string>> = {},
  ): Promise<readonly number[]> {
    const given: Readonly<Record<string, string>> = {
      ...INPUTS,
      url: server.url,
      cli: slipway.file,
      ...change,
    };
    const value = (text: unknown): string =>
      String(text).replaceAll(/\$\{\{ (\S+) \}\}/g, (_all, name: string) => {
        if (name === 'steps.start.outputs.release')
          return /^release=(.*)$/m.exec(leaf('output'))?.[1] ?? '';
        const input = name.replace(/^inputs\./, '');
        return given[input] ?? action.inputs[input]?.default ?? '';
      });
    const codes: number[] = [];
    for (const step of action.runs.steps) {
      if (step.run === undefined) continue;
      const failed = codes.some((code) => code !== 0);
      const started = leaf('output').includes('release=');
      if (failed && !(step.if?.startsWith('always()') === true && started)) continue;
      if (step.if === "inputs.package != ''" && given.package === '') continue;
      if (step.if === "inputs.wait == 'true'" && given.wait === 'false') continue;
      const own = Object.fromEntries(
        Object.entries(step.env).map(([name, text]) => [name, value(text)]),
      );
      const { code, stderr } = await bash(
        ['-e', '-o', 'pipefail', '-c', step.run],
        { ...base(), ...own },
        workspace,
      );
      if (code !== 0) codes.push(code, ...(stderr === '' ? [Number.NaN] : []));
      else codes.push(0);
    }
    return codes;
  }

  it('of the action deploys, starts, waits, and puts a summary on the run', async () => {
    expect(await runAction()).toEqual([0, 0, 0, 0, 0, 0]);
    expect(leaf('az').trimEnd().split('\n')).toEqual([
      ...['webapp', 'deploy', '--resource-group', 'rg "shop"', '--name', '$(touch pwned)'],
      ...[
        '--slot',
        'staging',
        '--src-path',
        '--src path/shop.zip',
        '--type',
        'zip',
        '--output',
        'none',
      ],
    ]);
    const [input] = controller.inputsOf('start') as [{ readonly body: string }];
    expect(JSON.parse(input.body)).toMatchObject({
      app: 'shop',
      version: HOSTILE,
      plan: 'careful',
    });
    expect(input.body).not.toContain('committedAt');
    expect(leaf('output')).toBe(`release=${release.id}\nphase=succeeded\n`);
    expect(leaf('summary')).toMatch(/^## ✅ shop 2\.4\.0: succeeded\n[^]*```mermaid/);
    expect(() => leaf('pwned')).toThrow();
  });

  it('of the action fails where the release was taken back, and tells why all the same', async () => {
    release = rolledBack();
    expect(await runAction()).toEqual([0, 0, 0, 0, 1, Number.NaN, 0]);
    expect(leaf('output')).toContain('phase=rolled-back');
    expect(leaf('summary')).toContain('### Where it hurts');
  });

  it('of the action deploys nothing while a release holds the app', async () => {
    active = toldRelease();
    expect(await runAction()).toEqual([0, 1, Number.NaN]);
    expect(() => leaf('az')).toThrow();
    expect(controller.inputsOf('start')).toEqual([]);
  });

  it('of the action only starts where it shall not wait, and deploys only what it is given', async () => {
    expect(await runAction({ wait: 'false', package: '' })).toEqual([0, 0, 0, 0]);
    expect(() => leaf('az')).toThrow();
  });

  it('of the action takes a command line only with the hash that was noted', async () => {
    expect((await runAction({ 'cli-sha256': '0'.repeat(64) }))[0]).toBe(1);
    expect((await runAction({ cli: 'https://example.com/slipway.cjs' }))[0]).toBe(2);
  });

  /** Runs the template's tasks as an agent does, and obeys the commands in their output. */
  async function runTemplate(): Promise<readonly number[]> {
    const given: Readonly<Record<string, string>> = {
      ...{ url: server.url, app: 'shop', version: HOSTILE, plan: 'careful', cli: slipway.file },
      ...{ package: 'shop.zip', resourceGroup: 'rg', site: 'shop', keyVariable: 'secret' },
    };
    const variables = new Map<string, string>([['secret', KEY]]);
    const value = (text: unknown): string =>
      String(text)
        .replaceAll(/\$\{\{ parameters\.(\w+) \}\}/g, (_all, name: string) =>
          String(
            given[name] ?? template.parameters.find((one) => one.name === name)?.default ?? '',
          ),
        )
        .replaceAll(/\$\((\w+)\)/g, (all, name: string) => variables.get(name) ?? all);
    const codes: number[] = [];
    for (const { inputs, env: named, condition } of tasks) {
      const script = inputs.script ?? inputs.inlineScript;
      const failed = codes.some((code) => code !== 0);
      if (typeof script !== 'string' || (failed && condition === undefined)) continue;
      const flat = Object.entries(named).flatMap(([name, one]) =>
        typeof one === 'object' && one !== null ? Object.entries(one) : [[name, one] as const],
      );
      const own = Object.fromEntries(flat.map(([name, text]) => [name, value(text)]));
      const ran = await bash(['-c', script], { ...base(), ...own }, workspace);
      codes.push(ran.code);
      for (const [, name = '', rest = ''] of ran.stdout.matchAll(/##vso\[task\.([^\]]*)\](.*)/g)) {
        if (name === 'prependpath') writeFileSync(path.join(box, 'path'), rest);
        else if (name === 'uploadsummary')
          writeFileSync(path.join(box, 'summary'), readFileSync(rest));
        else variables.set(/variable=(\w+)/.exec(name)?.[1] ?? name, rest);
      }
    }
    return codes;
  }

  it('of the template does the same', async () => {
    expect(await runTemplate()).toEqual([0, 0, 0, 0]);
    expect(leaf('az')).toContain('deploy\n--resource-group\nrg\n');
    const [input] = controller.inputsOf('start') as [{ readonly body: string }];
    expect(JSON.parse(input.body)).toMatchObject({ app: 'shop', version: HOSTILE });
    expect(leaf('summary')).toMatch(/^## ✅ shop 2\.4\.0: succeeded\n[^]*```text/);
  });

  it.each([
    ['the action', runAction, 'GITHUB_SHA'],
    ['the template', runTemplate, 'BUILD_SOURCEVERSION'],
  ] as const)('of %s says when its commit was made', async (_name, runAll, variable) => {
    workspace = path.join(box, 'work space');
    const commit = cloneInto(workspace, path.join(box, 'origin'));
    const times: unknown[] = [];
    // Of the run's commit, and of no other in its place.
    for (const named of [commit, '0'.repeat(40)]) {
      runVariables = { [variable]: named };
      for (const file of ['path', 'output']) writeFileSync(path.join(box, file), '');
      expect(new Set(await runAll())).toEqual(new Set([0]));
      const { body } = controller.inputsOf('start').at(-1) as { readonly body: string };
      const { requestedBy } = JSON.parse(body) as { readonly requestedBy: object };
      times.push('committedAt' in requestedBy ? requestedBy.committedAt : undefined);
    }
    expect(times).toEqual([COMMITTED[1], undefined]);
  });

  it('of the template fails where the release was taken back, with a summary', async () => {
    release = rolledBack();
    expect(await runTemplate()).toEqual([0, 0, 1, 0]);
    expect(leaf('summary')).toContain('❌ shop');
  });
});
