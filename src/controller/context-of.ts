import type { Actor } from '../release/audit.ts';
import type { Context } from '../release/draft.ts';
import type { Loaded } from './ports/release-store.ts';
import type { Ports } from './ports.ts';

/** What one decision is given; store time never runs below the row's last stamp. */
export function contextOf(ports: Ports, loaded: Loaded, actor: Actor): Context {
  return {
    now: Math.max(ports.clock.now(), loaded.release.updatedAt),
    limits: ports.limits,
    plan: loaded.plan,
    actor,
    claimId: ports.random(),
  };
}
