import type { Sha256 } from './chain.ts';

/** Undefined where the browser offers none: over plain http, except on this machine. */
export const sha256: Sha256 | undefined = isSecureContext
  ? async (text) => {
      const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
      return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join(
        '',
      );
    }
  : undefined;
