import { afterEach, describe, expect, it } from 'vitest';
import { connectTo, CREDENTIAL, errorOf, startArm, TARGET } from './arm-recorder.ts';
import type { ArmRecorder, Reaction, RecordedRequest } from './arm-recorder.ts';

const SLOT = 'staging';
const LOCATION =
  'https://management.azure.com/subscriptions/s/operationresults/op?api-version=2025-05-01';

let arm: ArmRecorder;
afterEach(async () => {
  await arm.stop();
});

/** Reads are answered with an app without rules, writes by `reaction`. */
function answeringWrites(reaction: Reaction) {
  return ({ method }: RecordedRequest): Reaction =>
    method === 'GET' ? { status: 200, body: { properties: {} } } : reaction;
}

/** A swap that is accepted, and whose polls are answered by `reaction`. */
function answeringPolls(reaction: Reaction) {
  return ({ method }: RecordedRequest): Reaction =>
    method === 'POST' ? { status: 202, headers: { location: LOCATION } } : reaction;
}

const BUSY_PLAN = {
  Code: 'Conflict',
  Message: 'Cannot modify this web hosting plan.',
  Details: [{ Message: 'x' }, { ErrorEntity: { ExtendedCode: '59205', Code: 'Conflict' } }],
};

const ERRORS: readonly { what: string; reaction: Reaction; expected: object }[] = [
  {
    what: 'a busy plan',
    reaction: { status: 409, body: BUSY_PLAN },
    expected: { failure: 'busy', code: 'Conflict' },
  },
  {
    what: '429 in App Service envelope',
    reaction: { status: 429, headers: { 'retry-after': '7' }, body: BUSY_PLAN },
    expected: { failure: 'busy', code: 'Conflict', retryAfterMs: 7_000 },
  },
  {
    what: '503 that says when to come back',
    reaction: { status: 503, headers: { 'retry-after': '3' } },
    expected: { failure: 'busy', code: 'http-503', retryAfterMs: 3_000 },
  },
  {
    what: '503 that does not',
    reaction: { status: 503, body: 'upstream' },
    expected: { failure: 'unknown', code: 'http-503' },
  },
  {
    what: '500',
    reaction: { status: 500, body: { error: { code: 'InternalServerError', message: 'x' } } },
    expected: { failure: 'unknown', code: 'InternalServerError', status: 500 },
  },
  { what: '408', reaction: { status: 408 }, expected: { failure: 'unknown', code: 'http-408' } },
  {
    what: '403',
    reaction: { status: 403, body: { error: { code: 'AuthorizationFailed', message: 'no' } } },
    expected: { failure: 'refused', code: 'AuthorizationFailed' },
  },
  {
    what: 'a swap that was prepared',
    reaction: { status: 409, body: { Code: 'Conflict', Message: 'prepared for swap.' } },
    expected: { failure: 'refused', code: 'Conflict' },
  },
  { what: 'no answer', reaction: 'reset', expected: { failure: 'unknown', code: 'ECONNRESET' } },
  {
    what: 'an answer that the SDK does not know',
    reaction: { status: 204 },
    expected: { failure: 'unknown', code: 'unexpected-answer' },
  },
  {
    what: 'a redirect, which is not followed',
    reaction: { status: 307, headers: { location: LOCATION } },
    expected: { failure: 'unknown', code: 'unexpected-answer' },
  },
];

