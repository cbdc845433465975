import { type IncomingMessage, type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, it } from 'vitest';
import { createWebhookNotifier } from '../../../src/adapters/notify/webhook.ts';
import type { Notice } from '../../../src/release/notice.ts';

const SECRET = `whsec_${Buffer.from('a secret that both sides know...').toString('base64')}`;
const NOTICE: Notice = {
  id: 'r.3',
  release: 'r',
  sequence: 3,
  at: '2026-01-05T09:00:00.000Z',
  severity: 'info',
  siteId: '/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites/shop',
  slot: 'staging',
  version: '2.0.0',
  action: 'phase-changed',
  actor: { kind: 'system', name: 'slipway', objectId: undefined },
  from: 'ramping 3/3',
  to: 'promoting',
  reason: 'certified',
  message: 'ünïcode "quoted"',
  weight: { confirmed: 50, wanted: 50, share: 50 },
  head: 'ab'.repeat(32),
};

interface Got {
  readonly request: IncomingMessage;
  readonly body: string;
}

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function receiver(status: number, headers: Record<string, string> = {}): Promise<Got[]> {
  const got: Got[] = [];
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      got.push({ request, body: Buffer.concat(parts).toString('utf8') });
      if (status !== 0) response.writeHead(status, headers).end('x'.repeat(100));
    });
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return got;
}

const address = (): string => `http://127.0.0.1:${(server?.address() as AddressInfo).port}/hook`;
const notifier = (url: string, local = true): ReturnType<typeof createWebhookNotifier> =>
  createWebhookNotifier({ url, secret: SECRET, now: () => Date.now(), local });

describe('a webhook', () => {
  it('gets one signed POST that the reference library verifies', async () => {
    const got = await receiver(204);
    await notifier(address()).tell(NOTICE);
    expect(got).toHaveLength(1);
    const [{ request, body } = { request: undefined, body: '' }] = got;
    const headers = request?.headers as Record<string, string>;
    expect(request?.method).toBe('POST');
    expect(headers['content-type']).toBe('application/json');
    expect(headers['webhook-id']).toBe('r.3');
    const verified = new Webhook(SECRET).verify(body, headers);
    expect(verified).toEqual({
      type: 'release.phase-changed',
      data: JSON.parse(JSON.stringify(NOTICE)) as unknown,
    });
    expect(() => new Webhook(SECRET).verify(body.replace('2.0.0', '2.0.1'), headers)).toThrow();
  });

  it.each([301, 302, 307, 400, 401, 404, 429, 500, 503])(
    'that answers %i was not told, and a redirect is not followed',
    async (status) => {
      const got = await receiver(status, { location: 'http://127.0.0.1:1/elsewhere' });
      await expect(notifier(address()).tell(NOTICE)).rejects.toMatchObject({
        code: 'webhook-answer',
        message: expect.stringContaining(String(status)) as string,
      });
      expect(got).toHaveLength(1);
    },
  );

  it('that closes the connection was not told', async () => {
    await receiver(200);
    const url = address();
    server?.close();
    await expect(notifier(url).tell(NOTICE)).rejects.toMatchObject({ code: 'webhook-unreachable' });
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
  it.each(INSIDE)('%s is refused before anything is sent', (url) => {
    expect(() => notifier(url, false)).toThrow(expect.objectContaining({ code: 'webhook-url' }));
  });

  it.each(INSIDE.filter((url) => !/127\.|0x7f|2130|::1\]/.test(url)))(
    '%s is refused on a local stack too',
    (url) => {
      expect(() => notifier(url)).toThrow(expect.objectContaining({ code: 'webhook-url' }));
    },
  );

  it('a name that leads inside is refused when it is looked up', async () => {
    const told = notifier('https://localhost/', false).tell(NOTICE);
    await expect(told).rejects.toMatchObject({
      code: 'webhook-unreachable',
      message: expect.stringMatching(/not a public address/) as string,
    });
  });
});
