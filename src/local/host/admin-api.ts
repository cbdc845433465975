/** The part of the real host's admin API that serves here: list, status, and run by hand. Needs the master key. */
import { z } from 'zod';

import { hostVersion } from './core-module.ts';
import type { FunctionInfo, LocalFunction } from './function-description.ts';

/** What the admin API shows and does. */
export interface AdminApp {
  readonly functions: readonly LocalFunction[];
  /** Starts a timer or queue function with this text, as the portal's "Test/Run" does; not awaited. */
  readonly runByHand: (fn: LocalFunction, input: string) => void;
}

/** An answer; without `json` its body is empty. */
export interface AdminAnswer {
  readonly status: number;
  readonly json?: unknown;
}

const runSchema = z.object({ input: z.string().default('') }).prefault({});

/** Answers `GET /admin/functions[/NAME]`, `GET /admin/host/status` and `POST /admin/functions/NAME`. */
export function answerAdmin(
  app: AdminApp,
  request: { readonly method: string; readonly path: string; readonly body: Buffer | undefined },
): AdminAnswer {
  const [, , area, name, ...rest] = request.path.split('/');
  if (area === undefined || rest.length > 0) return { status: 404 };
  if (request.method === 'GET' && area === 'host' && name === 'status')
    return { status: 200, json: status() };
  if (area !== 'functions') return { status: 404 };
  if (name === undefined && request.method === 'GET') {
    return { status: 200, json: app.functions.map((fn) => describe(fn)) };
  }
  const fn = app.functions.find(({ info }) => info.name.toLowerCase() === name?.toLowerCase());
  if (fn === undefined) return { status: 404 };
  if (request.method === 'GET') return { status: 200, json: describe(fn) };
  return request.method === 'POST' ? runByHand(app, fn, request.body) : { status: 404 };
}

function runByHand(app: AdminApp, fn: LocalFunction, body: Buffer | undefined): AdminAnswer {
  if (fn.info.type === 'http') {
    return problem(`Function "${fn.info.name}" is called over its own route.`);
  }
  let written: unknown;
  try {
    written = body === undefined ? {} : JSON.parse(body.toString('utf8'));
  } catch {
    return problem('The body must be JSON like {"input": "text of the message"}.');
  }
  const parsed = runSchema.safeParse(written);
  if (!parsed.success) return problem('`input` must be a text.');
  app.runByHand(fn, parsed.data.input);
  return { status: 202 };
}

function problem(message: string): AdminAnswer {
  return { status: 400, json: { Message: message } };
}

function status(): unknown {
  const processUptime = Math.round(process.uptime() * 1000);
  return { id: 'local', state: 'Running', version: hostVersion, processUptime, platform: 'local' };
}

function describe({ info, registered }: LocalFunction): unknown {
  const { bindings } = registered.metadata;
  return {
    name: info.name,
    ...details(info),
    language: 'node',
    isDisabled: false,
    config: { bindings: Object.entries(bindings).map(([name, binding]) => ({ ...binding, name })) },
  };
}

function details(info: FunctionInfo): object {
  return info.type === 'http' ? { invoke_url_template: info.route } : {};
}
