/** Chains unbroken, intents answered, stamps in order and near the truth. */
import { type AuditBody } from '../../../src/release/audit.ts';
import { verifyChain } from '../../../src/release/chain.ts';
import type { Release } from '../../../src/release/release.ts';
import type { Commit, StoredAudit } from '../truth/ledger.ts';
import { settles } from './changes.ts';
import type { Checker, Eyes } from './checker.ts';

const MINUTE = 60_000;
/** Longest stall of a call (15 min), and some. */
const STAMP_AT_MOST_OLD_MS = 40 * MINUTE;
/** A Date header says the second, and an answer that is believed takes ten seconds at most. */
const STAMP_AT_MOST_AHEAD_MS = 12_000;

export function chainsChecker(eyes: Eyes): Checker {
  const { now, ledger, violate } = eyes;
  const lastStamp = new Map<string, number>();

  function checkHead({ before, release, rows }: Commit): void {
    const sequence = (before?.sequence ?? 0) + rows.length;
    const head = rows.at(-1)?.hash ?? before?.chainHead;
    if (release.sequence === sequence && head === release.chainHead) return;
    violate(
      'audit',
      `${release.id}: the row says ${release.sequence}, its rows end at ${sequence}`,
    );
  }

  function checkStamps({ release, rows }: Commit): void {
    for (const { at, text } of rows) {
      const last = lastStamp.get(release.id) ?? at;
      if (at < last) violate('time', `an audit row is older than the one before: ${text}`);
      if (at > now() + STAMP_AT_MOST_AHEAD_MS || at < now() - STAMP_AT_MOST_OLD_MS) {
        violate('time', `stamped ${new Date(at).toISOString()}: ${text.slice(0, 200)}`);
      }
      lastStamp.set(release.id, Math.max(last, at));
    }
  }

  return {
    committed: (commit) => {
      checkHead(commit);
      checkStamps(commit);
    },
    over: () => {
      for (const release of ledger.releases.values()) {
        const rows = ledger.auditOf(release.id);
        const problem = chainProblem(release, rows);
        if (problem !== undefined) violate('audit', `${release.id} ${problem}`);
        const open = openIntents(rows.map(({ body }) => body));
        if (open !== undefined && release.intent === undefined) {
          violate('audit', `${release.id}: nothing says what became of "${open}"`);
        }
      }
    },
  };
}

function chainProblem(release: Release, rows: readonly StoredAudit[]): string | undefined {
  const { id, sequence, chainHead } = release;
  const audit = rows.map((row) => ({ ...row, releaseId: id, body: row.text }));
  const check = verifyChain(audit, { releaseId: id, sequence, head: chainHead });
  return check.ok ? undefined : `row ${check.sequence}: ${check.problem}`;
}

/** The first intent that was decided while another one had no answer yet, or that has none at the end. */
function openIntents(rows: readonly AuditBody[]): string | undefined {
  let open: string | undefined;
  for (const { action, message, to } of rows) {
    if (action === 'intent-decided' || action === 'aftercare') {
      if (open !== undefined) return open;
      open = message;
    }
    // A person is called with the facts: what became of the call is what nobody knows.
    if (settles(action) || to.startsWith('failed')) open = undefined;
  }
  return open;
}
