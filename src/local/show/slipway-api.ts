/** Slipway's HTTP API as the show uses it: what a CI job or a person with `curl` sees, and no more. */
import { z } from 'zod';

import type { AuditRow } from '../../release/audit.ts';

const counts = z.object({ requests: z.number(), failures: z.number() });

const releaseSchema = z.object({
  id: z.string(),
  version: z.string(),
  baseline: z.string().nullable(),
  phase: z.string(),
  finished: z.boolean(),
  reason: z.string(),
  message: z.string(),
  weights: z.object({ confirmed: z.number(), wanted: z.number(), share: z.number().optional() }),
  verdict: z
    .object({
      outcome: z.string(),
      harm: z.number(),
      harmThreshold: z.number(),
      certify: z.number().nullable(),
      certifyThreshold: z.number(),
      canary: counts,
      baseline: counts,
    })
    .nullable(),
  sequence: z.number(),
  chainHead: z.string(),
  createdAt: z.string(),
});

/** The part of a release (api/contract.ts) that the show looks at. */
export type ShownRelease = z.infer<typeof releaseSchema>;

const bodySchema = z.looseObject({
  action: z.string(),
  at: z.string(),
  from: z.string(),
  to: z.string(),
  reason: z.string(),
  message: z.string(),
  // Rows of a store that an earlier version wrote have no share.
  weight: z.object({ confirmed: z.number(), wanted: z.number(), share: z.number().optional() }),
});

const auditSchema = z.object({
  rows: z.array(
    z.object({
      sequence: z.number(),
      at: z.string(),
      body: z.unknown(),
      prevHash: z.string(),
      hash: z.string(),
    }),
  ),
});

/** One transition: what it says, and the row as `verifyChain` takes it. */
export interface ShownRow {
  readonly body: z.infer<typeof bodySchema>;
  readonly row: AuditRow;
}

export interface SlipwayApi {
  release(id: string): Promise<ShownRelease>;
  /** The release that was started with this key; undefined while there is none. */
  releaseByKey(key: string): Promise<ShownRelease | undefined>;
  /** All rows from this sequence on. */
  audit(id: string, from: number): Promise<readonly ShownRow[]>;
  /** The unfinished release that holds the app; undefined when its slot may be deployed to. */
  activeRelease(siteId: string): Promise<ShownRelease | undefined>;
  /** The newest releases that were rejected, newest first. */
  rejectedReleases(): Promise<readonly ShownRelease[]>;
  command(id: string, command: 'abort' | 'acknowledge', reason: string): Promise<void>;
}

/** Thrown for an answer that is no success. */
export class ApiError extends Error {
  readonly code = 'api';

  constructor(what: string, status: number, body: string) {
    super(`${what} was answered with ${status}: ${body.slice(0, 1_000)}`);
    this.name = 'ApiError';
  }
}

const ANSWER_LIMIT_MS = 15_000;
const PAGE_ROWS = 100;
const PAGES_MOST = 100;

/** @param url the function app's address, without `/api` */
export function createSlipwayApi(url: string, key: string): SlipwayApi {
  const call = async (path: string, body?: unknown): Promise<unknown> => {
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    const answer = await fetch(`${url}/api/${path}`, {
      ...init,
      headers: { 'x-functions-key': key, 'content-type': 'application/json' },
      signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
    });
    const text = await answer.text();
    if (!answer.ok) throw new ApiError(`${init.method ?? 'GET'} /api/${path}`, answer.status, text);
    return JSON.parse(text) as unknown;
  };
  const one = z.object({ release: releaseSchema });
  const many = z.object({ releases: z.array(releaseSchema) });
  const app = z.object({ app: z.object({ active: releaseSchema.nullable() }) });
  return {
    release: async (id) => one.parse(await call(`releases/${id}`)).release,
    releaseByKey: async (wanted) =>
      many.parse(await call(`releases?key=${encodeURIComponent(wanted)}`)).releases[0],
    audit: (id, from) => allRows(id, from, (path) => call(path)),
    activeRelease: async (siteId) => {
      const answer = app.parse(await call(`apps?site=${encodeURIComponent(siteId)}`));
      return answer.app.active ?? undefined;
    },
    rejectedReleases: async () => many.parse(await call('releases?phase=rejected&max=20')).releases,
    command: async (id, command, reason) => {
      await call(`releases/${id}/${command}`, { reason });
    },
  };
}

async function allRows(
  id: string,
  from: number,
  call: (path: string) => Promise<unknown>,
): Promise<readonly ShownRow[]> {
  const found: ShownRow[] = [];
  for (let page = 0; page < PAGES_MOST; page += 1) {
    const start = from + found.length;
    const answer = await call(`releases/${id}/audit?from=${start}&max=${PAGE_ROWS}`);
    const { rows } = auditSchema.parse(answer);
    found.push(...rows.map((row) => shownRow(id, row)));
    if (rows.length < PAGE_ROWS) break;
  }
  return found;
}

/**
 * The API gives a body as JSON, the chain hashes its text. JSON.stringify wrote that text, so writing
 * the parsed value again gives the same one, or the hash says so. Not of what zod gives: it puts the
 * keys of an object into the order of its schema.
 */
function shownRow(releaseId: string, row: z.infer<typeof auditSchema>['rows'][number]): ShownRow {
  const { sequence, at, body, prevHash, hash } = row;
  const text = JSON.stringify(body);
  return {
    body: bodySchema.parse(body),
    row: { releaseId, sequence, at: Date.parse(at), body: text, prevHash, hash },
  };
}