describe('a write is sent once and its end is named', () => {
  it.each(ERRORS)('swap: $what', async ({ reaction, expected }) => {
    arm = await startArm(answeringWrites(reaction));
    const error = await errorOf(connectTo(arm).swapper.submitSwap(TARGET, SLOT));
    expect(error).toMatchObject(expected);
    expect(arm.calls()).toEqual(['POST /slots/staging/slotsswap']);
  });

  it.each(ERRORS)('rules: $what', async ({ reaction, expected }) => {
    arm = await startArm(answeringWrites(reaction));
    const error = await errorOf(connectTo(arm).router.writeRules(TARGET, []));
    expect(error).toMatchObject(expected);
    expect(arm.calls()).toEqual(['GET /config/web', 'PATCH /config/web']);
  });

  it('silence is given up in time, as unknown', async () => {
    arm = await startArm(answeringWrites('silence'));
    const { swapper } = connectTo(arm, { timeoutMs: 100 });
    const error = await errorOf(swapper.submitSwap(TARGET, SLOT));
    expect(error).toMatchObject({ failure: 'unknown', code: 'timed-out' });
    expect(error.message).toContain('within 100 ms (POST ');
    expect(arm.calls()).toHaveLength(1);
  });

  it('a token that comes too late sends nothing any more', async () => {
    arm = await startArm(answeringWrites({ status: 200 }));
    const tokenGiven = Promise.withResolvers<undefined>();
    const credential = {
      getToken: async () => {
        await tokenGiven.promise;
        return await CREDENTIAL.getToken('');
      },
    };
    const { swapper } = connectTo(arm, { timeoutMs: 50, credential });
    const error = await errorOf(swapper.submitSwap(TARGET, SLOT));
    expect(error).toMatchObject({ failure: 'unknown', code: 'timed-out' });
    tokenGiven.resolve(undefined);
    // Another call to the same server: by its answer, a late POST would have arrived.
    await connectTo(arm).router.readRules(TARGET);
    expect(arm.calls()).toEqual(['GET /config/web']);
  });

  it('without a token it is busy: nothing was sent', async () => {
    arm = await startArm(answeringWrites({ status: 200 }));
    const credential = {
      getToken: async () => {
        throw Object.assign(new Error('no identity here'), { name: 'CredentialUnavailableError' });
      },
    };
    const { swapper } = connectTo(arm, { credential });
    const error = await errorOf(swapper.submitSwap(TARGET, SLOT));
    expect(error).toMatchObject({ failure: 'busy', code: 'CredentialUnavailableError' });
    expect(arm.calls()).toEqual([]);
  });

  it('a challenge for a newer token is answered, and the swap is accepted once', async () => {
    const claims = Buffer.from('{"access_token":{}}').toString('base64');
    const challenge = `Bearer error="insufficient_claims", claims="${claims}"`;
    arm = await startArm((_request, count) =>
      count === 1
        ? { status: 401, headers: { 'www-authenticate': challenge } }
        : { status: 202, headers: { location: LOCATION } },
    );
    await connectTo(arm).swapper.submitSwap(TARGET, SLOT);
    expect(arm.requests).toHaveLength(2);
  });

  it('a busy answer to a swap keeps the date-form Retry-After by the clock of Azure', async () => {
    const headers = {
      date: 'Sun, 22 Nov 2026 23:11:00 GMT',
      'retry-after': 'Sun, 22 Nov 2026 23:11:30 GMT',
    };
    arm = await startArm(answeringWrites({ status: 429, headers }));
    const error = await errorOf(connectTo(arm).swapper.submitSwap(TARGET, SLOT));
    expect(error).toMatchObject({ failure: 'busy', retryAfterMs: 30_000 });
  });
});

describe('a read is repeated a little', () => {
  it('twice after errors that pass', async () => {
    arm = await startArm((_request, count) =>
      count < 3 ? { status: 500 } : { status: 200, body: { properties: {} } },
    );
    expect(await connectTo(arm).router.readRules(TARGET)).toEqual([]);
    expect(arm.requests).toHaveLength(3);
  });

  it('and not more often', async () => {
    arm = await startArm(() => 'reset');
    const error = await errorOf(connectTo(arm).router.readRules(TARGET));
    expect(error).toMatchObject({ failure: 'unknown', code: 'ECONNRESET' });
    expect(arm.requests).toHaveLength(3);
  });

  it('the read before a write included, which is not sent when it fails', async () => {
    arm = await startArm(() => ({ status: 500 }));
    const error = await errorOf(connectTo(arm).router.writeRules(TARGET, []));
    expect(error.failure).toBe('unknown');
    expect(new Set(arm.calls())).toEqual(new Set(['GET /config/web']));
  });
});

