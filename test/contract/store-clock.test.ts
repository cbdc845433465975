import { createHttpHeaders, createPipelineRequest } from '@azure/core-rest-pipeline';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createStoreClock } from '../../src/adapters/store/store-clock.ts';

const START = Date.UTC(2026, 10, 22, 12, 0, 0, 400);

/** A machine and a store whose clocks the test sets; time passes only when told to. */
function world(options: { skewMs: number; startMs?: number }) {
  let passedMs = 0;
  let wallSkewMs = options.skewMs;
  let storeJumpMs = 0;
  const startMs = options.startMs ?? START;
  const storeMs = (): number => startMs + passedMs + storeJumpMs;
  const clock = createStoreClock({
    wallMs: () => startMs + passedMs + wallSkewMs,
    monotonicMs: () => 5_000 + passedMs,
  });
  return {
    clock,
    storeMs,
    pass: (ms: number) => {
      passedMs += ms;
    },
    setWallSkew: (ms: number) => {
      wallSkewMs = ms;
    },
    jumpStore: (ms: number) => {
      storeJumpMs += ms;
    },
    /** One call: the store stamps its answer after `thereMs`, and it arrives `backMs` later. */
    call: (thereMs = 5, backMs = 5) => {
      const sentMs = 5_000 + passedMs;
      passedMs += thereMs;
      const dateMs = Math.floor(storeMs() / 1_000) * 1_000;
      passedMs += backMs;
      clock.observe({ dateMs, sentMs, receivedMs: 5_000 + passedMs });
    },
  };
}

describe('store clock', () => {
  it('is the local clock before the first answer, and says that it knows no skew', () => {
    const { clock, storeMs } = world({ skewMs: 3_600_000 });
    expect(clock.now()).toBe(storeMs() + 3_600_000);
    expect(clock.skewMs()).toBeUndefined();
  });

  it('is not bound by what a wrong local clock said before the first answer', () => {
    const { clock, call, storeMs } = world({ skewMs: 3_600_000 });
    clock.now();
    call();
    expect(Math.abs(clock.now() - storeMs())).toBeLessThan(1_010);
  });

  it('uses a right local clock at full resolution', () => {
    const { clock, call, pass, storeMs } = world({ skewMs: 0 });
    for (let count = 0; count < 50; count += 1) {
      call();
      expect(clock.now()).toBe(storeMs());
      expect(clock.skewMs()).toBe(0);
      pass(777);
    }
  });

  it('comes closer to the store with every answer, however wrong the local clock is', () => {
    const { clock, call, pass, storeMs } = world({ skewMs: -86_400_000 });
    call();
    expect(Math.abs(clock.now() - storeMs())).toBeLessThanOrEqual(1_010);
    for (let count = 0; count < 60; count += 1) {
      pass(937);
      call();
    }
    expect(Math.abs(clock.now() - storeMs())).toBeLessThanOrEqual(80);
    expect(Math.abs((clock.skewMs() ?? 0) + 86_400_000)).toBeLessThanOrEqual(80);
  });

  it('is never further off than one second and the time of a call', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1e8, max: 1e8 }),
        fc.array(
          fc.record({
            passMs: fc.integer({ min: 0, max: 600_000 }),
            thereMs: fc.integer({ min: 0, max: 400 }),
            backMs: fc.integer({ min: 0, max: 400 }),
          }),
          { minLength: 1, maxLength: 40 },
        ),
        (skewMs, calls) => {
          const { clock, call, pass, storeMs } = world({ skewMs });
          let before = -Infinity;
          for (const { passMs, thereMs, backMs } of calls) {
            pass(passMs);
            call(thereMs, backMs);
            const now = clock.now();
            expect(Math.abs(now - storeMs())).toBeLessThanOrEqual(1_000 + thereMs + backMs);
            expect(now).toBeGreaterThanOrEqual(before);
            before = now;
          }
        },
      ),
    );
  });

  it('follows a local clock that is set right or wrong while it runs', () => {
    const { clock, call, pass, setWallSkew, storeMs } = world({ skewMs: 0 });
    call();
    setWallSkew(120_000);
    expect(Math.abs(clock.now() - storeMs())).toBeLessThan(1_010);
    expect(Math.abs((clock.skewMs() ?? 0) - 120_000)).toBeLessThan(1_010);
    setWallSkew(0);
    pass(5_000);
    call();
    expect(clock.now()).toBe(storeMs());
  });

  it('believes a jump of the store after two answers that agree, and never goes backwards', () => {
    const { clock, call, pass, jumpStore, storeMs } = world({ skewMs: 0 });
    call();
    jumpStore(60_000);
    pass(1_000);
    call();
    expect(Math.abs(clock.now() - (storeMs() - 60_000))).toBeLessThan(1_010);
    pass(1_000);
    call();
    expect(Math.abs(clock.now() - storeMs())).toBeLessThan(1_010);

    const highest = clock.now();
    jumpStore(-60_000);
    call();
    pass(1_000);
    call();
    expect(clock.now()).toBe(highest);
    pass(62_000);
    call();
    expect(clock.now()).toBeGreaterThan(highest);
    expect(Math.abs(clock.now() - storeMs())).toBeLessThan(1_010);
  });

  it('learns nothing from an answer that a process slept over, and is right at the next one', () => {
    const { clock, call, storeMs } = world({ skewMs: 3_600_000 });
    call(900_000, 5);
    expect(clock.skewMs()).toBeUndefined();
    clock.now();
    call();
    expect(Math.abs(clock.now() - storeMs())).toBeLessThan(1_010);
  });

  it('ignores one answer with a wrong date', () => {
    const { clock, call, pass, jumpStore, storeMs } = world({ skewMs: 0 });
    call();
    jumpStore(3_600_000);
    call();
    jumpStore(-3_600_000);
    for (let count = 0; count < 3; count += 1) {
      pass(1_000);
      call();
      expect(clock.now()).toBe(storeMs());
    }
  });

  it.each([
    ['storage', { date: new Date(START).toUTCString(), 'x-ms-request-id': '1' }, true],
    ['something in between', { date: new Date(START).toUTCString() }, false],
    ['storage without a date', { 'x-ms-request-id': '1' }, false],
    ['storage with a broken date', { date: 'yesterday', 'x-ms-request-id': '1' }, false],
  ])('learns from an answer of %s as it should', async (_what, headers, learns) => {
    const clock = createStoreClock({ wallMs: () => 0, monotonicMs: () => 100 });
    const request = createPipelineRequest({ url: 'http://127.0.0.1/' });
    const response = { request, status: 404, headers: createHttpHeaders(headers) };
    expect(await clock.policy.sendRequest(request, async () => response)).toBe(response);
    expect(clock.skewMs() !== undefined).toBe(learns);
  });
});
