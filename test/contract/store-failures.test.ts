// What the store adapters make of failures, without any server.
import { describe, expect, it } from 'vitest';

import { connectStore, type Store } from '../../src/adapters/store/connect.ts';
import { ConflictError } from '../../src/controller/ports/store-errors.ts';
import captures from '../fixtures/captures/data-tables.json' with { type: 'json' };
import { answeringClient, silentClient, type RecordingClient } from '../support/http-clients.ts';
import { changeOf, failureOf } from '../support/store-changes.ts';
import { freshAppKey, sampleCreation, sampleRelease } from '../support/store-samples.ts';

// Where nothing listens: the discard port.
const NOBODY =
  'DefaultEndpointsProtocol=http;AccountName=nobody;AccountKey=bm9ib2R5;TableEndpoint=http://127.0.0.1:9/nobody;QueueEndpoint=http://127.0.0.1:9/nobody';

/** The store over a client that answers without a network. */
function answered(answer: Parameters<typeof answeringClient>[0]): {
  store: Store;
  client: RecordingClient;
} {
  const client = answeringClient(answer);
  const store = connectStore(
    { connectionString: NOBODY },
    { encoding: 'base64', httpClient: client },
  );
  return { store, client };
}

describe('failures', () => {
  it('gives up after three tries when nobody answers', async () => {
    const store = connectStore({ connectionString: NOBODY }, { encoding: 'base64' });
    const failure = await failureOf(store.releaseStore.loadApp(freshAppKey()));
    expect(failure.transient).toBe(true);
    expect(failure.message).toMatch(/^The store failed at the load of app [0-9a-f]{20}: /);
    expect(failure.cause).toBeInstanceOf(Error);
    const queue = await failureOf(store.tickQueue.send('x', 0));
    expect(queue.transient).toBe(true);
  });

  it.each([
    ['a read', (store: Store) => store.releaseStore.loadApp(freshAppKey())],
    [
      'a transaction',
      (store: Store) => store.releaseStore.create(sampleCreation(sampleRelease(freshAppKey()))),
    ],
  ])('bounds %s that is never answered', async (_what, call) => {
    const store = connectStore(
      { connectionString: NOBODY },
      { encoding: 'base64', httpClient: silentClient(), timeoutMs: 50 },
    );
    const failure = await failureOf(call(store));
    expect(failure.message).toContain('no answer within the time limit of one call');
    expect(failure.transient).toBe(true);
  });

  it('tries a server error again, three times in all', async () => {
    const { store, client } = answered({ status: 503, body: '' });
    const failure = await failureOf(store.releaseStore.loadApp(freshAppKey()));
    expect(failure.transient).toBe(true);
    expect(client.sent).toHaveLength(3);
  });

  it('names the missing right on a 403, and does not try again', async () => {
    const { store, client } = answered({
      status: 403,
      headers: { 'content-type': 'application/json;odata=minimalmetadata' },
      body: '{"odata.error":{"code":"AuthorizationPermissionMismatch","message":{"lang":"en-US","value":"no"}}}',
    });
    const failure = await failureOf(store.releaseStore.loadApp(freshAppKey()));
    expect(failure.message).toMatch(/AuthorizationPermissionMismatch.*Table Data Contributor/);
    expect(failure.transient).toBe(false);
    expect(client.sent).toHaveLength(1);
  });

  it('takes a throttled transaction for a failure, not for a conflict', async () => {
    const { store } = answered({
      status: 202,
      headers: captures.staleTransaction.respHeaders,
      body: captures.staleTransaction.respBody
        .replace('412 Precondition Failed', '503 Service Unavailable')
        .replace('UpdateConditionNotSatisfied', 'ServerBusy'),
    });
    const { id, appKey } = sampleRelease(freshAppKey());
    const release = sampleRelease(appKey, { id });
    const failure = await failureOf(store.releaseStore.commit(changeOf(release, 'etag')));
    expect(failure.message).toContain('HTTP 503 ServerBusy');
    expect(failure.transient).toBe(true);
  });

  it.each([
    ['a stale etag', captures.staleTransaction],
    ['a row that exists', captures.duplicateInTransaction],
  ])(
    'takes %s, as it was recorded, for a conflict',
    async (_what, { status, respHeaders: headers, respBody: body }) => {
      const { store } = answered({ status, headers, body });
      const release = sampleRelease(freshAppKey());
      const change = changeOf(release, 'etag', { audit: [] });
      await expect(store.releaseStore.commit(change)).rejects.toThrow(ConflictError);
    },
  );

  it('takes a missing row, as it was recorded, for none', async () => {
    const { status, respBody: body, respHeaders: headers } = captures.missing;
    const { store } = answered({ status, body, headers });
    expect(await store.releaseStore.loadApp(freshAppKey())).toBeUndefined();
  });

  it.each([
    ['http to another machine', 'TableEndpoint=http://10.0.0.4/a;QueueEndpoint=http://10.0.0.4/a'],
    ['http to a queue elsewhere', 'TableEndpoint=https://a.b/;QueueEndpoint=http://10.0.0.4/a'],
  ])('refuses %s', (_what, endpoints) => {
    const connectionString = `DefaultEndpointsProtocol=https;AccountName=a;AccountKey=YQ==;${endpoints}`;
    expect(() => connectStore({ connectionString }, { encoding: 'none' })).toThrow(
      /http:\/\/10\.0\.0\.4 is http and not on this machine\. Use https/,
    );
  });

  it.each(['', 'no connection string', 'DefaultEndpointsProtocol=https;AccountName=a'])(
    'refuses "%s" as a connection string',
    (connectionString) => {
      expect(() => connectStore({ connectionString }, { encoding: 'none' })).toThrow(
        /^The storage connection string cannot be used: .*Copy it whole/,
      );
    },
  );

  it('refuses an identity over http', () => {
    const credential = { getToken: async () => null };
    const tableUrl = 'http://127.0.0.1:10002/devstoreaccount1';
    expect(() =>
      connectStore({ tableUrl, queueUrl: tableUrl, credential }, { encoding: 'none' }),
    ).toThrow(/An identity works over https only/);
  });
});
