/** What every part of the page shares: who looks, where, and how the contact with Slipway is. */
import { batch, signal } from '@preact/signals';

import type { MeAnswer } from '../../api/contract/me.ts';
import { nowMs } from '../clock.ts';
import { ApiError } from '../data/api-error.ts';
import { routeOf } from '../view/route.ts';

export const route = signal(routeOf(location.hash));

export const me = signal<MeAnswer | undefined>(undefined);

/** Undefined: known, or not told yet that we are not. */
export const signInBy = signal<'key' | 'entra' | undefined>(undefined);
/** How often an answer said that nobody is known. */
export const refusals = signal(0);
/** A key that was given is not valid (any more). */
export const keyRefused = signal(false);

/** A link was followed and nobody has done anything since: the heading takes the focus when it comes. */
export const focusHeading = signal(false);

/** When Slipway last answered; undefined: not yet. */
export const lastSeenMs = signal<number | undefined>(undefined);
/** What went wrong at the last try; undefined: nothing. */
export const trouble = signal<string | undefined>(undefined);

/** Read out by screen readers: what changed without anybody having done something. */
export const announcement = signal('');

export function heard(): void {
  batch(() => {
    lastSeenMs.value = nowMs();
    trouble.value = undefined;
    signInBy.value = undefined;
  });
}

/** Tells people what a question that failed means. */
export function failed(error: unknown): void {
  if (error instanceof ApiError && error.signIn !== undefined) {
    signInBy.value = error.signIn;
    refusals.value += 1;
    trouble.value = undefined;
    return;
  }
  trouble.value = error instanceof Error ? error.message : String(error);
}
