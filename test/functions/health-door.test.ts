// The door of the health: it answers also where nothing else can.
import './quiet.ts';

import { describe, expect, it } from 'vitest';

import { unopenedHealthAnswer } from '../../src/api/health-answer.ts';
import { health } from '../../src/functions/health.ts';
import { StoreUnavailableError } from '../../src/controller/ports/store-errors.ts';
import { SlipwayError } from '../../src/release/errors.ts';
import { callHandler, openHandler } from './calls.ts';
import { fakeController } from './fake-controller.ts';

describe('GET /api/health', () => {
  const ask = (open: () => Promise<ReturnType<typeof fakeController>>) =>
    callHandler(openHandler(health, { open, failed: unopenedHealthAnswer }), { path: '/health' });

  it('answers 200 when all is well', async () => {
    const got = await ask(async () => fakeController());
    expect(got.status).toBe(200);
    expect(got.json).toMatchObject({ ok: true, settings: { ok: true }, clock: { skewMs: 3 } });
  });

  it('answers 503 with what is wrong', async () => {
    const at = Date.UTC(2026, 0, 5);
    const error = { at, code: 'store-unavailable', message: 'no answer' };
    const seen = { down: true, message: 'no answer', okAt: at, ageMs: 7, error };
    const storage = { ...seen, ok: false };
    const unknown = {
      skewMs: undefined,
      oldestDueMs: undefined,
      ageMs: undefined,
      message: 'unknown',
    };
    const clock = { ...unknown, ok: false };
    const well = await fakeController().health();
    const got = await ask(async () =>
      fakeController({ health: async () => ({ ...well, ok: false, storage, clock }) }),
    );
    expect(got.status).toBe(503);
    const told = { message: 'no answer', okAt: '2026-01-05T00:00:00.000Z', ageMs: 7 };
    expect(got.json).toMatchObject({
      ok: false,
      degraded: false,
      settings: { ok: true, problems: [] },
      storage: { ok: false, ...told, error: { ...error, at: told.okAt } },
      clock: { ok: false, skewMs: null, oldestDueMs: null, ageMs: null, message: 'unknown' },
      arm: { ok: true, message: 'answers', okAt: null, ageMs: null, error: null },
      logs: { ok: true, message: 'answers', okAt: null, ageMs: null, error: null },
      notices: { givenUp: 0 },
    });
  });

  it('lists the broken settings that keep everything else from working', async () => {
    const problem = { path: 'SLIPWAY_TIME_SCALE', code: 'invalid-setting', message: 'no number' };
    const got = await ask(async () => {
      throw new SlipwayError('settings', 'broken', { details: [problem] });
    });
    expect(got.status).toBe(503);
    expect(got.json).toEqual({
      ok: false,
      degraded: true,
      settings: { ok: false, problems: [problem] },
      storage: null,
      clock: null,
      arm: null,
      logs: null,
      notices: null,
    });
  });

  it('says that storage did not answer, and to nobody what it said', async () => {
    const got = await ask(async () => {
      throw new StoreUnavailableError('account secretaccount refused');
    });
    expect(got.status).toBe(503);
    expect(got.json).toMatchObject({ ok: false, settings: { ok: true }, storage: { ok: false } });
    expect(JSON.stringify(got.json)).not.toContain('secretaccount');
  });
});
