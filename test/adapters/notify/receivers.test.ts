// What all kinds have in common: addresses, answers, signatures, links, waits.
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createNotifier, createReceiver } from '../../../src/adapters/notify/receivers.ts';
import { retryAfterMs } from '../../../src/adapters/notify/send.ts';
import type { Notice } from '../../../src/release/notice.ts';
import { type HttpReceiver, startHttpReceiver } from '../../support/http-receiver.ts';
import {
  around,
  harmNotice,
  KINDS,
  SECRET,
  slack,
  teams,
  webhook,
} from '../../support/notice-samples.ts';

const NOW = Date.UTC(2026, 0, 5, 9, 31);
let server: HttpReceiver;
beforeEach(async () => {
  server = await startHttpReceiver();
});
afterEach(() => server.stop());

const bodyOf = (index = 0): unknown => JSON.parse(server.got[index]?.body ?? '');

describe('a webhook', () => {
  it('gets one signed POST that the reference library verifies', async () => {
    const notice = harmNotice({ message: 'ünïcode "quoted"' });
    await createReceiver(webhook(server.url), around()).tell(notice);
    expect(server.got).toHaveLength(1);
    const [{ method, headers, body } = { method: '', headers: {}, body: '' }] = server.got;
    expect(method).toBe('POST');
    expect(headers).toMatchObject({ 'content-type': 'application/json', 'webhook-id': notice.id });
    const signed = headers as Record<string, string>;
    const link = `https://slipway.contoso.com/api/dashboard#/releases/${notice.release}`;
    expect(new Webhook(SECRET).verify(body, signed)).toEqual({
      type: 'release.phase-changed',
      data: JSON.parse(JSON.stringify({ ...notice, link })) as unknown,
    });
    expect(() => new Webhook(SECRET).verify(body.replace('2.4.0', '2.4.1'), signed)).toThrow();
  });

  it('gets what its template makes, signed as well', async () => {
    const config = webhook(server.url, {
      template: '{"text":"{{title}}","share":{{weight.share}}}',
    });
    await createReceiver(config, around()).tell(harmNotice());
    const [{ headers, body } = { headers: {}, body: '' }] = server.got;
    expect(new Webhook(SECRET).verify(body, headers as Record<string, string>)).toEqual({
      text: 'shop 2.4.0: ramping 2/3 → rolling-back',
      share: 25,
    });
  });
});

describe.each(Object.entries(KINDS))('a receiver of kind %s', (_kind, configOf) => {
  it.each([301, 302, 307, 400, 401, 404, 410, 500, 503])(
    'that answers %i was not told, and a redirect is not followed',
    async (status) => {
      server.status = status;
      server.headers = { location: 'http://127.0.0.1:1/elsewhere' };
      const receiver = createReceiver(configOf(server.url), around());
      await expect(receiver.tell(harmNotice())).rejects.toMatchObject({
        code: 'receiver-answer',
        message: expect.stringMatching(
          new RegExp(`^receiver [a-z-]+ \\([a-z]+\\) answered ${status}$`),
        ) as string,
      });
      expect(server.got).toHaveLength(1);
    },
  );

  it('that is not there was not told, and nothing says where it would be', async () => {
    const { url } = server;
    await server.stop();
    const receiver = createReceiver(configOf(url), around());
    const error = await receiver.tell(harmNotice()).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'receiver-unreachable' });
    expect(String(error)).toMatch(/gave no answer \(ECONNREFUSED\)$/);
    expect(JSON.stringify([error, receiver.standing()])).not.toMatch(/127\.0|secret-part/);
    server = await startHttpReceiver();
  });

  it('that takes it and answers too late was not told, and hears it again', async () => {
    const late = Promise.withResolvers<undefined>();
    server.pace = async () => late.promise;
    // Long enough for a slow machine to take it at all.
    const timeoutMs = 500;
    const receiver = createReceiver(configOf(server.url), around({ timeoutMs }));
    await expect(receiver.tell(harmNotice())).rejects.toMatchObject({
      code: 'receiver-unreachable',
      message: expect.stringMatching(/gave no answer within 500 ms$/) as string,
    });
    late.resolve(undefined);
    server.pace = async () => undefined;
    await createReceiver(configOf(server.url), around()).tell(harmNotice());
    const bodies = server.got.map(({ body }) => body);
    expect(bodies).toEqual([bodies[0], bodies[0]]);
  });

  it.each([
    [429, { 'retry-after': '90' }, 90_000],
    [429, {}, undefined],
    [503, { 'retry-after': '90' }, 90_000],
  ])('only asks to come later with %i and %j', async (status, headers, waitMs) => {
    Object.assign(server, { status, headers });
    const receiver = createReceiver(configOf(server.url), around());
    const failed = receiver.tell(harmNotice());
    await expect(failed).rejects.toMatchObject({ code: 'receiver-later', retryAfterMs: waitMs });
    await expect(failed).rejects.toThrow(new RegExp(`answered ${status}$`));
  });
});

