/** The one place of the page that reads the clock. It follows the server's: a phone's own may be wrong. */
import { signal } from '@preact/signals';

const SKEW_BELIEVED_MS = 2_000;
const TICK_MS = 1_000;

let skewMs = 0;

/** Milliseconds since the epoch, as the server sees them. */
export function nowMs(): number {
  return Date.now() + skewMs;
}

/** For every text that says how long ago something was. Moves once a second. */
export const now = signal(nowMs());

/** @param date header `Date` of an answer: whole seconds, so a small difference says nothing */
export function hearServerTime(date: string | null): void {
  const server = Date.parse(date ?? '');
  if (Number.isNaN(server)) return;
  const difference = server - Date.now();
  skewMs = Math.abs(difference) > SKEW_BELIEVED_MS ? difference : 0;
}

/** Begins to move `now`; a page that nobody sees stands still. */
export function startClock(): void {
  setInterval(() => {
    if (document.visibilityState === 'visible') now.value = nowMs();
  }, TICK_MS);
  document.addEventListener('visibilitychange', () => {
    now.value = nowMs();
  });
}
