import type { Value } from './values.ts';

/** Members of parse_url() that are plain text. */
const PARTS = ['Scheme', 'Host', 'Port', 'Path', 'Username', 'Password', 'Fragment'] as const;
type UrlPart = (typeof PARTS)[number];

// `//` is required before an authority, as in Kusto: a bare path has no host.
const ABSOLUTE =
  /^([a-z][a-z0-9+.-]*):\/\/(?:([^:@/?#]*)(?::([^@/?#]*))?@)?(\[[^\]]*\]|[^:/?#]*)(?::(\d+))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/i;
const GROUP: Readonly<Record<UrlPart, number>> = {
  Scheme: 1,
  Username: 2,
  Password: 3,
  Host: 4,
  Port: 5,
  Path: 6,
  Fragment: 8,
};
const QUERY_GROUP = 7;

function isPart(name: string): name is UrlPart {
  return name in GROUP;
}

function queryOf(text: string): Value {
  return Object.fromEntries(new URLSearchParams(text));
}

/** parse_url(): a bag of texts; the members of a URL that is not absolute are all empty. */
export function parseUrl(url: string): Value {
  const match = ABSOLUTE.exec(url);
  const bag: Record<string, Value> = {};
  for (const part of PARTS) {
    bag[part] = match?.[GROUP[part]] ?? '';
  }
  bag['Query Parameters'] = queryOf(match?.[QUERY_GROUP] ?? '');
  return bag;
}

/** Remembered answers of one reader: an app has few URLs and many requests. */
const MAX_REMEMBERED = 10_000;

/**
 * `parse_url(url).Member` without building the bag, each URL read once: queries do it for every row.
 * Undefined for `Query Parameters` and for members that parse_url() does not have.
 */
export function urlPart(name: string): ((url: string) => Value) | undefined {
  if (!isPart(name)) {
    return undefined;
  }
  const group = GROUP[name];
  const known = new Map<string, string>();
  return (url) => {
    let part = known.get(url);
    if (part === undefined) {
      part = ABSOLUTE.exec(url)?.[group] ?? '';
      if (known.size < MAX_REMEMBERED) {
        known.set(url, part);
      }
    }
    return part;
  };
}
