/** Where in the page somebody is: the part of the address after `#`. Pure. */
export type Route =
  | { readonly kind: 'list'; readonly phase: string; readonly app: string }
  | { readonly kind: 'release'; readonly id: string };

const RELEASE = /^\/releases\/([0-9a-f]{20}-[0-9a-f]{19})$/;

/** An address that is none of ours is the list. */
export function routeOf(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#/, '').split('?');
  const id = RELEASE.exec(path)?.[1];
  if (id !== undefined) return { kind: 'release', id };
  const asked = new URLSearchParams(query);
  return { kind: 'list', phase: asked.get('phase') ?? '', app: asked.get('app') ?? '' };
}

export function releaseHref(id: string): string {
  return `#/releases/${id}`;
}

export function listHref({ phase, app }: { readonly phase: string; readonly app: string }): string {
  const asked = new URLSearchParams({
    ...(phase === '' ? {} : { phase }),
    ...(app === '' ? {} : { app }),
  }).toString();
  return asked === '' ? '#/' : `#/?${asked}`;
}