describe('a poll is exactly one GET', () => {
  it.each<{ what: string; reaction: Reaction; expected: object }>([
    {
      what: '500',
      reaction: { status: 500 },
      expected: { failure: 'unknown', code: 'http-500' },
    },
    { what: 'no answer', reaction: 'reset', expected: { failure: 'unknown', code: 'ECONNRESET' } },
    {
      what: '204, which says nothing',
      reaction: { status: 204 },
      expected: { failure: 'unknown', code: 'unexpected-answer', status: 204 },
    },
    {
      what: 'throttling',
      reaction: { status: 429, headers: { 'retry-after': '1' } },
      expected: { failure: 'busy', retryAfterMs: 1_000 },
    },
    {
      what: 'a missing right',
      reaction: { status: 403, body: { error: { code: 'AuthorizationFailed', message: 'no' } } },
      expected: { failure: 'refused', code: 'AuthorizationFailed' },
    },
    {
      what: 'an operation that Azure has forgotten',
      reaction: { status: 404, body: { error: { code: 'ResourceNotFound', message: 'gone' } } },
      expected: { failure: 'refused', code: 'ResourceNotFound' },
    },
  ])('and could not be made: $what', async ({ reaction, expected }) => {
    arm = await startArm(answeringPolls(reaction));
    const { swapper } = connectTo(arm);
    const { poller } = await swapper.submitSwap(TARGET, SLOT);
    expect(await errorOf(swapper.pollSwap(poller))).toMatchObject(expected);
    expect(arm.requests.map(({ method }) => method)).toEqual(['POST', 'GET']);
  });

  it.each([
    { status: 400, Code: 'BadRequest' },
    { status: 409, Code: 'Conflict' },
    { status: 417, Code: 'ExpectationFailed' },
  ])('and $status is the end of the swap', async ({ status, Code }) => {
    arm = await startArm(answeringPolls({ status, body: { Code, Message: 'it was not done' } }));
    const { swapper } = connectTo(arm);
    const { poller } = await swapper.submitSwap(TARGET, SLOT);
    const progress = await swapper.pollSwap(poller);
    expect(progress).toMatchObject({ kind: 'failed', code: Code });
  });

  it('a swap that was accepted as done needs no poll', async () => {
    arm = await startArm(() => ({ status: 200 }));
    const { swapper } = connectTo(arm);
    const { poller } = await swapper.submitSwap(TARGET, SLOT);
    expect(await swapper.pollSwap(poller)).toEqual({ kind: 'succeeded' });
    expect(arm.requests).toHaveLength(1);
  });

  it('goes on in another process, though the stand-in has another port now', async () => {
    const first = await startArm(answeringPolls('reset'));
    const { poller } = await connectTo(first).swapper.submitSwap(TARGET, SLOT);
    await first.stop();
    expect(poller).not.toContain('127.0.0.1');
    arm = await startArm(answeringPolls({ status: 202, headers: { location: `${LOCATION}&t=2` } }));
    const progress = await connectTo(arm).swapper.pollSwap(poller);
    expect(progress.kind).toBe('running');
    expect(JSON.stringify(progress)).toContain('&t=2');
    expect(arm.requests.map(({ method }) => method)).toEqual(['GET']);
  });

  it.each([
    'https://evil.example/steal',
    'https://management.azure.com.evil.example/',
    'http://management.azure.com/plain',
  ])('and never sends a token to %s', async (location) => {
    arm = await startArm(({ method }) =>
      method === 'POST' ? { status: 202, headers: { location } } : { status: 200, body: {} },
    );
    const { swapper } = connectTo(arm);
    const { poller } = await swapper.submitSwap(TARGET, SLOT);
    const error = await errorOf(swapper.pollSwap(poller));
    expect(error).toMatchObject({ failure: 'refused', code: 'not-arm' });
    expect(arm.requests).toHaveLength(1);
  });
});

describe('a read that is redirected', () => {
  it.each([301, 302, 307])('is not followed: %i', async (status) => {
    arm = await startArm(() => ({ status, headers: { location: LOCATION } }));
    const error = await errorOf(connectTo(arm).router.readRules(TARGET));
    expect(error).toMatchObject({ failure: 'unknown', code: 'unexpected-answer' });
    expect(arm.requests).toHaveLength(1);
  });
});

describe("another slot's rule", () => {
  it('keeps every field through a write, and ours is written bare', async () => {
    const insiders = {
      name: 'insiders',
      actionHostName: 'i.net',
      reroutePercentage: 0,
      changeStep: 5,
      changeIntervalInMinutes: 10,
      maxReroutePercentage: 80,
      changeDecisionCallbackUrl: 'https://i.net/decide',
    };
    const ours = { ...insiders, name: 'staging', actionHostName: 's.net', reroutePercentage: 5 };
    const asRead = { ...insiders, minReroutePercentage: null };
    const body = { properties: { experiments: { rampUpRules: [asRead, ours] } } };
    arm = await startArm(() => ({ status: 200, body }));
    const { router } = connectTo(arm);
    const [foreign] = await router.readRules(TARGET);
    if (foreign === undefined) throw new Error('the rules were not read');
    const wanted = { name: 'staging', host: 's.net', weight: 25, autoRamp: false };
    await router.writeRules(TARGET, [foreign, wanted]);
    expect(JSON.parse(arm.requests.at(-1)?.body ?? '')).toEqual({
      properties: {
        experiments: {
          rampUpRules: [
            insiders,
            { name: 'staging', actionHostName: 's.net', reroutePercentage: 25 },
          ],
        },
      },
    });
  });
});
