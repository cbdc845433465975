import { connect } from 'node:net';

import { QueueServiceClient } from '@azure/storage-queue';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startAzurite } from '../../../src/local/azurite.ts';
import type { Azurite } from '../../../src/local/azurite.ts';
import { createTimerStatusStore } from '../../../src/local/host/timer-status.ts';
import { buildSampleApp, eventually, eventuallyEvents, KEYS, startSampleHost } from './support.ts';
import type { SampleApp, SampleHost } from './support.ts';

let azurite: Azurite;
let sample: SampleApp;
let queues: QueueServiceClient;

beforeAll(async () => {
  [azurite, sample] = await Promise.all([startAzurite({ log: () => undefined }), buildSampleApp()]);
  queues = QueueServiceClient.fromConnectionString(azurite.connectionString);
});
afterAll(async () => {
  await azurite.stop();
  await sample.remove();
});

const start = (options: Omit<Parameters<typeof startSampleHost>[1], 'storageConnectionString'>) =>
  startSampleHost(sample, { storageConnectionString: azurite.connectionString, ...options });

describe('a caller who sends one byte after the other', () => {
  it('is cut off with 408, though a byte always comes in time', async () => {
    const slow = await start({ prefix: 'slow', limits: { requestLimitMs: 500 } });
    const { port } = new URL(slow.url);
    const socket = connect({ host: '127.0.0.1', port: Number(port) });
    const parts: Buffer[] = [];
    socket.on('data', (part) => parts.push(part));
    socket.on('error', () => undefined);
    const head = 'POST /api/echo/1/2 HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 100000';
    socket.write(`${head}\r\n\r\n`);
    const drip = setInterval(() => socket.write('x'), 50);
    await new Promise((resolve) => socket.once('close', resolve));
    clearInterval(drip);
    expect(Buffer.concat(parts).toString()).toMatch(/^HTTP\/1\.1 408 /);
    expect((await fetch(`${slow.url}/api/echo/1/2`)).status).toBe(201);
    await slow.stop();
  });
});

