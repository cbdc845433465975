/** Slipway as its callers know it: HTTP with a function key, every answer checked against the contract. */
import { z } from 'zod';

import type { AuditRow } from '../../../src/release/audit.ts';
import { verifyChain, type ChainCheck } from '../../../src/release/chain.ts';
import { demandDescribed } from '../described-answers.ts';

const counts = z.object({ requests: z.number(), failures: z.number() });

const releaseSchema = z.object({
  id: z.string(),
  app: z.object({ key: z.string(), siteId: z.string() }),
  version: z.string(),
  baseline: z.string().nullable(),
  requestedBy: z.object({ name: z.string(), claimed: z.boolean() }),
  phase: z.string(),
  finished: z.boolean(),
  reason: z.string(),
  message: z.string(),
  step: z
    .object({ number: z.number(), weight: z.number(), confirmedAt: z.string().nullable() })
    .nullable(),
  pause: z
    .object({ from: z.string(), found: z.string().nullable(), choices: z.array(z.string()) })
    .nullable(),
  weights: z.object({ steps: z.array(z.number()), confirmed: z.number(), wanted: z.number() }),
  intent: z
    .object({ kind: z.string(), direction: z.string().nullable(), claimed: z.boolean() })
    .nullable(),
  verdict: z.object({ outcome: z.string(), canary: counts, baseline: counts }).nullable(),
  sequence: z.number(),
  chainHead: z.string(),
  swappedAt: z.string().nullable(),
  links: z.object({ self: z.string(), audit: z.string(), app: z.string() }),
});
/** The part of `api/contract.ts`'s ReleaseView that stories look at. */
export type ReleaseSeen = z.infer<typeof releaseSchema>;

const bodySchema = z.looseObject({
  at: z.string(),
  action: z.string(),
  actor: z.object({ kind: z.string(), name: z.string() }),
  from: z.string(),
  to: z.string(),
  reason: z.string(),
  message: z.string(),
  weight: z.object({ confirmed: z.number(), wanted: z.number() }),
  facts: z.record(z.string(), z.unknown()),
});
export type AuditSeen = z.infer<typeof bodySchema>;

const auditSchema = z.object({
  rows: z.array(
    z.object({
      sequence: z.number(),
      at: z.string(),
      // Not parsed further: zod would put the keys into another order, and the chain hashes the text.
      body: z.unknown(),
      prevHash: z.string(),
      hash: z.string(),
    }),
  ),
  next: z.number().nullable(),
});

const appSchema = z.object({
  app: z.object({
    key: z.string(),
    free: z.boolean(),
    active: releaseSchema.nullable(),
    lastPromoted: z.object({ release: z.string(), version: z.string() }).nullable(),
  }),
});

const poisonSchema = z.object({
  poison: z.array(
    z.object({ queue: z.string(), code: z.string(), problem: z.string(), message: z.string() }),
  ),
});
export type PoisonSeen = z.infer<typeof poisonSchema>['poison'][number];

const oneRelease = z.object({ release: releaseSchema });
const manyReleases = z.object({ releases: z.array(releaseSchema) });

/** One answer, whatever its status. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

export interface SlipwayClient {
  /** Any request; `path` begins after `/api/`. A text body is sent as it is. */
  send(path: string, request?: Request): Promise<Answer>;
  release(id: string): Promise<ReleaseSeen>;
  /** Newest first. */
  releasesByKey(key: string): Promise<readonly ReleaseSeen[]>;
  releasesOfApp(siteId: string): Promise<readonly ReleaseSeen[]>;
  app(siteId: string): Promise<z.infer<typeof appSchema>['app']>;
  command(id: string, command: string, order?: Order): Promise<Answer>;
  audit(id: string): Promise<readonly AuditSeen[]>;
  /** Re-computes the chain of what HTTP gives. */
  checkChain(id: string): Promise<ChainCheck>;
  poison(): Promise<readonly PoisonSeen[]>;
}

