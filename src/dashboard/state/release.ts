/** One release: where it stands, its audit, its evidence, and whether the audit's chain is whole. */
import { batch, computed, signal } from '@preact/signals';

import type { EvidenceAnswer } from '../../api/contract/evidence.ts';
import type { AuditRowView, Plan, ReleaseAnswer, ReleaseView } from '../../api/contract.ts';
import { ApiError } from '../data/api-error.ts';
import { api } from '../data/api.ts';
import { auditEntry } from '../data/audit-body.ts';
import { ChainReader, type ChainMark } from '../data/chain.ts';
import { startPoller, type Poller } from '../data/poller.ts';
import { sha256 } from '../data/sha256.ts';
import { appName } from '../view/format.ts';
import { placeText } from '../view/words.ts';
import { announcement, failed, heard } from './page.ts';

const AUDIT_PAGE_MAX = 500;
/** More rows than that are not for a page: `slipway audit` has them all. */
export const AUDIT_ROWS_MAX = 5_000;

export const release = signal<ReleaseView | undefined>(undefined);
export const plan = signal<Plan | undefined>(undefined);
export const rows = signal<readonly AuditRowView[]>([]);
export const evidence = signal<EvidenceAnswer | undefined>(undefined);
/** Undefined: rows are still being read. */
export const mark = signal<ChainMark | undefined>(undefined);
/** There is no such release. */
export const isMissing = signal(false);

export const entries = computed(() => rows.value.map(auditEntry));

let chain: ChainReader | undefined;
let poller: Poller | undefined;
/** The release of the address: an answer about another one comes too late. */
let watched = '';

/** Watches one release until it is stopped. */
export function watchRelease(id: string): Poller {
  watched = id;
  batch(() => {
    if (release.value?.id !== id) forget();
  });
  chain = sha256 === undefined ? undefined : new ChainReader(id, sha256);
  rows.value = [];
  poller = startPoller({
    ask: async (signal) => {
      const before = release.value;
      // At first side by side; then only what can have changed.
      const early = before === undefined ? more(id, signal) : undefined;
      early?.catch(() => undefined);
      take(await api.release(id, signal));
      heard();
      try {
        await early;
        if (early === undefined ? hasMoved(before) : isBehind()) await more(id, signal);
      } finally {
        // Rows that came before the release itself wait for the head that it names.
        await verify();
      }
    },
    isActive: () => release.value?.finished !== true,
    isVisible: () => document.visibilityState === 'visible',
    failed: (error) => {
      if (error instanceof ApiError && error.status === 404) isMissing.value = true;
      failed(error);
    },
  });
  return poller;
}

function forget(): void {
  release.value = undefined;
  plan.value = undefined;
  evidence.value = undefined;
  mark.value = undefined;
  isMissing.value = false;
}

function hasMoved(before: ReleaseView | undefined): boolean {
  const isWhole = evidence.value !== undefined && !isBehind();
  return before?.updatedAt !== release.value?.updatedAt || !isWhole;
}

/** Rows are there that were not read. */
function isBehind(): boolean {
  const { length } = rows.value;
  return length < AUDIT_ROWS_MAX && length < (release.value?.sequence ?? 0);
}

/** Takes an answer that is newer than what is shown; a slow older one is left out. */
export function take(answer: Pick<ReleaseAnswer, 'release'> & Partial<ReleaseAnswer>): void {
  batch(() => {
    const before = release.value;
    const isOlder = before !== undefined && before.sequence > answer.release.sequence;
    if (!isOlder) release.value = answer.release;
    if (answer.plan !== undefined) plan.value = answer.plan;
    if (before !== undefined && !isOlder) announceChange(before, answer.release);
  });
}

function announceChange(before: ReleaseView, after: ReleaseView): void {
  if (placeText(before) === placeText(after)) return;
  announcement.value = `${appName(after.app)} ${after.version}: ${placeText(after)}. ${after.message}`;
}

/** After a command: what it led to, and the question after it at once. */
export function afterCommand(view: ReleaseView): void {
  if (view.id !== watched) return;
  take({ release: view });
  poller?.now();
}

async function more(id: string, signal: AbortSignal): Promise<void> {
  await Promise.all([readAudit(id, signal), readEvidence(id, signal)]);
}

async function readEvidence(id: string, signal: AbortSignal): Promise<void> {
  evidence.value = await api.evidence(id, signal);
}

async function readAudit(id: string, signal: AbortSignal): Promise<void> {
  let from: number | null = rows.value.length + 1;
  while (from !== null && from <= AUDIT_ROWS_MAX) {
    const page = await api.audit(id, { from, max: AUDIT_PAGE_MAX }, signal);
    // Somebody else has read on meanwhile: these rows are there already.
    if (rows.value.length !== from - 1) return;
    if (page.rows.length > 0) rows.value = [...rows.value, ...page.rows];
    from = page.next;
  }
}

async function verify(): Promise<void> {
  const reader = chain;
  await reader?.read(rows.value);
  const shown = release.value;
  if (reader !== chain || shown === undefined) return;
  const { id, sequence, chainHead } = shown;
  mark.value = reader?.mark({ release: id, sequence, chainHead }) ?? mark.value;
}
