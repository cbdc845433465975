import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { readBody, sendJson } from './http.ts';

/**
 * What people press on the ARM port, without authentication:
 *
 *   POST /local/deploy   {"site": "shop", "slot": "staging", "content": "shop@2.0.0"}
 *                        pushes content into a slot, as a deployment from CI would
 *   GET  /local/state    all sites with slots, volumes, rules and swaps
 */
export interface ControlActions {
  deploy(request: DeployRequest): Promise<{ readonly deploymentId: string }>;
  state(): unknown;
}

export interface DeployRequest {
  readonly site: string;
  /** `production` or the name of a slot. */
  readonly slot: string;
  readonly content: string;
}

const deployBody = z.strictObject({
  site: z.string().min(1),
  slot: z.string().min(1),
  content: z.string().min(1),
});

/** True when the path is one of `/local/`, which is then answered. */
export function createControl(
  actions: ControlActions,
): (req: IncomingMessage, res: ServerResponse) => boolean {
  return (req, res) => {
    const path = (req.url ?? '').split('?')[0] ?? '';
    if (!path.startsWith('/local/')) return false;
    answer(actions, req, path).then(
      ({ status, body }) => sendJson(res, status, { body }),
      (error: unknown) => {
        const message = error instanceof Error ? error.message : String(error);
        sendJson(res, 400, { body: { error: { code: 'BadRequest', message } } });
      },
    );
    return true;
  };
}

async function answer(
  actions: ControlActions,
  req: IncomingMessage,
  path: string,
): Promise<{ status: number; body: unknown }> {
  if (req.method === 'GET' && path === '/local/state') {
    return { status: 200, body: actions.state() };
  }
  if (req.method === 'POST' && path === '/local/deploy') {
    const parsed = deployBody.safeParse(JSON.parse(await readBody(req)));
    if (!parsed.success) throw new Error(z.prettifyError(parsed.error));
    return { status: 200, body: await actions.deploy(parsed.data) };
  }
  const message = `there is no ${req.method ?? ''} ${path}; there are GET /local/state and POST /local/deploy`;
  return { status: 404, body: { error: { code: 'NotFound', message } } };
}
