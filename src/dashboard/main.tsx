/** The page: one poller at a time, for what the address asks for. */
import { effect } from '@preact/signals';
import { render } from 'preact';

import './app.css';
import { startClock } from './clock.ts';
import { ApiError } from './data/api-error.ts';
import { api } from './data/api.ts';
import { givenKey } from './data/session.ts';
import type { Poller } from './data/poller.ts';
import { App } from './parts/app.tsx';
import {
  failed,
  focusHeading,
  keyRefused,
  lastSeenMs,
  me,
  refusals,
  route,
  signInBy,
} from './state/page.ts';
import { release, watchRelease } from './state/release.ts';
import { watchList } from './state/releases.ts';
import { listenToKeys, openCommand } from './state/shortcuts.ts';
import { appName } from './view/format.ts';
import { routeOf } from './view/route.ts';
import { PHASES } from './view/words.ts';

let poller: Poller | undefined;

const ASK_AGAIN_MS = 5_000;

function watch(): void {
  poller?.stop();
  // The age of another page's answer says nothing of what this one shows.
  lastSeenMs.value = undefined;
  const at = route.value;
  poller = at.kind === 'list' ? watchList(at) : watchRelease(at.id);
}

async function askWho(): Promise<void> {
  try {
    me.value = await api.me(AbortSignal.timeout(20_000));
    keyRefused.value = false;
    signInBy.value = undefined;
  } catch (error) {
    keyRefused.value =
      error instanceof ApiError && error.status === 401 && givenKey() !== undefined;
    failed(error);
    // Without it there is no button. Who is not known is asked again when a key is given.
    if (signInBy.value === undefined) setTimeout(() => void askWho(), ASK_AGAIN_MS);
  }
}

/** At the start, and again after somebody gave a key. */
function begin(): void {
  void askWho();
  watch();
}

window.addEventListener('hashchange', () => {
  const before = route.value;
  openCommand.value = undefined;
  route.value = routeOf(location.hash);
  watch();
  // A link was followed: what reads the page out begins at the heading of what came. A filter keeps the focus.
  focusHeading.value = before.kind !== 'list' || route.value.kind !== 'list';
});
for (const event of ['keydown', 'pointerdown']) {
  document.addEventListener(event, () => (focusHeading.value = false), { capture: true });
}
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') poller?.now();
});
window.addEventListener('pagehide', () => poller?.stop());
window.addEventListener('pageshow', (event) => {
  if (event.persisted) watch();
});

effect(() => {
  const shown = route.value.kind === 'release' ? release.value : undefined;
  document.title =
    shown === undefined
      ? 'Slipway'
      : `${PHASES[shown.phase].text}: ${appName(shown.app)} ${shown.version}`;
});

effect(() => {
  // Nothing is asked until somebody has signed in.
  if (refusals.value > 0) poller?.stop();
});

const root = document.querySelector('#page');
if (root !== null) {
  root.replaceChildren();
  startClock();
  listenToKeys();
  begin();
  render(<App signedIn={begin} />, root);
}