describe('the doors', { timeout: 30_000 }, () => {
  let host: SampleHost;
  beforeAll(async () => {
    const limits = { bodyLimitBytes: 1000, answerLimitMs: 500 };
    host = await start({ prefix: 'doors', limits });
  });
  afterAll(() => host.stop());

  const call = (path: string, init?: RequestInit) => fetch(`${host.url}${path}`, init);

  it('lists the registered functions, with settings resolved', () => {
    expect(host.functions).toContainEqual({
      type: 'queue',
      name: 'work',
      queueName: 'doors-work',
      connection: 'AzureWebJobsStorage',
    });
    expect(host.functions).toContainEqual({
      type: 'http',
      name: 'guarded',
      route: 'guarded',
      methods: ['GET'],
      authLevel: 'function',
    });
    expect(host.functions.filter(({ type }) => type === 'timer')).toHaveLength(3);
  });

  it('passes method, parameters, query, headers and body, and returns status, headers and body', async () => {
    const response = await call('/api/echo/a%20b/c?x=1&x=2', {
      method: 'POST',
      headers: { 'x-test': 'hello' },
      body: 'ü',
    });
    expect(response.status).toBe(201);
    expect(response.headers.get('x-echo')).toBe('yes');
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toEqual({
      method: 'POST',
      path: '/api/echo/a%20b/c',
      params: { id: 'a b', part: 'c' },
      query: { x: '1,2' },
      header: 'hello',
      text: 'ü',
    });
  });

  it('lead from / to the home that they were given, for everybody', async () => {
    const other = await start({ prefix: 'home', home: '/api/echo/1' });
    const response = await fetch(`${other.url}/?x=1`, { redirect: 'manual' });
    expect(response.status).toBe(302);
    expect(response.headers.get('location')).toBe('/api/echo/1');
    await other.stop();
  });

  it.each([
    ['GET', '/api/echo/1', 201],
    ['GET', '/API/Echo/1/', 201],
    ['GET', '/api/echo', 404],
    ['GET', '/api/echo/1/2/3', 404],
    ['GET', '/echo/1', 404],
    ['DELETE', '/api/echo/1', 404],
    ['POST', '/api/items/1/pause', 200],
    ['POST', '/api/items/one/pause', 404],
    ['POST', '/api/items/1/explode', 404],
    ['GET', '/', 404],
    ['GET', '/api/nothing', 204],
  ])('answers %s %s with %i', async (method, path, status) => {
    expect((await call(path, { method })).status).toBe(status);
  });

  it('prefers a literal segment to a parameter', async () => {
    expect(await (await call('/api/echo/fixed')).text()).toBe('literal');
  });

  it('answers HEAD without a body where it is registered', async () => {
    const response = await call('/api/echo/1', { method: 'HEAD' });
    expect([response.status, await response.text()]).toEqual([201, '']);
  });

  it.each([
    ['/api/guarded', {}, 401],
    ['/api/guarded', { 'x-functions-key': 'wrong' }, 401],
    ['/api/guarded', { 'x-functions-key': KEYS.host }, 200],
    ['/api/guarded', { 'x-functions-key': KEYS.master }, 200],
    [`/api/guarded?code=${KEYS.host}`, {}, 200],
    ['/api/admins', { 'x-functions-key': KEYS.host }, 401],
    ['/api/admins', { 'x-functions-key': KEYS.master }, 200],
    ['/admin/functions', { 'x-functions-key': KEYS.host }, 401],
    ['/admin/host/status', {}, 401],
  ])('%s with %o answers %i', async (path, headers, status) => {
    const response = await call(path, { headers });
    expect(response.status).toBe(status);
    if (status === 401) expect(await response.text()).toBe('');
  });

  it('answers 500 with nothing of the error, which it logs with its stack and cause', async () => {
    const response = await call('/api/throws');
    expect([response.status, await response.text()]).toEqual([500, '']);
    const log = host.lines.join('\n');
    expect(log).toContain('[warning] throws: about to throw');
    expect(log).toMatch(/\[error\] throws: .*broken on purpose/);
    expect(log).toContain('caused by Error: the root');
  });

  it('refuses a body above the limit', async () => {
    const response = await call('/api/echo/1', { method: 'POST', body: 'x'.repeat(1001) });
    expect(response.status).toBe(413);
  });

  it('drops a body without a length, as the real host does without streaming', async () => {
    const body = new Blob(['x']).stream();
    const init: RequestInit = { method: 'POST', body, duplex: 'half' };
    expect(await (await call('/api/echo/1', init)).json()).toMatchObject({ text: '' });
  });

  it('gives up on a slow answer while the function goes on', async () => {
    expect((await call('/api/slow')).status).toBe(504);
    await eventuallyEvents(host, 'slow-done', 1);
  });

  it('sets cookies', async () => {
    const response = await call('/api/cookie');
    expect(response.headers.getSetCookie()).toEqual([
      'a=b%20c; Path=/; Max-Age=5; HttpOnly; SameSite=Lax',
    ]);
  });

  it('shows its functions and status to an administrator', async () => {
    const headers = { 'x-functions-key': KEYS.master };
    const list: unknown = await (await call('/admin/functions', { headers })).json();
    expect(list).toContainEqual(expect.objectContaining({ name: 'echo', language: 'node' }));
    const status: unknown = await (await call('/admin/host/status', { headers })).json();
    expect(status).toMatchObject({ state: 'Running' });
    expect((await call('/admin/functions/absent', { headers })).status).toBe(404);
  });

  it('runs timer and queue functions by hand', async () => {
    const headers = { 'x-functions-key': KEYS.master };
    const run = (name: string, body: string) =>
      call(`/admin/functions/${name}`, { method: 'POST', headers, body });
    expect((await run('yearly', '{}')).status).toBe(202);
    expect((await run('sink', '{"input":"by hand"}')).status).toBe(202);
    expect((await run('sink', 'no json')).status).toBe(400);
    expect((await run('echo', '{}')).status).toBe(400);
    await eventuallyEvents(host, 'yearly', 1);
    expect(await eventuallyEvents(host, 'sink', 1)).toMatchObject([{ entry: 'by hand' }]);
  });
});