export interface Request {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Order {
  readonly reason?: string;
  readonly expectedSequence?: number;
  readonly choice?: 'adopt' | 'reapply';
}

const ANSWER_LIMIT_MS = 20_000;
const PAGE_ROWS = 200;

/** @param door where the function app is now; it moves when its host is started again */
export function createSlipwayClient(
  door: () => { readonly url: string; readonly key: string },
): SlipwayClient {
  const send: SlipwayClient['send'] = async (path, { method = 'GET', body, headers } = {}) => {
    const { url, key } = door();
    const answer = await fetch(`${url}/api/${path}`, {
      method,
      headers: { 'x-functions-key': key, ...headers },
      signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    demandDescribed({ method, path }, { status: answer.status, body: text });
    return { status: answer.status, headers: answer.headers, body: parsedOrText(text) };
  };
  const get = async (path: string): Promise<unknown> => {
    const { status, body } = await patiently(() => send(path));
    if (status !== 200) throw new Error(`GET /api/${path}: ${status} ${JSON.stringify(body)}`);
    return body;
  };
  const release = async (id: string): Promise<ReleaseSeen> =>
    oneRelease.parse(await get(`releases/${id}`)).release;
  const rows = (id: string): Promise<AuditRows> => allRows(id, get);
  return {
    send,
    release,
    releasesByKey: async (key) =>
      manyReleases.parse(await get(`releases?key=${encodeURIComponent(key)}`)).releases,
    releasesOfApp: async (siteId) =>
      manyReleases.parse(await get(`releases?app=${encodeURIComponent(siteId)}`)).releases,
    app: async (siteId) =>
      appSchema.parse(await get(`apps?site=${encodeURIComponent(siteId)}`)).app,
    command: (id, command, order = {}) =>
      send(`releases/${id}/${command}`, {
        method: 'POST',
        body: { reason: 'because of the story', ...order },
      }),
    audit: async (id) => (await rows(id)).map(({ body }) => bodySchema.parse(body)),
    checkChain: async (id) => {
      const found = (await rows(id)).map((row) => chainRow(id, row));
      // The release is read after its rows; one that moved on meanwhile has more rows than were read.
      const { sequence, chainHead } = await release(id);
      return verifyChain(found, { releaseId: id, sequence, head: chainHead });
    },
    poison: async () => poisonSchema.parse(await get('poison?max=100')).poison,
  };
}

/** The release of an answer to a start or a command. */
export function releaseOf(answer: Answer): ReleaseSeen {
  return oneRelease.parse(answer.body).release;
}

/** Code and details of an error answer. */
export function errorOf(answer: Answer): z.infer<typeof errorSchema>['error'] {
  return errorSchema.parse(answer.body).error;
}

const errorSchema = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    details: z
      .array(z.object({ path: z.string(), code: z.string(), message: z.string() }))
      .default([]),
  }),
});

const TRIES = 10;
const TRY_AGAIN_MS = 500;

/** A reader asks again while a host is being started again. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await ask();
    } catch (error) {
      // fetch says TypeError for every connection that failed.
      if (!(error instanceof TypeError) || tries >= TRIES) throw error;
      await new Promise((resolve) => {
        setTimeout(resolve, TRY_AGAIN_MS);
      });
    }
  }
}

type AuditRows = z.infer<typeof auditSchema>['rows'];

async function allRows(id: string, get: (path: string) => Promise<unknown>): Promise<AuditRows> {
  const found: AuditRows = [];
  for (let from: number | null = 1; from !== null;) {
    const page: z.infer<typeof auditSchema> = auditSchema.parse(
      await get(`releases/${id}/audit?from=${from}&max=${PAGE_ROWS}`),
    );
    found.push(...page.rows);
    from = page.next;
  }
  return found;
}

/** JSON.stringify wrote the text that was hashed; writing the parsed value again gives the same text. */
function chainRow(releaseId: string, row: AuditRows[number]): AuditRow {
  const { sequence, at, body, prevHash, hash } = row;
  return {
    ...{ releaseId, sequence, prevHash, hash },
    at: Date.parse(at),
    body: JSON.stringify(body),
  };
}

function parsedOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
