// How every command ends when it fails: docs/command-line.md has the table.
import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { CommanderError } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { ApiError } from '../../src/cli/api-client.ts';
import { exitCodeOf, NO_TO_ORDER, NO_TO_QUESTION } from '../../src/cli/failure.ts';
import { FileError } from '../../src/cli/file-error.ts';
import { usage } from '../../src/cli/usage.ts';
import { InvalidInputError, NotFoundError, SlipwayError } from '../../src/release/errors.ts';
import { fakeController } from '../functions/fake-controller.ts';
import { writtenApp } from '../support/app-samples.ts';
import type { Ended } from './api-server.ts';
import { type CommandLine, startCommandLine } from './command-line.ts';
import { toldRelease } from './told-release.ts';

const said = (status: number, code: string): ApiError =>
  new ApiError(status, { error: { code, message: code, details: [] }, release: undefined });

describe('what Slipway answers', () => {
  it.each([
    // answer, to an order, to a question that can be answered by no, to a plain question
    [400, 'invalid-input', 2, 2, 2],
    [413, 'too-large', 2, 2, 2],
    [415, 'not-json', 2, 2, 2],
    [401, 'unauthenticated', 3, 3, 3],
    [403, 'forbidden', 1, 3, 3],
    [404, 'not-found', 3, 3, 3],
    [409, 'refused', 1, 1, 3],
    [409, 'sequence-moved-on', 1, 1, 3],
    [409, 'app-busy', 1, 1, 3],
    [429, 'too-many-requests', 3, 3, 3],
    [500, 'internal', 3, 3, 3],
    [503, 'store-unavailable', 3, 3, 3],
  ])('%d %s ends with %d, %d, %d', (status, code, order, question, plain) => {
    const error = said(status, code);
    const codes = [NO_TO_ORDER, NO_TO_QUESTION, []].map((no) => exitCodeOf(error, no));
    expect(codes).toEqual([order, question, plain]);
  });

  it.each([400, 403, 404, 409, 413, 502])('is not what a gateway answers with %d', (status) => {
    expect(exitCodeOf(said(status, 'no-slipway'), NO_TO_ORDER)).toBe(3);
  });
});

describe('what the command itself finds', () => {
  it.each([
    ['wrong usage', usage('give one'), 2],
    ['a bad plan', new InvalidInputError('the plan', []), 2],
    ['a file that is not there', new FileError('no such file', undefined), 2],
    ['an unknown option', new CommanderError(1, 'commander.unknownOption', 'error: x'), 2],
    ['help that was asked for', new CommanderError(0, 'commander.helpDisplayed', ''), 0],
    ['no release to be about', new NotFoundError('no release is active'), 3],
    ['nobody there', new SlipwayError('unreachable', 'x'), 3],
    ['no sign-in', new SlipwayError('sign-in', 'x'), 3],
    ['a mistake of its own', new TypeError('x'), 3],
  ])('%s ends with its code', (_what, error, code) => {
    expect(exitCodeOf(error, NO_TO_ORDER)).toBe(code);
  });
});

describe('the commands', () => {
  const { id } = toldRelease();
  const controller = fakeController({ listApps: async () => [writtenApp('shop')] });
  let line: CommandLine;

  beforeAll(async () => {
    line = await startCommandLine(() => controller);
    writeFileSync(path.join(line.slipway.folder, 'apps.json'), '{"apps": []}');
  });
  afterAll(() => line.stop());

  async function answered(status: number, code: string, args: readonly string[]): Promise<Ended> {
    line.server.trouble({ status, body: { error: { code, message: `told ${code}` } } });
    return line.run(args);
  }

  const ORDERS = [
    ['start', '--app', 'shop', '--version', '1'],
    ['start', '--app', 'shop', '--version', '1', '--watch'],
    ['pause', id, '--reason', 'x'],
    ['abort', id, '--reason', 'x'],
    ['apps', 'apply', 'apps.json'],
    ['apps', 'remove', 'shop'],
    ['notify', 'test'],
  ];
  const QUESTIONS = [
    ['list'],
    ['status', id],
    ['watch', id],
    ['summary', id],
    ['audit', id],
    ['report'],
    ['apps', 'list'],
    ['apps', 'free', 'shop'],
    ['doctor', '--app', 'shop', '--no-wait'],
  ];

  it.each(ORDERS)('%s %s is refused to whoever may not order it', async (...args) => {
    expect(await answered(403, 'forbidden', args)).toEqual({
      ...{ code: 1, stdout: '', stderr: 'slipway: told forbidden\n' },
    });
  });

  it.each(QUESTIONS)('%s %s cannot tell whoever may not ask', async (...args) => {
    expect(await answered(403, 'forbidden', args)).toMatchObject({ code: 3, stdout: '' });
  });

  it.each([
    ['abort', id, '--reason', 'x'],
    ['apps', 'remove', 'shop'],
    ['doctor', '--app', 'shop', '--no-wait'],
  ])('%s %s cannot tell of what is not there', async (...args) => {
    expect(await answered(404, 'not-found', args)).toMatchObject({ code: 3 });
  });

  it('the doctor says that a plan which is too weak would be refused', async () => {
    const args = ['doctor', '--app', 'shop', '--no-wait'];
    expect(await answered(409, 'plan-too-weak', args)).toMatchObject({ code: 1 });
  });

  it('a key that is not right is told as that, whoever says it', async () => {
    const args = ['abort', id, '--reason', 'x', '--key', 'guessed', '--json'];
    const { code, stdout } = await line.run(args);
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'unauthenticated' } });
  });

  it('a stopped function app has refused nothing', async () => {
    line.server.trouble({ status: 403 });
    const { code, stdout } = await line.run(['abort', id, '--reason', 'x', '--json']);
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'no-slipway' } });
  });

  it.each([
    [['list', '--bogus'], /unknown option '--bogus'/],
    [['start', '--app', 'x'], /required option '--version <version>' not specified/],
    [['stauts'], /unknown command 'stauts'/],
    [['apps'], /unknown option '--json'/],
    [['list', '--max', '0'], /whole number from 1 to 50/],
    [['list', '--phase', 'failed', '--active'], /give --phase or --active, not both/],
  ])('wrong usage is told in JSON too: %j', async (args, says) => {
    const { code, stdout, stderr } = await line.run([...args, '--json']);
    expect({ code, isTold: stderr !== '' }).toEqual({ code: 2, isTold: true });
    const { error } = JSON.parse(stdout) as { error: { code: string; message: string } };
    expect(error.code).toBe('usage');
    expect(error.message).toMatch(says);
  });

  it('help is no error', async () => {
    const { code, stdout } = await line.run(['start', '--help', '--json']);
    expect(code).toBe(0);
    expect(stdout).not.toContain('"error"');
  });
});
