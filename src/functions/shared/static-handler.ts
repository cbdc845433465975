import type { HttpHandler, HttpResponseInit } from '@azure/functions';

import { errorAnswer } from '../../api/error-response.ts';
import { Links, ROUTE_PREFIX } from '../../api/links.ts';
import { type PageFile, STRICT_HEADERS } from '../../api/page-files.ts';
import { errorText, NotFoundError, SlipwayError } from '../../app.ts';
import type { Representation, ServedPage } from './page-files.ts';

/** All that a static route may look at: nothing that says who asks. */
export interface StaticAsk {
  /** `{file}` of the route. */
  readonly file: string | undefined;
}

/** Says which file an address means; undefined: none. */
export type StaticDoor = (asked: StaticAsk) => PageFile | undefined;

const NOT_BUILT =
  'the page is not there: build it with "npm run build", and publish dist/dashboard with dist/main.cjs';

/** Of whatever is no file. */
const NOT_KEPT = { ...STRICT_HEADERS, 'cache-control': 'no-store' };

/**
 * Sends a file of the page. Has no use cases and no caller, so that it cannot tell anything: every answer
 * is the same for everybody.
 *
 * @param read gives the page, undefined when it was not built; asked again until it is there
 */
export function staticHandler(
  door: StaticDoor,
  read: () => Promise<ServedPage | undefined>,
): HttpHandler {
  return async ({ params, headers: asked, url }, context) => {
    try {
      const bare = withoutSlash(url);
      if (bare !== undefined) return { status: 308, headers: { ...NOT_KEPT, location: bare } };
      const name = door({ file: params.file });
      if (name === undefined) throw new NotFoundError('the page has no such file');
      const file = (await read())?.get(name);
      if (file === undefined) throw new SlipwayError('not-built', NOT_BUILT);
      const sent = takesGzip(asked.get('accept-encoding')) ? file.gzip : file.plain;
      return response(sent, asked.get('if-none-match'));
    } catch (error) {
      const at = { links: new Links(url), invocationId: context.invocationId };
      const { status, body } = errorAnswer(error, at);
      if (status >= 500) context.error(errorText(error));
      return { status, jsonBody: body, headers: { ...NOT_KEPT } };
    }
  };
}

/** The host takes one more slash at the end too, where the page's relative addresses would lead astray. */
function withoutSlash(url: string): string | undefined {
  const { pathname } = new URL(url);
  if (!pathname.startsWith(`/${ROUTE_PREFIX}/`) || !pathname.endsWith('/')) return undefined;
  return pathname.replace(/\/+$/, '');
}

function response(
  { bytes, etag, headers }: Representation,
  known: string | null,
): HttpResponseInit {
  if (isKnown(etag, known)) return { status: 304, headers: { ...headers } };
  return { status: 200, body: bytes, headers: { ...headers } };
}

/** Weak comparison, as If-None-Match wants it (RFC 9110, section 13.1.2). */
function isKnown(etag: string, known: string | null): boolean {
  if (known === null) return false;
  const tags = known.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes(etag) || tags.includes('*');
}

/** RFC 9110, section 12.5.3; `*` is left alone, no browser sends it. */
function takesGzip(accepted: string | null): boolean {
  const codings = (accepted ?? '').split(',').map((coding) => coding.trim().toLowerCase());
  return codings.some((coding) => /^gzip(?:\s*;\s*q=(?:1(?:\.0*)?|0\.0*[1-9]\d*))?$/.test(coding));
}