describe('Retry-After', () => {
  it.each([
    [429, '120', 120_000],
    [503, '0', undefined],
    [503, new Date(NOW + 30_000).toUTCString(), 30_000],
    [503, new Date(NOW - 30_000).toUTCString(), undefined],
    [500, '120', undefined],
    [429, 'soon', undefined],
    [429, '-5', undefined],
    [429, '9'.repeat(400), undefined],
    [429, undefined, undefined],
  ])('of %i: %s', (status, value, expected) => {
    const headers = value === undefined ? {} : { 'retry-after': value };
    expect(retryAfterMs({ status, headers }, NOW)).toBe(expected);
  });
});

describe('the body', () => {
  it('of Slack and Teams is JSON that links to the release', async () => {
    for (const config of [slack(server.url), teams(server.url)]) {
      await createReceiver(config, around()).tell(harmNotice());
    }
    for (const index of [0, 1]) {
      expect(server.got[index]?.headers['content-type']).toBe('application/json');
      expect(JSON.stringify(bodyOf(index))).toContain(
        '/api/dashboard#/releases/0123456789abcdef0123-',
      );
    }
  });

  it('has no link where nobody knows the address', async () => {
    await createReceiver(slack(server.url), around({ publicUrl: undefined })).tell(harmNotice());
    expect(JSON.stringify(bodyOf())).not.toContain('http');
  });
});

const INSIDE = [
  'https://127.0.0.1/',
  'https://2130706433/',
  'https://0x7f.1/',
  'https://10.1.2.3/',
  'https://172.16.0.1/',
  'https://192.168.1.1/',
  'https://169.254.169.254/metadata',
  'https://168.63.129.16/',
  'https://100.64.0.1/',
  'https://0.0.0.0/',
  'https://[::1]/',
  'https://[::ffff:10.0.0.1]/',
  'https://[fd00::1]/',
  'https://[fe80::1]/',
  'https://[64:ff9b::a00:1]/',
  'https://[2002:a00:1::]/',
  'http://example.com/',
];

describe('nothing inside is reached', () => {
  const away = around({ local: false });

  it.each(INSIDE)('%s is refused before anything is sent', (url) => {
    for (const configOf of Object.values(KINDS)) {
      expect(() => createReceiver(configOf(url), away)).toThrow(
        expect.objectContaining({ code: 'receiver-url' }),
      );
    }
  });

  it.each(INSIDE.filter((url) => !/127\.|0x7f|2130|::1\]/.test(url)))(
    '%s is refused on a local stack too',
    (url) => {
      expect(() => createReceiver(slack(url), around())).toThrow(
        expect.objectContaining({ code: 'receiver-url' }),
      );
    },
  );

  it('a name that leads inside is refused when it is looked up', async () => {
    const told = createReceiver(slack('https://localhost/'), away).tell(harmNotice());
    await expect(told).rejects.toMatchObject({
      code: 'receiver-unreachable',
      message: expect.stringMatching(/leads to .*, which is not a public address/) as string,
    });
  });
});

describe('who is told', () => {
  it.each<[Parameters<typeof slack>[1], Partial<Notice>, boolean]>([
    [{}, { severity: 'info' }, true],
    [{ severity: 'warning' }, { severity: 'info' }, false],
    [{ severity: 'warning' }, { severity: 'warning' }, true],
    [{ severity: 'warning' }, { severity: 'critical' }, true],
    [{ severity: 'critical' }, { severity: 'warning' }, false],
    [{ severity: 'critical' }, { severity: 'info', action: 'test' }, true],
    [{ actions: ['aftercare'] }, {}, false],
    [{ actions: ['aftercare', 'phase-changed'] }, {}, true],
    [{ apps: ['shop'] }, {}, true],
    [{ apps: ['SHOP'] }, {}, true],
    [{ apps: ['sho'] }, {}, false],
    [{ apps: ['pay-*', 's*p'] }, {}, true],
    [{ apps: ['s*o*'] }, {}, true],
    [{ apps: ['*hop*shop'] }, {}, false],
    [{ apps: ['sh*hop'] }, {}, false],
    [{ apps: ['*'] }, {}, true],
    [{ apps: ['.hop', 'sh?p'] }, {}, false],
    [{ apps: ['*a'.repeat(50)] }, { app: 'a'.repeat(2_000) }, true],
    [{ apps: [`${'*a'.repeat(49)}b`] }, { app: 'a'.repeat(2_000) }, false],
  ])('%j of %j: %s', (filter, changes, wanted) => {
    const receiver = createReceiver(slack(server.url, filter), around());
    expect(receiver.wants(harmNotice(changes))).toBe(wanted);
  });

  it('is nobody without receivers', () => {
    expect(createNotifier([], around())).toBeUndefined();
  });
});
