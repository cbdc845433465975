/** Where things are found over HTTP. */

/** host.json's `extensions.http.routePrefix`; a test holds the two together. */
export const ROUTE_PREFIX = 'api';

/** Addresses at the origin that the request came to, so that they work where the caller is. */
export class Links {
  readonly #base: string;

  /** @param under what stands between the prefix and every route, as `keys/` */
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
