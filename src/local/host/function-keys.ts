/** Keys of HTTP functions: header `x-functions-key` or query `code` (azure.md 4.4). */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

import type { FunctionInfo } from './function-description.ts';

/** The two keys of a local host: `host` opens functions, `master` everything. */
export interface FunctionKeys {
  readonly host: string;
  readonly master: string;
}

type AuthLevel = Extract<FunctionInfo, { type: 'http' }>['authLevel'];

/** New random keys. */
export function createFunctionKeys(): FunctionKeys {
  return {
    host: randomBytes(24).toString('base64url'),
    master: randomBytes(24).toString('base64url'),
  };
}

/** Whether a request with this key may pass. */
export function isAllowed(
  level: AuthLevel,
  given: string | undefined,
  keys: FunctionKeys,
): boolean {
  switch (level) {
    case 'anonymous':
      return true;
    case 'function':
      return equal(given, keys.host) || equal(given, keys.master);
    case 'admin':
      return equal(given, keys.master);
  }
}

function equal(given: string | undefined, wanted: string): boolean {
  if (given === undefined) return false;
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}
