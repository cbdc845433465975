// The store on the wire: what is sent, what lost and bad answers do, and rows that others changed.
import { QueueServiceClient } from '@azure/storage-queue';
import { TableServiceClient } from '@azure/data-tables';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { connectStore, type Store, type StoreOptions } from '../../src/adapters/store/connect.ts';
import { QUEUES, TABLES } from '../../src/adapters/store/names.ts';
import type { StoreFailure } from '../../src/adapters/store/store-failure.ts';
import { BadContinuationError } from '../../src/controller/ports/store-errors.ts';
import type { Azurite } from '../../src/local/azurite.ts';
import type { Release } from '../../src/release/release.ts';
import captures from '../fixtures/captures/data-tables.json' with { type: 'json' };
import { rawTable, startTestAzurite } from '../support/azurite.ts';
import { recordingClient, type SentRequest } from '../support/http-clients.ts';
import { changeOf, failureOf } from '../support/store-changes.ts';
import {
  AT,
  freshAppKey,
  sampleApp,
  sampleAudit,
  sampleBins,
  sampleCreation,
  sampleRelease,
} from '../support/store-samples.ts';

let azurite: Azurite;
beforeAll(async () => {
  azurite = await startTestAzurite();
});
afterAll(async () => {
  await azurite.stop();
});

function connect(options: Partial<StoreOptions> = {}) {
  const { connectionString } = azurite;
  return connectStore({ connectionString }, { encoding: 'base64', ...options });
}

async function createdIn(store: Store): Promise<{ release: Release; etag: string }> {
  const release = sampleRelease(freshAppKey());
  await store.releaseStore.create(sampleCreation(release));
  const loaded = await store.releaseStore.load(release.id);
  return { release, etag: loaded?.etag ?? '' };
}

describe('making tables and queues', () => {
  it('says what to do while they are missing', async () => {
    const failure = await failureOf(connect().releaseStore.loadApp(freshAppKey()));
    expect(failure.message).toMatch(/TableNotFound.*Restart the function app/);
    expect(failure.code).toBe('store-unavailable');
    expect(failure.transient).toBe(false);
  });

  it('makes every table and queue, poison queues included, and does it twice without harm', async () => {
    const store = connect();
    await store.ensureTables();
    await store.ensureTables();
    const tables: (string | undefined)[] = [];
    const service = TableServiceClient.fromConnectionString(azurite.connectionString, {
      allowInsecureConnection: true,
    });
    for await (const { name } of service.listTables()) tables.push(name);
    expect(tables.sort()).toEqual(Object.values(TABLES).sort());
    const queues: string[] = [];
    const queueService = QueueServiceClient.fromConnectionString(azurite.connectionString);
    for await (const { name } of queueService.listQueues()) queues.push(name);
    expect(queues.sort()).toEqual(Object.values(QUEUES).sort());
  });
});