describe('queues', { timeout: 30_000 }, () => {
  let host: SampleHost;
  beforeAll(async () => {
    host = await start({ prefix: 'plain', limits: { queueLeaseSeconds: 2 } });
  });
  afterAll(() => host.stop());

  const send = (name: string, text: string) =>
    queues.getQueueClient(`plain-${name}`).sendMessage(text);
  const isEmpty = async (name: string) => {
    const { approximateMessagesCount } = await queues
      .getQueueClient(`plain-${name}`)
      .getProperties();
    return approximateMessagesCount === 0 ? true : undefined;
  };

  it('deliver a JSON message with its metadata, and delete it', async () => {
    await send('sink', '{"name":"first"}');
    const [event] = await eventuallyEvents(host, 'sink', 1);
    expect(event).toMatchObject({ entry: { name: 'first' }, dequeueCount: 1 });
    expect(event?.insertionTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/);
    await eventually(() => isEmpty('sink'));
  });

  it('move a message to the poison queue after five failures, where its function gets it', async () => {
    await send('work', 'fail');
    const [poisoned] = await eventuallyEvents(host, 'poison', 1);
    expect(poisoned).toMatchObject({ entry: 'fail', dequeueCount: 1 });
    const tries = (await host.events('work')).map(({ dequeueCount }) => dequeueCount);
    expect(tries).toEqual([1, 2, 3, 4, 5]);
    expect(host.lines.join('\n')).toContain('was moved to queue plain-work-poison');
    await eventually(() => isEmpty('work'));
  });

  it('hold a message longer than its lease while its function runs', async () => {
    await send('work', 'long');
    await eventually(async () =>
      (await host.events('work-done')).find(({ entry }) => entry === 'long'),
    );
    await eventually(() => isEmpty('work'));
    const deliveries = (await host.events('work')).filter(({ entry }) => entry === 'long');
    expect(deliveries).toHaveLength(1);
  });

  it('take what functions return and set: arrays fan out', async () => {
    const before = (await host.events('sink')).length;
    const body = JSON.stringify([{ n: 1 }, { n: 2 }, 'three']);
    const response = await fetch(`${host.url}/api/send`, { method: 'POST', body });
    expect(response.status).toBe(202);
    await fetch(`${host.url}/api/send`, { method: 'POST', body: '[]' });
    await send('chain', 'link');
    const entries = (await eventuallyEvents(host, 'sink', before + 4))
      .slice(before)
      .map(({ entry }) => entry);
    expect(entries).toHaveLength(4);
    expect(entries).toEqual(
      expect.arrayContaining([{ n: 1 }, { n: 2 }, 'three', { chained: 'link' }]),
    );
  });
});

describe('queues with base64', { timeout: 30_000 }, () => {
  let host: SampleHost;
  beforeAll(async () => {
    host = await start({ prefix: 'coded', queues: { messageEncoding: 'base64' } });
  });
  afterAll(() => host.stop());

  it('decode a message, and encode what functions send', async () => {
    const chain = queues.getQueueClient('coded-chain');
    await chain.sendMessage(Buffer.from('{"text":"ü"}').toString('base64'));
    const [event] = await eventuallyEvents(host, 'sink', 1);
    expect(event).toMatchObject({ entry: { chained: { text: 'ü' } } });
  });

  it('move raw JSON to the poison queue as it is', async () => {
    await queues.getQueueClient('coded-sink').sendMessage('{"raw":true}');
    const poison = queues.getQueueClient('coded-sink-poison');
    const message = await eventually(async () => {
      if (!(await poison.exists())) return undefined;
      return (await poison.receiveMessages()).receivedMessageItems[0];
    });
    expect(message.messageText).toBe('{"raw":true}');
  });
});

