/**
 * Where a browser proves who asks by itself (the cookie of Easy Auth, or being on this machine), a page
 * of another site can make it ask too. Such requests change nothing.
 */
import { ForbiddenError, SlipwayError } from '../release/errors.ts';
import type { HeaderReader } from './principal.ts';

/**
 * Lets pass what only reads, and what comes from a page of this very host or from no page at all. JSON is
 * demanded as well: a form of another site cannot send it, and for a script of another site the browser
 * asks the host first, which does not allow it.
 *
 * @throws ForbiddenError; SlipwayError `not-json`
 */
export function demandOwnSite(request: {
  readonly method: string;
  readonly url: string;
  readonly headers: HeaderReader;
}): void {
  const { method, url, headers } = request;
  if (method === 'GET') return;
  if (!isOwnSite(url, headers)) {
    throw new ForbiddenError(
      'the request comes from a page of another site: only pages of Slipway itself may change something',
    );
  }
  // It carries no body, and no form can send it.
  if (method === 'DELETE') return;
  const type = headers.get('content-type') ?? '';
  if (!/^application\/json *(;|$)/i.test(type)) {
    throw new SlipwayError('not-json', 'send the header "content-type: application/json"');
  }
}

function isOwnSite(url: string, headers: HeaderReader): boolean {
  // Written by the browser itself; a page cannot change it.
  const from = headers.get('sec-fetch-site');
  if (from !== null) return from === 'same-origin' || from === 'none';
  const origin = headers.get('origin');
  // The host alone is compared: behind a front end that ends TLS, the scheme here can be http.
  return origin === null || URL.parse(origin)?.host === URL.parse(url)?.host;
}
