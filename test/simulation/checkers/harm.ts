/** A canary that fails, throws or is slow 50 times as often is neither promoted nor kept, when it could be seen. */
import type { Release } from '../../../src/release/release.ts';
import { OLD } from '../../support/world.ts';
import { type Checker, type Eyes } from './checker.ts';
import { allowedNow } from './exposure.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
/** Evidence of clear harm takes two or three minutes, with lost ticks and claims some more. */
const HARMED_AT_MOST_MS = 20 * MINUTE;

export function harmChecker(eyes: Eyes): Checker {
  const { now, story, ledger, history, outageMs, violate } = eyes;
  let harmSince: number | undefined;

  /** Somebody skipped the bake: then the promotion is theirs. */
  function orderedOn({ id }: Release): boolean {
    return ledger
      .auditOf(id)
      .some(({ body: { action, message } }) =>
        action === 'command-accepted' ? /^(advance|promote)/.test(message) : false,
      );
  }

  /** Telemetry, Azure or the store were away, or nobody ran to look at them. */
  function awayMs(sinceMs: number): number {
    return outageMs(sinceMs, now()) + eyes.unattendedMs(sinceMs, now());
  }

  return {
    /** Visitors who meet clear harm meet it for minutes, not until some deadline. */
    look: () => {
      const met = allowedNow(eyes) > 0 && history.ownWeight() >= 5 && eyes.harmShows();
      if (!met) harmSince = undefined;
      else if (harmSince === undefined) harmSince = now();
      else if (now() - harmSince > HARMED_AT_MOST_MS + awayMs(harmSince)) {
        violate('harm', `visitors meet a harmful version for ${(now() - harmSince) / SECOND} s`);
        harmSince = Infinity;
      }
    },
    over: () => {
      if (!eyes.harmShows()) return;
      for (const release of ledger.releases.values()) {
        // What was promoted by order before is a baseline that is no better.
        if (release.baseline !== OLD) continue;
        const promoted = history.swaps.some(
          ({ releaseId, direction }) => releaseId === release.id && direction === 'promote',
        );
        const wide = (release.steps.at(-1) ?? 0) >= 20;
        if (promoted && wide && !orderedOn(release)) {
          violate('harm', `${release.id} does harm (${story.harm}) and was promoted`);
        }
        // Nothing in production is compared, and latency has no ceiling but what the ramp showed.
        const seen = story.harm !== 'slow' || !orderedOn(release);
        if (release.stage.phase === 'succeeded' && release.stage.watched && seen) {
          violate('harm', `${release.id} does harm (${story.harm}) and succeeded`);
        }
      }
    },
  };
}