describe('timers', { timeout: 60_000 }, () => {
  it('fire on their schedule, at startup when asked, and once when they are past due', async () => {
    const store = createTimerStatusStore(azurite.connectionString);
    const missed = { expression: '0 0 0 1 1 *', lastMs: 1000, nextMs: Date.now() - 60_000 };
    await store.write('yearly', missed);
    const host = await start({ prefix: 'timers', env: { SCHEDULE: '* * * * * *' } });
    const seconds = await eventuallyEvents(host, 'second', 2);
    expect(seconds[0]).toMatchObject({ timer: { isPastDue: false, scheduleStatus: null } });
    const [yearly, ...others] = await eventuallyEvents(host, 'yearly', 1);
    expect(others).toEqual([]);
    expect(yearly).toMatchObject({
      timer: { isPastDue: true, scheduleStatus: { last: '1970-01-01T00:00:01.000+00:00' } },
    });
    expect(await eventuallyEvents(host, 'startup', 1)).toHaveLength(1);
    await host.stop();
    expect((await store.read('yearly'))?.nextMs).toBeGreaterThan(Date.now());
  });
});

describe('its process', { timeout: 60_000 }, () => {
  it('runs the hooks, and ends when stopped', async () => {
    const host = await start({ prefix: 'hooks' });
    expect(await host.events('appStart')).toHaveLength(1);
    expect(await host.events('appTerminate')).toHaveLength(0);
    await host.stop();
    expect(await host.exited).toEqual({ code: 0, signal: null });
    expect(await host.events('appTerminate')).toHaveLength(1);
    await expect(fetch(host.url)).rejects.toThrow();
  });

  it('waits for a running function when stopped', async () => {
    const host = await start({ prefix: 'graceful' });
    const answer = fetch(`${host.url}/api/slow`);
    await eventuallyEvents(host, 'slow-started', 1);
    await host.stop();
    expect(await (await answer).text()).toBe('late');
    expect(await host.events('slow-done')).toHaveLength(1);
  });

  it('leaves a message to the next host when it is killed', async () => {
    const limits = { queueLeaseSeconds: 1 };
    const first = await start({ prefix: 'killed', limits });
    await queues.getQueueClient('killed-work').sendMessage('hang-once');
    await eventuallyEvents(first, 'work', 1);
    await first.kill();
    expect(await first.exited).toEqual({ code: null, signal: 'SIGKILL' });
    const second = await start({ prefix: 'killed', limits });
    const [done] = await eventuallyEvents(second, 'work-done', 1);
    expect(done).toMatchObject({ entry: 'hang-once' });
    expect((await second.events('work')).at(-1)).toMatchObject({ dequeueCount: 2 });
    await second.stop();
  });

  it.each([
    ['a missing setting', { PREFIX: '' }, /refers to the setting "PREFIX", which is not set/],
    ['a bad schedule', { SCHEDULE: 'often' }, /"second" has the schedule "often"/],
    [
      'a bad host.json',
      { AzureFunctionsJobHost__extensions__queues__batchSize: '33' },
      /extensions\.queues\.batchSize/,
    ],
  ])('says what is wrong with %s', async (_what, env, message) => {
    await expect(start({ prefix: 'wrong', env })).rejects.toThrow(message);
  });

  it('says so when the port is taken', async () => {
    const host = await start({ prefix: 'port' });
    const { hostname, port } = new URL(host.url);
    expect(hostname).toBe('127.0.0.1');
    const { spawnFunctionsHost } = await import('../../../src/local/host/spawn.ts');
    const second = spawnFunctionsHost({
      mainFile: sample.mainFile,
      hostJsonFile: `${sample.folder}/port-host.json`,
      storageConnectionString: azurite.connectionString,
      port: Number(port),
      env: { EVENTS_FILE: `${sample.folder}/port.jsonl`, PREFIX: 'port', SCHEDULE: '* * * * * *' },
      log: () => undefined,
    });
    await expect(second).rejects.toThrow(/stop what uses it, or choose another port/);
    await host.stop();
  });
});
