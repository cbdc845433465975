/** Slipway's HTTP API as the page uses it. Every call can be broken off and ends by itself. */
import type { EvidenceAnswer } from '../../api/contract/evidence.ts';
import type { MeAnswer } from '../../api/contract/me.ts';
import type {
  AppsAnswer,
  AuditAnswer,
  CommandAnswer,
  ReleaseAnswer,
  ReleasesAnswer,
} from '../../api/contract.ts';
import { hearServerTime } from '../clock.ts';
import type { CommandName } from '../view/commands.ts';
import { ApiError, errorOf } from './api-error.ts';
import { givenKey } from './session.ts';

/** The page may lie under a prefix: what stands before `dashboard/app.js` is the API. */
const API = new URL('..', import.meta.url);
const ANSWER_LIMIT_MS = 20_000;

export interface ReleasesAsked {
  readonly phase?: string;
  readonly finished?: boolean;
  readonly app?: string;
  readonly max?: number;
  readonly continuation?: string;
}

export interface Order {
  readonly reason: string;
  readonly expectedSequence: number;
  readonly choice?: 'adopt' | 'reapply';
}

export const api = {
  me: (signal: AbortSignal) => get<MeAnswer>('me', signal),
  apps: (signal: AbortSignal) => get<AppsAnswer>('apps', signal),
  releases: (asked: ReleasesAsked, signal: AbortSignal) =>
    get<ReleasesAnswer>(`releases${queryOf({ ...asked })}`, signal),
  release: (id: string, signal: AbortSignal) => get<ReleaseAnswer>(`releases/${id}`, signal),
  audit: (id: string, page: { from: number; max: number }, signal: AbortSignal) =>
    get<AuditAnswer>(`releases/${id}/audit${queryOf(page)}`, signal),
  evidence: (id: string, signal: AbortSignal) =>
    get<EvidenceAnswer>(`releases/${id}/evidence`, signal),
  command: (id: string, command: CommandName, order: Order) =>
    call<CommandAnswer>(`releases/${id}/${command}`, {
      method: 'POST',
      body: JSON.stringify(order),
    }),
};

/** Where somebody signs in with Entra, to come back here; without the query, which can hold a key (`?code=`). */
export function entraSignIn(): string {
  const back = encodeURIComponent(location.pathname + location.hash);
  return `/.auth/login/aad?post_login_redirect_uri=${back}`;
}

function queryOf(asked: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const given = Object.entries(asked).filter(([, value]) => value !== undefined && value !== '');
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text === '' ? '' : `?${text}`;
}

function get<T>(path: string, signal: AbortSignal): Promise<T> {
  return call<T>(path, { method: 'GET', signal });
}

interface Sent {
  readonly method: 'GET' | 'POST';
  readonly body?: string;
  readonly signal?: AbortSignal;
}

/** @throws ApiError; what broke it off, when the signal did */
async function call<T>(path: string, { method, body, signal }: Sent): Promise<T> {
  const limit = AbortSignal.timeout(ANSWER_LIMIT_MS);
  const answer = await fetch(new URL(path, API), {
    method,
    headers: headersOf(body),
    signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
    credentials: 'same-origin',
    cache: 'no-store',
    ...(body === undefined ? {} : { body }),
  }).catch((error: unknown) => {
    if (signal?.aborted === true) throw error;
    throw new ApiError('Slipway does not answer.', { status: 0, code: 'unreachable' });
  });
  hearServerTime(answer.headers.get('date'));
  const text = await answer.text();
  if (answer.ok) return JSON.parse(text) as T;
  throw errorOf({ status: answer.status, challenge: answer.headers.get('www-authenticate'), text });
}

function headersOf(body: string | undefined): Record<string, string> {
  const given = givenKey();
  return {
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(given === undefined ? {} : { 'x-functions-key': given.key }),
    ...(given === undefined || given.name === '' ? {} : { 'x-slipway-actor': given.name }),
  };
}
