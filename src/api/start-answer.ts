import type { StartOutlook } from '../release/start-outlook.ts';
import type { Release } from '../release/release.ts';
import type { StartAnswer } from './contract.ts';
import { type Answer, appBusyAnswer } from './error-response.ts';
import type { Links } from './links.ts';
import { releaseView } from './release-view.ts';

interface StartedRelease {
  readonly release: Release;
  readonly created: boolean;
  readonly outlook?: StartOutlook | { readonly unknown: string };
}

/**
 * 202 for a start that was taken, 200 for one that had been made before, 409 for one that found the app
 * busy; each with the release and its address.
 */
export function startAnswer(started: StartedRelease, links: Links): Answer {
  const { release, created } = started;
  // The same start again gets the same answer, so this asks the release and not `created`.
  if (release.stage.phase === 'rejected' && release.reason === 'app-busy') {
    return appBusyAnswer(release, links);
  }
  const body: StartAnswer = {
    release: releaseView(release, links),
    created,
    ...outlookOf(started),
  };
  const headers = { location: links.release(release.id) };
  return { status: created ? 202 : 200, body, headers };
}

function outlookOf({
  outlook = { unknown: 'nobody has looked at the traffic of the app' },
}: StartedRelease): Pick<StartAnswer, 'outlook' | 'outlookProblem'> {
  return 'unknown' in outlook
    ? { outlook: null, outlookProblem: outlook.unknown }
    : { outlook, outlookProblem: null };
}