describe('answers that are lost', () => {
  it.each(['before', 'after'] as const)(
    'a commit whose connection breaks %s it was applied is written once',
    async (when) => {
      const httpClient = recordingClient();
      const store = connect({ httpClient });
      const { release, etag } = await createdIn(store);
      httpClient.lose(when, /\$batch$/);
      const newEtag = await store.releaseStore.commit(changeOf(release, etag));
      const loaded = await store.releaseStore.load(release.id);
      expect(loaded?.release.sequence).toBe(2);
      expect(newEtag).toBe(loaded?.etag);
      expect(await store.auditReader.readAudit(release.id, { from: 1, max: 9 })).toHaveLength(2);
    },
  );

  it('a creation whose answer is lost succeeds', async () => {
    const httpClient = recordingClient();
    const store = connect({ httpClient });
    const release = sampleRelease(freshAppKey());
    httpClient.lose('after', /\$batch$/);
    await store.releaseStore.create(sampleCreation(release));
    expect((await store.releaseStore.load(release.id))?.release).toEqual(release);
  });

  it('a due row, a catalog row and a poison message are written once', async () => {
    const httpClient = recordingClient();
    const store = connect({ httpClient });
    const { id: releaseId, appKey } = sampleRelease(freshAppKey());
    httpClient.lose('after', /due$/);
    await store.dueTable.put({ releaseId, at: AT, since: AT });
    expect(await store.dueTable.due(AT, 9)).toEqual([{ releaseId, at: AT, since: AT }]);
    httpClient.lose('after', /due\(/);
    await store.dueTable.remove(releaseId);
    expect(await store.dueTable.due(AT, 9)).toEqual([]);

    httpClient.lose('after', /catalog\(/);
    const entry = {
      releaseId,
      appKey,
      phase: 'queued',
      finished: false,
      keyHash: undefined,
      createdAt: AT,
    } as const;
    await store.catalog.put(entry);
    const none = { phase: undefined, finished: undefined, keyHash: undefined };
    const query = { ...none, appKey, continuation: undefined, max: 9 };
    expect((await store.catalog.list(query)).entries).toEqual([entry]);

    httpClient.lose('after', /\$batch$/);
    const record = { id: 'm', queue: 'ticks', at: AT, message: '', code: 'x', problem: 'y' };
    await store.poisonBox.record(record);
    expect(await store.poisonBox.list(9)).toEqual([record]);
  });
});

describe('rows that are not as Slipway wrote them', () => {
  const merge = (release: Release, suffix: string, values: Record<string, unknown>) =>
    rawTable(azurite, 'releases').updateEntity(
      { partitionKey: release.appKey, rowKey: release.id + suffix, ...values },
      'Merge',
    );
  const brokenLoad = async (
    suffix: string,
    values: Record<string, unknown>,
  ): Promise<StoreFailure> => {
    const store = connect();
    const { release } = await createdIn(store);
    await merge(release, suffix, values);
    return failureOf(store.releaseStore.load(release.id));
  };

  it('names release and version of a schema that it does not know', async () => {
    const failure = await brokenLoad(':0', { state: '{"schema":2}' });
    expect(failure.message).toMatch(
      /^Release [0-9a-f]{20}-[0-9a-f]{19} is stored with schema 2; this version of Slipway reads 1\. Deploy/,
    );
    expect(failure.transient).toBe(false);
  });

  it.each([
    [':0', { state: 'no json' }, /does not hold JSON/],
    [':0', { state: '{"schema":1}' }, /is not what Slipway writes/],
    [':1plan', { state: '{}' }, /:1plan is not what Slipway writes/],
    [':1plan', { state: 7 }, /has no property "state"/],
  ])('refuses row %s with %o', async (suffix, values, message) => {
    const failure = await brokenLoad(suffix, values);
    expect(failure.message).toMatch(message);
  });

  it('refuses bins with a missing chunk, and a release without its plan', async () => {
    const store = connect();
    const { release, etag } = await createdIn(store);
    const bins = { all: sampleBins(150), firstNew: 0 };
    await store.releaseStore.commit(changeOf(release, etag, { bins }));
    const table = rawTable(azurite, 'releases');
    await table.deleteEntity(release.appKey, `${release.id}:2bins:00001`);
    await expect(store.releaseStore.load(release.id)).rejects.toThrow(/2bins:00001 is missing/);
    await table.deleteEntity(release.appKey, `${release.id}:1plan`);
    await expect(store.releaseStore.load(release.id)).rejects.toThrow(
      /lost its first row or its plan/,
    );
  });

  it('gives audit columns as they are stored, so that a changed one can be seen', async () => {
    const store = connect();
    const { release } = await createdIn(store);
    await merge(release, ':3audit:00000001', { prevHash: 'forged' });
    const [row] = await store.auditReader.readAudit(release.id, { from: 1, max: 1 });
    expect(row).toEqual({ ...sampleAudit(release, 1, 'created'), prevHash: 'forged' });
  });
});

describe('what is sent', () => {
  /** Verb and row of each operation of a transaction. */
  const operationsOf = (request: SentRequest | undefined): string[] =>
    [
      ...(request?.body ?? '').matchAll(
        /^(\w+) http\S+?releases(\(\S*)? HTTP.*?"RowKey":"(\S+?)"/gms,
      ),
    ].map(([, verb, , rowKey]) => `${verb ?? ''} ${rowKey ?? ''}`);
  const withoutIds = (text: string): string =>
    text.replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'GUID');

  it('commits everything in one transaction, the release first', async () => {
    const httpClient = recordingClient();
    const store = connect({ httpClient });
    const { release, etag } = await createdIn(store);
    const app = await store.releaseStore.loadApp(release.appKey);
    httpClient.sent.length = 0;
    await store.releaseStore.commit(
      changeOf(release, etag, {
        audit: [2, 3].map((sequence) => sampleAudit(release, sequence)),
        bins: { all: sampleBins(125), firstNew: 61 },
        app: { record: sampleApp(release), etag: app?.etag ?? '' },
      }),
    );
    expect(httpClient.sent).toHaveLength(1);
    const [request] = httpClient.sent;
    expect(operationsOf(request)).toEqual([
      `PUT ${release.id}:0`,
      `PUT ${release.id}:2bins:00001`,
      `PUT ${release.id}:2bins:00002`,
      `POST ${release.id}:3audit:00000002`,
      `POST ${release.id}:3audit:00000003`,
      'PUT app',
    ]);
    expect(request?.body.match(/^If-Match: .*$/gm)).toEqual([
      `If-Match: ${etag}`,
      `If-Match: ${app?.etag ?? ''}`,
    ]);
  });

  it('frames a transaction as it was recorded', async () => {
    const httpClient = recordingClient();
    const store = connect({ httpClient });
    const { release, etag } = await createdIn(store);
    httpClient.sent.length = 0;
    await store.releaseStore.commit(changeOf(release, etag));
    const [request] = httpClient.sent;
    // What differs by design: our verb replaces where the recorded one merges, and rows and etags.
    const frame = (body: string): string =>
      withoutIds(body)
        .replaceAll(/^(PATCH|PUT) .*$/gm, 'UPDATE')
        .replaceAll(/^POST .*$/gm, 'CREATE')
        .replaceAll(/^If-Match: .*$/gm, 'If-Match')
        .replaceAll(/^\{.*\}\r$/gm, '{}');
    expect(frame(request?.body ?? '')).toBe(
      frame(captures.transaction.body).replaceAll('{}\r', '{}'),
    );
    const recorded = Object.entries(captures.transaction.headers);
    const sent = new Map(
      Object.entries(request?.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
    );
    for (const [name, value] of recorded) {
      if (/^(x-ms-date|content-length)$/i.test(name)) continue;
      expect(withoutIds(sent.get(name.toLowerCase()) ?? ''), name).toBe(withoutIds(value));
    }
  });

  it('loads a release with one range query', async () => {
    const httpClient = recordingClient();
    const store = connect({ httpClient });
    const { release } = await createdIn(store);
    httpClient.sent.length = 0;
    await store.releaseStore.load(release.id);
    expect(httpClient.sent).toHaveLength(1);
    const url = new URL(httpClient.sent[0]?.url ?? '');
    expect(url.pathname).toBe('/devstoreaccount1/releases()');
    expect(url.searchParams.get('$filter')).toBe(
      `PartitionKey eq '${release.appKey}' and RowKey ge '${release.id}:0' and RowKey lt '${release.id}:3'`,
    );
    expect(new URL(captures.rangeQuery.url).pathname).toBe('/devstoreaccount1/Audit()');
  });

  it('shows phase, version and sequence as columns', async () => {
    const store = connect();
    const { release } = await createdIn(store);
    const row = await rawTable(azurite, 'releases').getEntity(release.appKey, `${release.id}:0`);
    expect(row).toMatchObject({
      schema: 1,
      phase: 'queued',
      version: '2.4.0',
      sequence: 1,
      updatedAt: new Date(AT),
    });
  });

  it.each([
    { encoding: 'none' as const, text: (json: string) => json },
    { encoding: 'base64' as const, text: (json: string) => Buffer.from(json).toString('base64') },
  ])('sends ticks in encoding $encoding, gone after an hour', async ({ encoding, text }) => {
    const store = connect({ encoding });
    const queues = QueueServiceClient.fromConnectionString(azurite.connectionString);
    const queue = queues.getQueueClient(QUEUES.ticks);
    await queue.clearMessages();
    const { id } = sampleRelease(freshAppKey());
    await store.tickQueue.send(id, 0);
    const { peekedMessageItems } = await queue.peekMessages();
    expect(peekedMessageItems.map(({ messageText }) => messageText)).toEqual([
      text(JSON.stringify({ release: id })),
    ]);
    const [message] = peekedMessageItems;
    const lifeMs = (message?.expiresOn.getTime() ?? 0) - (message?.insertedOn.getTime() ?? 0);
    expect(lifeMs).toBe(3_600_000);
  });
});

describe('a continuation of the catalog', () => {
  it('belongs to the list that gave it out', async () => {
    const store = connect();
    await store.ensureTables();
    const appKey = freshAppKey();
    for (const createdAt of [AT, AT + 1]) {
      const { id: releaseId } = sampleRelease(appKey);
      const named = { releaseId, appKey, keyHash: undefined, createdAt };
      await store.catalog.put({ ...named, phase: 'ramping', finished: false });
    }
    const ALL = { phase: undefined, keyHash: undefined, max: 1 };
    const lists = [
      { ...ALL, appKey, finished: undefined },
      { ...ALL, appKey, finished: false },
      { ...ALL, appKey: undefined, finished: undefined },
    ];
    const first = async (list: (typeof lists)[number]) =>
      (await store.catalog.list({ ...list, continuation: undefined })).continuation;
    for (const list of lists) {
      for (const other of lists.filter((one) => one !== list)) {
        const foreign = { ...list, continuation: await first(other) };
        await expect(store.catalog.list(foreign)).rejects.toThrow(BadContinuationError);
      }
      const next = await store.catalog.list({ ...list, continuation: await first(list) });
      expect(next.entries).toHaveLength(1);
    }
  });
});
