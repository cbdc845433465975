// CloudEvents as the project's own SDK reads them, over HTTP, and as Event Grid asks for them.
import { CloudEvent, HTTP } from 'cloudevents';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createReceiver } from '../../../src/adapters/notify/receivers.ts';
import { type HttpReceiver, startHttpReceiver } from '../../support/http-receiver.ts';
import { around, cloudEvents, harmNotice } from '../../support/notice-samples.ts';

let server: HttpReceiver;
beforeEach(async () => {
  server = await startHttpReceiver();
});
afterEach(() => server.stop());

function eventOf({ headers, body }: HttpReceiver['got'][number]): CloudEvent<unknown> {
  const event = HTTP.toEvent<unknown>({ headers, body });
  if (!(event instanceof CloudEvent)) throw new TypeError('not one event');
  event.validate();
  return event;
}

describe('a CloudEvent', () => {
  it('is one to the SDK, with every attribute that there must be, and its data', async () => {
    const notice = harmNotice();
    await createReceiver(cloudEvents(server.url), around()).tell(notice);
    const [got] = server.got;
    if (got === undefined) throw new TypeError('nothing came');
    expect(got.headers['content-type']).toBe('application/cloudevents+json; charset=utf-8');
    const event = eventOf(got);
    expect(event).toMatchObject({
      specversion: '1.0',
      id: notice.id,
      source: '/subscriptions/s/resourceGroups/rg%20(old)/providers/Microsoft.Web/sites/shop',
      type: 'slipway.release.phase-changed',
      subject: `releases/${notice.release}`,
      datacontenttype: 'application/json',
      severity: 'warning',
    });
    expect(new Date(event.time ?? '').toISOString()).toBe(notice.at);
    const link = `https://slipway.contoso.com/api/dashboard#/releases/${notice.release}`;
    expect(event.data).toEqual(JSON.parse(JSON.stringify({ ...notice, link })));
  });

  it('is the same event when it comes twice: source and id tell it', async () => {
    const receiver = createReceiver(cloudEvents(server.url), around());
    server.status = undefined;
    await expect(receiver.tell(harmNotice())).rejects.toThrow();
    server.status = 200;
    await receiver.tell(harmNotice());
    const [first, again] = server.got.map(eventOf);
    expect([again?.source, again?.id]).toEqual([first?.source, first?.id]);
  });

  it('carries the key of an Event Grid topic', async () => {
    await createReceiver(cloudEvents(server.url, { key: 'the-key' }), around()).tell(harmNotice());
    expect(server.got[0]?.headers['aeg-sas-key']).toBe('the-key');
    expect(server.got[0]?.headers.authorization).toBeUndefined();
  });

  it('carries a token of the identity, for Event Grid', async () => {
    const config = cloudEvents(server.url, { auth: 'entra' });
    await createReceiver(config, around()).tell(harmNotice());
    const scope = 'https://eventgrid.azure.net/.default';
    expect(server.got[0]?.headers.authorization).toBe(`Bearer token for ${scope}`);
  });

  it('is not sent when there is no token, and says no more than that', async () => {
    const token = async (): Promise<string> => {
      throw new Error('tenant 1234 said no to secret-part');
    };
    const receiver = createReceiver(cloudEvents(server.url, { auth: 'entra' }), around({ token }));
    await expect(receiver.tell(harmNotice())).rejects.toMatchObject({
      message: 'receiver grid (cloudevents) could not be told: Error',
    });
    expect(server.got).toEqual([]);
  });
});

describe('a token that never comes', () => {
  it('is waited for as long as an answer, not for ever', async () => {
    const token = (): Promise<string> => new Promise<never>(() => undefined);
    const surroundings = around({ token, timeoutMs: 50 });
    const receiver = createReceiver(cloudEvents(server.url, { auth: 'entra' }), surroundings);
    await expect(receiver.tell(harmNotice())).rejects.toMatchObject({
      code: 'receiver-unreachable',
      message: 'receiver grid (cloudevents) could not be told: no token within 50 ms',
    });
    expect(server.got).toEqual([]);
  });
});

describe('the handshake', () => {
  const asking = (): ReturnType<typeof createReceiver> =>
    createReceiver(cloudEvents(server.url, { handshake: true }), around());

  it.each(['*', 'slipway.contoso.com'])(
    'that allows %s comes before the first event, once',
    async (allowed) => {
      server.headers = { 'webhook-allowed-origin': allowed, 'webhook-allowed-rate': '*' };
      const receiver = asking();
      await receiver.tell(harmNotice());
      await receiver.tell(harmNotice({ id: 'r.8' }));
      expect(server.got.map(({ method }) => method)).toEqual(['OPTIONS', 'POST', 'POST']);
      expect(server.got[0]?.headers['webhook-request-origin']).toBe('slipway.contoso.com');
      expect(server.got[1]?.headers.origin).toBe('slipway.contoso.com');
    },
  );

  it('is no consent by its status alone: nothing is sent, and it is asked again', async () => {
    const receiver = asking();
    server.status = 200;
    for (const allowed of [{}, { 'webhook-allowed-origin': 'elsewhere.example' }]) {
      server.headers = allowed;
      await expect(receiver.tell(harmNotice())).rejects.toMatchObject({ code: 'receiver-refuses' });
    }
    expect(server.got.map(({ method }) => method)).toEqual(['OPTIONS', 'OPTIONS']);
  });

  it('that is throttled is no refusal: the receiver asks to come later', async () => {
    Object.assign(server, { status: 429, headers: { 'retry-after': '90' } });
    const later = { code: 'receiver-later', retryAfterMs: 90_000 };
    await expect(asking().tell(harmNotice())).rejects.toMatchObject(later);
    expect(server.got.map(({ method }) => method)).toEqual(['OPTIONS']);
  });
});
