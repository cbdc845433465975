/** The routes that the command line asks, each answer checked as far as it is read. */
import { z } from 'zod';

import type {
  AppAnswer,
  AppsAnswer,
  AuditAnswer,
  CommandAnswer,
  ReleaseAnswer,
  ReleasesAnswer,
  ReleaseView,
  StartAnswer,
} from '../api/contract.ts';
import { SlipwayError } from '../release/errors.ts';
import type { CommandKind } from '../release/event.ts';
import { type ApiAccess, type ApiRequest, askApi } from './api-client.ts';

/** An answer with what time it was over there (milliseconds; undefined: not said). */
export type Told<T> = T & { readonly at: number | undefined };

export interface ReleasesQuery {
  /** Key or resource id. */
  readonly app?: string | undefined;
  readonly phase?: string | undefined;
  readonly finished?: boolean | undefined;
  readonly key?: string | undefined;
  readonly max: number;
  readonly continuation?: string | undefined;
}

export interface CommandOrder {
  readonly reason: string;
  readonly choice?: string | undefined;
  readonly expectedSequence?: number | undefined;
}

export function getRelease(access: ApiAccess, id: string): Promise<Told<ReleaseAnswer>> {
  return asked(access, get(`releases/${id}`), ONE);
}

export function listReleases(
  access: ApiAccess,
  query: ReleasesQuery,
): Promise<Told<ReleasesAnswer>> {
  const said = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) said.set(name, String(value));
  }
  return asked(access, get(`releases?${said.toString()}`), MANY);
}

/** @param from a sequence; at most `max` (1 to 1000) rows from it on */
export function getAudit(
  access: ApiAccess,
  id: string,
  { from, max }: { readonly from: number; readonly max: number },
): Promise<Told<AuditAnswer>> {
  return asked(access, get(`releases/${id}/audit?from=${from}&max=${max}`), ROWS);
}

/** The most that one answer has, and the most answers: longer than any release can grow. */
const ROWS_MAX = 1_000;
const PAGES_MAX = 50;

/** Every row from this sequence on. */
export async function allAudit(
  access: ApiAccess,
  id: string,
  first: number,
): Promise<AuditAnswer['rows']> {
  const rows: AuditAnswer['rows'][number][] = [];
  let from: number | null = first;
  for (let page = 0; page < PAGES_MAX && from !== null; page += 1) {
    const answer: Told<AuditAnswer> = await getAudit(access, id, { from, max: ROWS_MAX });
    rows.push(...answer.rows);
    from = answer.next;
  }
  return rows;
}

/** @param app a key, or the resource id of a site */
export function getApp(access: ApiAccess, app: string): Promise<Told<AppAnswer>> {
  const path = app.startsWith('/') ? `apps?site=${encodeURIComponent(app)}` : `apps/${app}`;
  return asked(access, get(path), APP);
}

export function listApps(access: ApiAccess): Promise<Told<AppsAnswer>> {
  return asked(access, get('apps'), APPS);
}

export function startRelease(access: ApiAccess, start: unknown): Promise<Told<StartAnswer>> {
  return asked(access, { method: 'POST', path: 'releases', body: JSON.stringify(start) }, ONE);
}

export function commandRelease(
  access: ApiAccess,
  { id, kind }: { readonly id: string; readonly kind: CommandKind },
  order: CommandOrder,
): Promise<Told<CommandAnswer>> {
  const path = `releases/${id}/${kind}`;
  return asked(access, { method: 'POST', path, body: JSON.stringify(order) }, ONE);
}

function get(path: string): ApiRequest {
  return { method: 'GET', path };
}

// What would break the rendering were it not there; the rest of the contract is believed.
const RELEASE = z.looseObject({
  id: z.string(),
  version: z.string(),
  phase: z.string(),
  finished: z.boolean(),
  reason: z.string(),
  message: z.string(),
  sequence: z.number(),
  weights: z.looseObject({ steps: z.array(z.number()), share: z.number() }),
});
const ONE = z.looseObject({ release: RELEASE });
const MANY = z.looseObject({ releases: z.array(RELEASE) });
const ROWS = z.looseObject({ rows: z.array(z.looseObject({ sequence: z.number() })) });
const APP = z.looseObject({ app: z.looseObject({ free: z.boolean() }) });
const APPS = z.looseObject({ apps: z.array(z.looseObject({ name: z.string() })) });

async function asked<T extends object>(
  access: ApiAccess,
  request: ApiRequest,
  shape: z.ZodType,
): Promise<Told<T>> {
  const { json, at } = await askApi(access, request);
  if (shape.safeParse(json).success) return { ...(json as T), at };
  throw notSlipway(`${request.method} ${request.path}`);
}

function notSlipway(what: string): SlipwayError {
  const message = `${what} was answered with something that is no answer of Slipway: is this the right address and version?`;
  return new SlipwayError('no-slipway', message);
}

/** The release that an error answer tells of, where it does. */
export function releaseIn(value: unknown): ReleaseView | undefined {
  return RELEASE.safeParse(value).success ? (value as ReleaseView) : undefined;
}
