// Slipway's real doors on a port of their own, in front of use cases that a test gives; and a command line
// that asks them, as a process.
import '../functions/quiet.ts';

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

import type { Controller } from '../../src/app.ts';
import { commandRelease } from '../../src/functions/command-release.ts';
import { findApp } from '../../src/functions/find-app.ts';
import { getApp } from '../../src/functions/get-app.ts';
import { getAudit } from '../../src/functions/get-audit.ts';
import { getRelease } from '../../src/functions/get-release.ts';
import { listReleases } from '../../src/functions/list-releases.ts';
import type { HttpDoor } from '../../src/functions/shared/http-handler.ts';
import { startRelease } from '../../src/functions/start-release.ts';
import { call } from '../functions/calls.ts';

export const KEY = 'a-key';

/** What answers in place of the doors: a status with a body, or no answer at all. */
export type Trouble = { readonly status: number; readonly body?: unknown } | 'drop';

export interface ApiServer {
  readonly url: string;
  /** What was asked, as `GET /api/releases?max=1`. */
  readonly asked: readonly string[];
  /** The next answers, one a request; when they are used up the doors answer again. */
  trouble(...answers: readonly Trouble[]): void;
  stop(): Promise<void>;
}

const ROUTES: readonly (readonly [string, RegExp, HttpDoor])[] = [
  ['POST', /^\/releases$/, startRelease],
  ['GET', /^\/releases$/, listReleases],
  ['GET', /^\/releases\/(?<id>[^/]+)$/, getRelease],
  ['GET', /^\/releases\/(?<id>[^/]+)\/audit$/, getAudit],
  ['POST', /^\/releases\/(?<id>[^/]+)\/(?<command>[^/]+)$/, commandRelease],
  ['GET', /^\/apps$/, findApp],
  ['GET', /^\/apps\/(?<appKey>[^/]+)$/, getApp],
];

/** @param slipway the use cases behind the doors, asked for at each request */
export async function startApiServer(slipway: () => Controller): Promise<ApiServer> {
  const asked: string[] = [];
  const troubles: Trouble[] = [];
  const server = createServer((request, response) => {
    const { method = 'GET', url = '/' } = request;
    asked.push(`${method} ${url}`);
    const trouble = troubles.shift();
    if (trouble === 'drop') {
      request.socket.destroy();
      return;
    }
    const answering = trouble ?? answer(slipway(), request);
    void Promise.resolve(answering).then(({ status, body }) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(body === undefined ? '' : JSON.stringify(body));
    });
  });
  await listening(server);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    trouble: (...answers) => troubles.push(...answers),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listening(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
}

async function answer(
  slipway: Controller,
  request: IncomingMessage,
): Promise<{ readonly status: number; readonly body?: unknown }> {
  // Without a valid key the host answers, and no door is asked.
  if (request.headers['x-functions-key'] !== KEY) return { status: 401 };
  const method = request.method ?? 'GET';
  const { pathname, search } = new URL(request.url ?? '/', 'http://host');
  const under = pathname.replace(/^\/api/, '');
  const found = ROUTES.find(([verb, pattern]) => verb === method && pattern.test(under));
  if (found === undefined) return { status: 404 };
  const [, pattern, door] = found;
  const body = await text(request);
  const actor = request.headers['x-slipway-actor'];
  const got = await call(door, slipway, {
    method,
    path: `${under}${search}`,
    params: { ...pattern.exec(under)?.groups },
    ...(typeof actor === 'string' ? { headers: { 'x-slipway-actor': actor } } : {}),
    ...(body === '' ? {} : { body }),
  });
  return { status: got.status, body: got.json };
}

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Slipway {
  /** The bundle, as it is given to people. */
  readonly file: string;
  /** A folder of its own, in which the command runs. */
  readonly folder: string;
  run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>;
  remove(): void;
}

const inProject = (file: string): string =>
  fileURLToPath(new URL(`../../${file}`, import.meta.url));

/** Bundles the command into a folder of its own: from source it would take a second more to start. */
export async function buildSlipway(): Promise<Slipway> {
  const folder = mkdtempSync(path.join(tmpdir(), 'slipway-cli-'));
  const file = path.join(folder, 'slipway.cjs');
  await build({
    ...{ entryPoints: [inProject('src/cli/main.ts')], outfile: file, bundle: true },
    ...{ platform: 'node', target: 'node22', format: 'cjs', logLevel: 'warning' },
  });
  return {
    file,
    folder,
    run: (args, env = {}) =>
      new Promise((resolve) => {
        const all = { PATH: process.env.PATH, ...env };
        execFile(
          process.execPath,
          [file, ...args],
          { env: all, cwd: folder },
          (error, out, err) => {
            resolve({ code: error === null ? 0 : Number(error.code), stdout: out, stderr: err });
          },
        );
      }),
    remove: () => rmSync(folder, { recursive: true }),
  };
}
