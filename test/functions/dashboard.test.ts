// The files of the page as they are sent, and what nobody can make the doors send.
import './quiet.ts';

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

import { HttpRequest } from '@azure/functions';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

import { PAGE, PAGE_FILES, pageFileOf } from '../../src/api/page-files.ts';
import { readPage } from '../../src/functions/shared/page-files.ts';
import { type StaticDoor, staticHandler } from '../../src/functions/shared/static-handler.ts';
import { context, ORIGIN } from './calls.ts';

const TEXT = 'the same words again and again, '.repeat(20);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-page-'));
  for (const name of [PAGE, ...PAGE_FILES, 'app.js.map', 'secret.txt']) {
    await writeFile(join(folder, name), `${name}: ${TEXT}`);
  }
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

const SENT = z.object({
  status: z.number(),
  headers: z.record(z.string(), z.string()),
  body: z.instanceof(Uint8Array).optional(),
  jsonBody: z.object({ error: z.object({ code: z.string(), message: z.string() }) }).optional(),
});

const thePage: StaticDoor = () => PAGE;
const aFile: StaticDoor = ({ file }) => pageFileOf(file);

interface Ask {
  readonly door?: StaticDoor;
  readonly file?: string;
  readonly headers?: Record<string, string>;
  readonly from?: string;
  readonly url?: string;
}

async function ask({
  door = thePage,
  file,
  headers = {},
  from = folder,
  url = 'api/dashboard',
}: Ask) {
  const handler = staticHandler(door, () => readPage(from));
  const request = new HttpRequest({
    ...{ method: 'GET', url: `${ORIGIN}/${url}`, headers },
    params: file === undefined ? {} : { file },
  });
  return SENT.parse(await handler(request, context()));
}

describe('a file of the page', () => {
  it.each([
    [PAGE, thePage, 'text/html; charset=utf-8'],
    ['app.js', aFile, 'text/javascript; charset=utf-8'],
    ['app.css', aFile, 'text/css; charset=utf-8'],
  ])('%s is sent with its type and the strict headers', async (file, door, type) => {
    const { status, headers, body } = await ask({ door, file });
    expect(status).toBe(200);
    expect(Buffer.from(body ?? '').toString()).toBe(`${file}: ${TEXT}`);
    expect(headers).toMatchObject({
      'content-type': type,
      'content-security-policy':
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cache-control': 'no-cache',
    });
  });

  it('is not sent again to somebody who has it', async () => {
    const { etag = '' } = (await ask({})).headers;
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await ask({ headers: { 'if-none-match': known } });
      expect(again).toMatchObject({ status: 304, headers: { etag } });
      expect(again.body).toBeUndefined();
    }
    expect((await ask({ headers: { 'if-none-match': '"other"' } })).status).toBe(200);
  });

  it('has another tag when it changes', async () => {
    const before = (await ask({ door: aFile, file: 'app.js' })).headers.etag;
    await writeFile(join(folder, 'app.js'), 'other words');
    const after = (await ask({ door: aFile, file: 'app.js' })).headers.etag;
    await writeFile(join(folder, 'app.js'), `app.js: ${TEXT}`);
    expect(after).not.toBe(before);
  });

  it.each(['gzip', 'br, gzip', 'GZIP;q=0.5', 'deflate , gzip ; q=1.0'])(
    'is compressed for whoever takes %j',
    async (accepted) => {
      const plain = await ask({});
      const { headers, body } = await ask({ headers: { 'accept-encoding': accepted } });
      expect(headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'accept-encoding' });
      expect(headers.etag).not.toBe(plain.headers.etag);
      expect(gunzipSync(body ?? '').toString()).toBe(`${PAGE}: ${TEXT}`);
    },
  );

  it.each(['', 'br', 'gzip;q=0', 'gzip; q=0.0', 'gzipped'])(
    'is sent as it is to whoever takes %j',
    async (accepted) => {
      const { headers, body } = await ask({ headers: { 'accept-encoding': accepted } });
      expect(headers['content-encoding']).toBeUndefined();
      expect(Buffer.from(body ?? '').toString()).toBe(`${PAGE}: ${TEXT}`);
    },
  );
});

describe('a slash too many', () => {
  it.each(['api/dashboard/', 'api/dashboard//', 'api/dashboard/?x=1'])(
    'at the end leads to the page: %s',
    async (url) => {
      const { status, headers } = await ask({ url });
      expect({ status, location: headers.location }).toEqual({
        ...{ status: 308, location: '/api/dashboard' },
      });
      // Kept by a cache it would outlive an answer that is no longer so.
      expect(headers).toMatchObject({
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
      });
    },
  );

  it.each(['/evil.example.com/', '//evil.example.com//'])(
    'never leads to another site: %s',
    async (url) => {
      expect((await ask({ url })).headers.location).toBeUndefined();
    },
  );
});

describe('what is none of them', () => {
  it.each([
    '',
    'index.html',
    'app.js.map',
    'secret.txt',
    'APP.JS',
    '../secret.txt',
    'app.js/',
    'app.js\0',
  ])('is not found: %j', async (file) => {
    const got = await ask({ door: aFile, file });
    expect(got).toMatchObject({ status: 404, jsonBody: { error: { code: 'not-found' } } });
    expect(got.headers['content-security-policy']).toContain("default-src 'none'");
  });

  it('has no name that any text could be', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.webPath()), (file) => {
        const found = pageFileOf(file);
        expect(found === undefined || found === file).toBe(true);
      }),
    );
  });
});

describe('a page that was not built', () => {
  it('is 503 with what to do, until it is there', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'slipway-no-page-'));
    const missing = await ask({ from: empty });
    expect(missing).toMatchObject({ status: 503, jsonBody: { error: { code: 'not-built' } } });
    expect(missing.jsonBody?.error.message).toContain('npm run build');
    for (const name of [PAGE, ...PAGE_FILES]) await writeFile(join(empty, name), name);
    expect((await ask({ from: empty })).status).toBe(200);
    await rm(empty, { recursive: true });
  });
});
