/** Where things are found over HTTP. */
import type { LinksView } from './contract.ts';

/** host.json's `extensions.http.routePrefix`; a test holds the two together. */
export const ROUTE_PREFIX = 'api';

/**
 * Where machines with a function key come in when people sign in with Entra. `infra/` excludes these
 * addresses from Easy Auth, so nobody has taken away what a caller wrote into its headers.
 */
export const BY_KEY = 'keys/';

/**
 * Addresses at the origin that the request came to, so that they work where the caller is. The page is for
 * people: it is where notices lead them too.
 */
export class Links {
  readonly #base: string;
  readonly #page: string;

  /**
   * @param under what stands between the prefix and every route, such as `BY_KEY`
   * @param publicUrl where people reach this function app; undefined: where this request did
   */
  constructor(requestUrl: string, under = '', publicUrl?: string) {
    const { origin } = new URL(requestUrl);
    this.#base = `${origin}/${ROUTE_PREFIX}/${under}`.replace(/\/$/, '');
    // Not under `keys/`: there is nothing to show a key for.
    this.#page = `${publicUrl ?? origin}/${ROUTE_PREFIX}/dashboard`;
  }

  /** Everything that leads on from a release. */
  ofRelease({ id, appKey }: { readonly id: string; readonly appKey: string }): LinksView {
    return {
      self: this.release(id),
      audit: `${this.release(id)}/audit`,
      app: `${this.#base}/apps/${appKey}`,
      page: `${this.#page}#/releases/${id}`,
    };
  }

  release(releaseId: string): string {
    return `${this.#base}/releases/${releaseId}`;
  }
}
