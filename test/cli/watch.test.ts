// Following a release: what is told, what is borne with, and when it ends.
import { describe, expect, it } from 'vitest';

import { Links } from '../../src/api/links.ts';
import { releaseView } from '../../src/api/release-view.ts';
import { ApiError } from '../../src/cli/api-client.ts';
import { backoffMs, passes } from '../../src/cli/patience.ts';
import { type Seen, watch, type WatchOrder, type WatchPorts } from '../../src/cli/watch.ts';
import { SlipwayError } from '../../src/release/errors.ts';
import type { Release } from '../../src/release/release.ts';
import { AT, samplePlan } from '../support/store-samples.ts';
import { toldRelease, toldRows } from './told-release.ts';

const ORDER: WatchOrder = { everyMs: 0, until: 'succeeded', stopAtPause: false };
const LINKS = new Links('https://slipway.example.net/api');

const release = toldRelease();
const at = (stage: Release['stage'], sequence: number): Release => ({
  ...release,
  stage,
  sequence,
});
const queued = at({ phase: 'queued', since: AT }, 1);
const ramping = at(release.stage, 9);
const paused = at(
  { phase: 'paused', since: AT, from: { phase: 'queued', since: AT }, found: undefined },
  9,
);
const watching = at({ phase: 'watching', since: AT, until: AT, extended: false }, 9);
const done = (phase: 'rolled-back' | 'aborted' | 'rejected'): Release => at({ phase, at: AT }, 14);
const succeeded = at({ phase: 'succeeded', at: AT, watched: true }, 14);
const failed = at({ phase: 'failed', at: AT, acknowledgedAt: undefined }, 14);

const away = new SlipwayError('unreachable', 'https://slipway did not answer: ECONNREFUSED');
const status = (code: number, word = 'no-slipway'): ApiError =>
  new ApiError(code, {
    error: { code: word, message: `answered with ${code}`, details: [] },
    release: undefined,
  });

interface Told {
  readonly begun: string[];
  readonly transitions: number[];
  readonly moving: string[];
  readonly troubles: number[];
  readonly askedFrom: number[];
}

/** Plays answers one after the other; the last one goes on for ever. */
function played(
  script: readonly (Release | Error)[],
  change: Partial<WatchPorts> = {},
): { readonly ports: WatchPorts; readonly told: Told } {
  const told: Told = { begun: [], transitions: [], moving: [], troubles: [], askedFrom: [] };
  let turn = 0;
  const look = async (from: number): Promise<Seen> => {
    told.askedFrom.push(from);
    const next = script[Math.min(turn, script.length - 1)];
    turn += 1;
    if (next === undefined || next instanceof Error) throw next ?? new Error('nothing is played');
    const rows = toldRows(next)
      .filter(({ sequence }) => sequence >= from)
      .map((row) => ({
        ...row,
        at: new Date(row.at).toISOString(),
        body: JSON.parse(row.body) as unknown,
      }));
    return { release: releaseView(next, LINKS), plan: samplePlan(), rows, at: AT };
  };
  const never = new AbortController().signal;
  const ports: WatchPorts = {
    look,
    rest: async () => undefined,
    patience: () => never,
    ...{ stop: never, timeout: never },
    screen: {
      begun: (seen) => told.begun.push(seen.release.links.page),
      transition: (row) => told.transitions.push(row.sequence),
      moving: (seen) => told.moving.push(seen.release.phase),
      trouble: (_message, waitMs) => told.troubles.push(waitMs),
    },
    ...change,
  };
  return { ports, told };
}

