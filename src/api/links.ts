/** Where things are found over HTTP. */

/** host.json's `extensions.http.routePrefix`; a test holds the two together. */
export const ROUTE_PREFIX = 'api';

/** Addresses at the origin that the request came to, so that they work where the caller is. */
export class Links {
  readonly #base: string;

  constructor(requestUrl: string) {
    this.#base = `${new URL(requestUrl).origin}/${ROUTE_PREFIX}`;
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
