import { now } from '../clock.ts';
import { forgetKey, givenKey } from '../data/session.ts';
import { lastSeenMs, me, signInBy, trouble } from '../state/page.ts';
import { isHelpOpen } from '../state/shortcuts.ts';
import { nextTheme, theme } from '../state/theme.ts';
import { duration } from '../view/format.ts';
import { Sign } from './sign.tsx';

const THEMES = {
  auto: { sign: 'half', text: 'as the system' },
  light: { sign: 'ring', text: 'light' },
  dark: { sign: 'disc', text: 'dark' },
} as const;

export function TopBar() {
  return (
    <header class="top">
      <a class="brand" href="#/">
        <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
          <path d="M1 12h14M2 12 14 4" />
        </svg>
        Slipway
      </a>
      <Contact />
      <span class="spring" />
      <Who />
      <button
        type="button"
        class="quiet"
        onClick={nextTheme}
        aria-label={`Colours: ${THEMES[theme.value].text}. Change`}
        title={`Colours: ${THEMES[theme.value].text}`}
      >
        <Sign name={THEMES[theme.value].sign} />
      </button>
      <button
        type="button"
        class="quiet"
        onClick={() => (isHelpOpen.value = true)}
        aria-label="Keyboard"
        title="Keyboard (?)"
      >
        ?
      </button>
    </header>
  );
}

/** The slowest pace and the longest answer: a page that slept is not live when it wakes. */
const LIVE_AT_MOST_MS = 40_000;

/** Never pretends: what is shown is as old as the last answer. */
function Contact() {
  const seen = lastSeenMs.value;
  if (signInBy.value !== undefined) return null;
  if (seen === undefined) {
    return <span class="contact">{trouble.value ?? 'asking…'}</span>;
  }
  const ageMs = now.value - seen;
  if (trouble.value === undefined && ageMs < LIVE_AT_MOST_MS) {
    return (
      <span class="contact live">
        <Sign name="disc" /> live
      </span>
    );
  }
  return (
    <span class="contact lost" title={trouble.value}>
      <Sign name="ring" /> last seen {duration(ageMs)} ago
    </span>
  );
}

function Who() {
  const who = me.value;
  if (who === undefined) return null;
  const leave = (): void => {
    forgetKey();
    location.reload();
  };
  return (
    <span class="who" title={`${who.name}, ${who.role}`}>
      <span class="name">{who.name}</span>{' '}
      <span class="role">{who.role.replace('Slipway.', '')}</span>{' '}
      {who.auth === 'function-keys' && givenKey() !== undefined && (
        <button type="button" class="link" onClick={leave}>
          sign out
        </button>
      )}
    </span>
  );
}