describe('a watch', () => {
  it.each([
    ['succeeded', succeeded, 'promoted'],
    ['rolled back', done('rolled-back'), 'not-promoted'],
    ['aborted', done('aborted'), 'not-promoted'],
    ['rejected', done('rejected'), 'not-promoted'],
    ['failed, which a person has to look at', failed, 'not-promoted'],
  ] as const)('ends when the release is %s', async (_how, last, end) => {
    const { ports } = played([queued, ramping, last]);
    expect(await watch(ORDER, ports)).toMatchObject({ end, release: { phase: last.stage.phase } });
  });

  it('tells every transition once, and leaves out what only asks and confirms', async () => {
    const { ports, told } = played([queued, queued, ramping, ramping, done('rolled-back')]);
    await watch(ORDER, ports);
    expect(told.transitions).toEqual([1, 2, 3, 6, 9, 10, 13, 14]);
    expect(told.askedFrom).toEqual([1, 2, 2, 10, 10]);
    expect(told.moving).toEqual(['queued', 'queued', 'ramping', 'ramping']);
  });

  it('says once where to look at it', async () => {
    const { ports, told } = played([away, queued, ramping, done('rolled-back')]);
    await watch(ORDER, ports);
    expect(told.begun).toEqual([
      `https://slipway.example.net/api/dashboard#/releases/${release.id}`,
    ]);
  });

  it('ends at the swap when it waits for that alone', async () => {
    const { ports } = played([ramping, watching]);
    expect(await watch({ ...ORDER, until: 'promoted' }, ports)).toMatchObject({ end: 'promoted' });
  });

  it('goes on while a person has to decide, unless it shall end there', async () => {
    const goesOn = played([paused, ramping, succeeded]);
    expect(await watch(ORDER, goesOn.ports)).toMatchObject({ end: 'promoted' });
    const ends = played([ramping, paused, succeeded]);
    expect(await watch({ ...ORDER, stopAtPause: true }, ends.ports)).toMatchObject({
      end: 'paused',
    });
  });

  it('bears with a Slipway that is started again', async () => {
    const waits: number[] = [];
    const rest = async (ms: number): Promise<void> => void waits.push(ms);
    const script = [away, away, ramping, status(401), ramping, status(503), succeeded];
    const { ports, told } = played(script, { rest });
    expect(await watch({ ...ORDER, everyMs: 5_000 }, ports)).toMatchObject({ end: 'promoted' });
    expect(told.troubles).toEqual([1_000, 2_000, 1_000, 1_000]);
    expect(waits).toEqual([1_000, 2_000, 5_000, 1_000, 5_000, 1_000]);
  });

  it('gives up when it stays away for too long, with what was seen last', async () => {
    const over = AbortSignal.abort();
    const { ports } = played([ramping, away], { patience: () => over });
    const ended = await watch(ORDER, ports);
    expect(ended).toMatchObject({ end: 'unreachable', release: { phase: 'ramping' } });
  });

  it.each([
    ['a key that is not accepted', status(401)],
    ['a right that is missing', status(403, 'forbidden')],
    ['no such release', status(404, 'not-found')],
    ['an address that is no Slipway', status(404)],
  ])('does not wait for what does not pass: %s', async (_what, error) => {
    const { ports } = played([error]);
    await expect(watch(ORDER, ports)).rejects.toBe(error);
  });

  it('ends at Ctrl-C and at its own limit, whatever is being asked', async () => {
    const now = AbortSignal.abort();
    const stopped = played([ramping], { stop: now });
    expect(await watch(ORDER, stopped.ports)).toMatchObject({ end: 'stopped' });
    const timeout = played([away], { timeout: now });
    expect(await watch(ORDER, timeout.ports)).toEqual({ end: 'timeout', release: undefined });
  });
});

describe('patience', () => {
  it('waits twice as long each time, and half a minute at most', () => {
    const waits = [1, 2, 3, 4, 5, 6, 7, 50].map((failures) => backoffMs(failures));
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  });

  it.each([
    [status(500), true, true],
    [status(503), true, true],
    [status(429), true, true],
    [status(408), true, true],
    [away, true, true],
    [status(401), false, true],
    [status(404), false, true],
    [new SlipwayError('sign-in', 'no token'), false, true],
    [status(404, 'not-found'), false, false],
    [status(403, 'forbidden'), false, false],
    [status(409, 'refused'), false, false],
    [new TypeError('a mistake of ours'), false, false],
  ])('%s passes: %s at first, %s after an answer', (error, atFirst, later) => {
    expect([passes(error, false), passes(error, true)]).toEqual([atFirst, later]);
  });
});
