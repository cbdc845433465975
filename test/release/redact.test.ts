import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { SlipwayError } from '../../src/release/errors.ts';
import { errorText, loggableError, redact, redactAll } from '../../src/release/redact.ts';

const S = 'hunter2hunter2hunter2hunter2';

describe('a text', () => {
  it.each([
    `DefaultEndpointsProtocol=https;AccountName=a;AccountKey=${S};EndpointSuffix=x`,
    `SharedAccessSignature=sv=2024&sig=${S}`,
    `https://a.blob.core.windows.net/c?sv=1&sig=${S}&se=2`,
    `https://management.azure.com/x/operationresults/1?api-version=1&t=2&c=${S}&s=${S}&h=${S}`,
    `/api/releases?code=${S}`,
    `Server=tcp:x;User Id=y;Password=${S};`,
    `{"password": "${S}"}`,
    JSON.stringify(JSON.stringify({ password: S })),
    `client_secret=${S}&grant_type=x`,
    `"access_token":"${S}"`,
    `authorization: Bearer ${S}`,
    `Authorization: SharedKey devstore:${S}=`,
    `got Bearer ${S}`,
    `x-functions-key: ${S}`,
    `'cookie': 'AppServiceAuthSession=${S}'`,
    `https://user:${S}@example.org/`,
    `eyJhbGciOiJIUzI1NiJ9.${S}.${S}`,
    `whsec_${S}`,
    `key ${S}AzFu${S.slice(0, 12)}==`,
  ])('keeps no secret of %s', (text) => {
    expect(redact(text)).not.toContain(S);
    expect(redact(text)).toContain('[redacted]');
  });

  it.each([
    'chain head 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    'SLIPWAY_WEBHOOK_SECRET: is missing: set both the URL and the secret, or none to tell nobody',
    'Conflict: Cannot modify this site because another operation is in progress',
    'GET shop-staging.azurewebsites.net/health: expected status 200, got 503',
    'https://github.com/contoso/shop/actions/runs/1',
    'AppRequests | where TimeGenerated > ago(1h) | summarize count() by AppVersion',
  ])('that holds none stays as it is: %s', (text) => {
    expect(redact(text)).toBe(text);
  });

  it('without a secret in it is not made longer by asking again', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 400 }), (text) => {
        const once = redact(text);
        expect(redact(once)).toBe(once);
      }),
    );
  });

  it('of a stranger takes no time, however it is made', () => {
    for (const part of ['http://', 'eyJ', 'a-', '://a:', 'sig=', 'AzFu', 'x-ms-token-', 'A/']) {
      expect(redact(part.repeat(32_000 / part.length)).length).toBeGreaterThan(0);
    }
  });
});

describe('a value', () => {
  it('keeps its shape and loses its secrets, at any depth', () => {
    const value = { n: 1, list: [`Password=${S}`, null, true], deep: { deeper: `sig=${S}` } };
    expect(redactAll(value)).toEqual({
      n: 1,
      list: ['Password=[redacted]', null, true],
      deep: { deeper: 'sig=[redacted]' },
    });
  });
});

describe('an error', () => {
  const inner = Object.assign(new Error(`AccountKey=${S}`), { request: { authorization: S } });
  const outer = new SlipwayError('failed', `it said Password=${S}`, {
    cause: inner,
    details: [{ path: '', code: 'x', message: `Password=${S}` }],
  });

  it('of Slipway has no secret in its sentence and its list', () => {
    expect(outer.message).toBe('it said Password=[redacted]');
    expect(JSON.stringify(outer.details)).not.toContain(S);
  });

  it('is logged with its causes, and with nothing that hangs on them', () => {
    expect(errorText(outer)).toContain('caused by Error: AccountKey=[redacted]');
    expect(errorText(outer)).not.toContain(S);
    expect(errorText(inner)).not.toContain(S);
    expect(errorText({ secret: S })).toBe('a thrown object');
  });

  it('is given to the host with its name and text alone', () => {
    const safe = loggableError(outer);
    expect(safe).toMatchObject({ name: 'SlipwayError', message: outer.message });
    expect(safe.cause).toBeUndefined();
    expect(safe.stack).not.toContain(S);
  });
});
