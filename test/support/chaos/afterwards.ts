/** What can be said only when a story is over. */
import { verifyChain } from '../../../src/release/chain.ts';
import type { AuditBody } from '../../../src/release/audit.ts';
import type { Release } from '../../../src/release/release.ts';
import { OLD, type World } from '../world.ts';
import type { Story } from './story.ts';
import type { Watchman } from './watchman.ts';

/** The chain of every release verifies, and each intent has the row that says what became of it. */
export function checkRows(world: World, watchman: Watchman): void {
  for (const release of watchman.releases.values()) {
    const rows = world.store.auditOf(release.id);
    const { id, sequence, chainHead } = release;
    const check = verifyChain(rows, { releaseId: id, sequence, head: chainHead });
    if (!check.ok) watchman.violate('audit', `${id} row ${check.sequence}: ${check.problem}`);
    const open = openIntents(rows.map(({ body }) => JSON.parse(body) as AuditBody));
    if (open !== undefined && release.intent === undefined) {
      watchman.violate('audit', `${id}: nothing says what became of "${open}"`);
    }
  }
}

/** The first intent that was decided while another one had no answer yet, or that has none at the end. */
function openIntents(rows: readonly AuditBody[]): string | undefined {
  let open: string | undefined;
  for (const { action, message, to } of rows) {
    if (action === 'intent-decided' || action === 'aftercare') {
      if (open !== undefined) return open;
      open = message;
    }
    const settles = ['intent-confirmed', 'intent-dropped', 'azure-answered'].includes(action);
    // A person is called with the facts: what became of the call is what nobody knows.
    if (settles || to.startsWith('failed')) open = undefined;
  }
  return open;
}

/** The new versions do clear harm, on enough traffic, and telemetry mostly answers. */
export function harmShows({ harmful, ratePerMinute, rates, outages }: Story): boolean {
  const away = outages.some(({ of }) => of === 'telemetry');
  return harmful && ratePerMinute >= 3_000 && rates.telemetry < 0.1 && !away;
}

/** A canary that fails 50 times as often is neither promoted nor kept, when it could be seen. */
export function checkHarm(world: World, watchman: Watchman): void {
  for (const release of watchman.releases.values()) {
    // What was promoted by order before is a baseline that is no better.
    if (release.baseline !== OLD) continue;
    const promoted = watchman.swaps.some(
      ({ releaseId, direction }) => releaseId === release.id && direction === 'promote',
    );
    const wide = (release.steps.at(-1) ?? 0) >= 20;
    if (promoted && wide && !orderedOn(world, release)) {
      watchman.violate('harm', `${release.id} fails 50 times as often and was promoted`);
    }
    if (release.stage.phase === 'succeeded' && release.stage.watched) {
      watchman.violate('harm', `${release.id} fails 50 times as often and succeeded`);
    }
  }
}

/** Somebody skipped the bake: then the promotion is theirs. */
function orderedOn(world: World, release: Release): boolean {
  return world.store
    .auditOf(release.id)
    .map(({ body }) => JSON.parse(body) as AuditBody)
    .some(
      ({ action, message }) => action === 'command-accepted' && /^(advance|promote)/.test(message),
    );
}
