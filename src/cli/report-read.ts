/** The releases of a period, as far as a report needs them. */
import { z } from 'zod';

import type { AuditRowView, ReleaseView } from '../api/contract.ts';
import type { Deployed } from '../release/dora.ts';
import type { ApiAccess } from './api-client.ts';
import { appName } from './release-words.ts';
import { getAudit, listReleases } from './slipway-api.ts';

export interface ReportRead {
  readonly releases: readonly Deployed[];
  /** Slipway's time, from its first answer; undefined: it said none. */
  readonly now: number | undefined;
  /** There were more releases than are read: the figures are of the newest alone. */
  readonly cut: boolean;
}

export interface ReportQuery {
  /** Key or resource id; undefined: every app. */
  readonly app: string | undefined;
  /** When the period begins, by what time it is over there. */
  readonly from: (now: number) => number;
}

/** The most that the API gives in one page, and the most pages. */
const PAGE_MAX = 50;
const PAGES_MAX = 60;
/** A release may be as old as its deadline and its watch, each at most a week, when it is production. */
const OLDEST_MS = 14 * 86_400_000;
/** Of a release that went back: a row with weight comes early. */
const AUDIT_MAX = 200;
const AT_ONCE = 8;

export async function readReport(access: ApiAccess, query: ReportQuery): Promise<ReportRead> {
  const views: ReleaseView[] = [];
  let continuation: string | undefined;
  let now: number | undefined;
  let isWhole = false;
  for (let page = 0; page < PAGES_MAX && !isWhole; page += 1) {
    const answer = await listReleases(access, { app: query.app, max: PAGE_MAX, continuation });
    now ??= answer.at ?? newest(answer.releases);
    views.push(...answer.releases);
    continuation = answer.continuation ?? undefined;
    const oldest = Date.parse(answer.releases.at(-1)?.createdAt ?? '');
    isWhole = continuation === undefined || oldest < query.from(now ?? 0) - OLDEST_MS;
  }
  const releases: Deployed[] = [];
  for (let from = 0; from < views.length; from += AT_ONCE) {
    const some = views.slice(from, from + AT_ONCE);
    releases.push(...(await Promise.all(some.map((view) => deployedOf(access, view)))));
  }
  return { releases, now, cut: !isWhole };
}

function newest(releases: readonly ReleaseView[]): number | undefined {
  const [first] = releases;
  return first === undefined ? undefined : Date.parse(first.updatedAt);
}

const WENT_BACK: readonly string[] = ['rolled-back', 'aborted', 'rolling-back', 'failed'];

async function deployedOf(access: ApiAccess, view: ReleaseView): Promise<Deployed> {
  const { phase, requestedBy } = view;
  const since = Date.parse(view.since);
  // When visitors first met it stands in its audit alone, and is asked only of what went back.
  const firstMetAt = WENT_BACK.includes(phase) ? await firstMet(access, view.id) : undefined;
  const isRestored = phase === 'rolled-back' || phase === 'aborted';
  return {
    app: appName(view),
    phase,
    createdAt: Date.parse(view.createdAt),
    since,
    swappedAt: timeOf(view.swappedAt),
    met: firstMetAt !== undefined,
    committedAt: timeOf(requestedBy.committedAt),
    firstMetAt,
    restoredAt: isRestored ? since : undefined,
  };
}

/** An older Slipway says nothing of commits. */
function timeOf(text: string | null | undefined): number | undefined {
  const at = Date.parse(text ?? '');
  return Number.isNaN(at) ? undefined : at;
}

const BODY = z.object({ to: z.string(), weight: z.object({ confirmed: z.number() }) });

async function firstMet(access: ApiAccess, id: string): Promise<number | undefined> {
  const { rows } = await getAudit(access, id, { from: 1, max: AUDIT_MAX });
  const row = rows.find(metVisitors);
  return row === undefined ? undefined : Date.parse(row.at);
}

/** Its weight was read back, or it is production. */
function metVisitors({ body }: AuditRowView): boolean {
  const said = BODY.safeParse(body).data;
  return said !== undefined && (said.weight.confirmed > 0 || said.to.startsWith('watching'));
}
