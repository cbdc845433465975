import { announcement, route, signInBy } from '../state/page.ts';
import { Help } from './help.tsx';
import { ReleaseList } from './release-list.tsx';
import { ReleasePage } from './release-page.tsx';
import { SignIn } from './sign-in.tsx';
import { TopBar } from './top-bar.tsx';

export function App({ signedIn }: { readonly signedIn: () => void }) {
  const at = route.value;
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        Skip to the content
      </a>
      <TopBar />
      {signInBy.value !== undefined ? (
        <main id="main">
          <SignIn signedIn={signedIn} />
        </main>
      ) : at.kind === 'list' ? (
        <ReleaseList route={at} />
      ) : (
        <ReleasePage />
      )}
      <p class="unseen" role="status" aria-live="polite">
        {announcement.value}
      </p>
      <Help />
    </>
  );
}

/** The address after `#` is the page's own route, so the jump is made by hand. */
function skip(event: Event): void {
  event.preventDefault();
  document.querySelector<HTMLElement>('main h1')?.focus();
}
