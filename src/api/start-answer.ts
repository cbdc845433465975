import type { Release } from '../release/release.ts';
import type { StartAnswer } from './contract.ts';
import { type Answer, appBusyAnswer } from './error-response.ts';
import type { Links } from './links.ts';
import { releaseView } from './release-view.ts';

/**
 * 202 for a start that was taken, 200 for one that had been made before, 409 for one that found the app
 * busy; each with the release and its address.
 */
export function startAnswer(
  started: { readonly release: Release; readonly created: boolean },
  links: Links,
): Answer {
  const { release, created } = started;
  // The same start again gets the same answer, so this asks the release and not `created`.
  if (release.stage.phase === 'rejected' && release.reason === 'app-busy') {
    return appBusyAnswer(release, links);
  }
  const body: StartAnswer = { release: releaseView(release, links), created };
  const headers = { location: links.release(release.id) };
  return { status: created ? 202 : 200, body, headers };
}
