/** Asking again and again: never twice at a time, slower when it fails, and not after the end. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import {
  ACTIVE_MS,
  BACK_OFF_MAX_MS,
  HIDDEN_MS,
  nextDelayMs,
  QUIET_MS,
} from '../../src/dashboard/data/pace.ts';
import { startPoller } from '../../src/dashboard/data/poller.ts';
import type { ApiError } from '../../src/dashboard/data/api-error.ts';
import { errorOf } from '../../src/dashboard/data/api-error.ts';

describe('the pace', () => {
  const seen = { visible: true, active: true, failures: 0 };

  it.each([
    ['somebody looks, something moves', seen, ACTIVE_MS],
    ['nothing moves', { ...seen, active: false }, QUIET_MS],
    ['nobody looks', { ...seen, visible: false }, HIDDEN_MS],
    ['it failed once', { ...seen, failures: 1 }, 2 * ACTIVE_MS],
    ['it failed for long', { ...seen, failures: 1_000 }, BACK_OFF_MAX_MS],
    ['it fails and nobody looks', { ...seen, visible: false, failures: 1_000 }, HIDDEN_MS],
  ])('%s', (_what, situation, ms) => {
    expect(nextDelayMs(situation)).toBe(ms);
  });
});

describe('the poller', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  function questions(): {
    readonly open: PromiseWithResolvers<undefined>[];
    readonly failures: unknown[];
    readonly signals: AbortSignal[];
    readonly poller: ReturnType<typeof startPoller>;
  } {
    const open: PromiseWithResolvers<undefined>[] = [];
    const failures: unknown[] = [];
    const signals: AbortSignal[] = [];
    const poller = startPoller({
      ask: (signal) => {
        signals.push(signal);
        const one = Promise.withResolvers<undefined>();
        open.push(one);
        return one.promise;
      },
      isActive: () => true,
      isVisible: () => true,
      failed: (error) => failures.push(error),
    });
    return { open, failures, signals, poller };
  }

  it('waits for an answer, however long it takes', async () => {
    const { open, poller } = questions();
    await vi.advanceTimersByTimeAsync(10 * ACTIVE_MS);
    poller.now();
    expect(open).toHaveLength(1);
    open[0]?.resolve(undefined);
    // Somebody wanted it at once: the next follows without a wait.
    await vi.advanceTimersByTimeAsync(0);
    expect(open).toHaveLength(2);
    open[1]?.resolve(undefined);
    await vi.advanceTimersByTimeAsync(ACTIVE_MS - 1);
    expect(open).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(open).toHaveLength(3);
    poller.stop();
  });

  it('backs off after a failure, and goes on', async () => {
    const { open, failures, poller } = questions();
    open[0]?.reject(new Error('away'));
    await vi.advanceTimersByTimeAsync(ACTIVE_MS);
    expect([open.length, failures.length]).toEqual([1, 1]);
    await vi.advanceTimersByTimeAsync(ACTIVE_MS);
    expect(open).toHaveLength(2);
    poller.stop();
  });

  it('breaks off at the end, and neither asks nor tells any more', async () => {
    const { open, failures, signals, poller } = questions();
    poller.stop();
    expect(signals[0]?.aborted).toBe(true);
    open[0]?.reject(new Error('broken off'));
    poller.now();
    await vi.advanceTimersByTimeAsync(100 * ACTIVE_MS);
    expect([open.length, failures.length]).toEqual([1, 0]);
  });
});

describe('an answer that is no success', () => {
  const answer = (status: number, text: string, challenge: string | null = null): ApiError =>
    errorOf({ status, text, challenge });

  it('has what Slipway says of it', () => {
    const body = { error: { code: 'refused', message: 'no' }, release: { id: 'one' } };
    expect(answer(409, JSON.stringify(body))).toMatchObject({
      ...{ code: 'refused', message: 'no', release: { id: 'one' }, signIn: undefined },
    });
  });

  it.each([
    ['the host, for want of a key', '', null, 'key'],
    ['Easy Auth', '', 'Bearer realm="slipway"', 'entra'],
    [
      'Slipway behind Easy Auth',
      '{"error": {"code": "unauthenticated", "message": "who?"}}',
      null,
      'entra',
    ],
  ])('401 of %s says how to sign in', (_who, text, challenge, signIn) => {
    expect(answer(401, text, challenge).signIn).toBe(signIn);
  });

  it.each(['', '<html>', 'null', '{"error": "text"}', '[]'])(
    '%j is somebody else talking',
    (text) => {
      expect(answer(502, text)).toMatchObject({
        code: 'http-502',
        message: 'Slipway answered 502.',
      });
    },
  );
});
