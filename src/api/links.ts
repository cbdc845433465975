/** Where things are found over HTTP. */

/** host.json's `extensions.http.routePrefix`; a test holds the two together. */
export const ROUTE_PREFIX = 'api';

/**
 * Where machines with a function key come in when people sign in with Entra. `infra/` excludes these
 * addresses from Easy Auth, so nobody has taken away what a caller wrote into its headers.
 */
export const BY_KEY = 'keys/';

/** Addresses at the origin that the request came to, so that they work where the caller is. */
export class Links {
  readonly #base: string;

  /** @param under what stands between the prefix and every route, such as `BY_KEY` */
  constructor(requestUrl: string, under = '') {
    this.#base = `${new URL(requestUrl).origin}/${ROUTE_PREFIX}/${under}`.replace(/\/$/, '');
  }

  release(releaseId: string): string {
    return `${this.#base}/releases/${releaseId}`;
  }

  audit(releaseId: string): string {
    return `${this.release(releaseId)}/audit`;
  }

  app(appKey: string): string {
    return `${this.#base}/apps/${appKey}`;
  }
}
