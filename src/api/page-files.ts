/** The files of the page and the headers that they go out with. */

/** Served at `/api/dashboard`. */
export const PAGE = 'index.html';

/** Served at `/api/dashboard/NAME`. `infra/` leaves exactly these addresses out of Easy Auth. */
export const PAGE_FILES = ['app.js', 'app.css'] as const;

export type PageFile = typeof PAGE | (typeof PAGE_FILES)[number];

const CONTENT_TYPES: Readonly<Record<PageFile, string>> = {
  'index.html': 'text/html; charset=utf-8',
  'app.js': 'text/javascript; charset=utf-8',
  'app.css': 'text/css; charset=utf-8',
};

/** Nothing from elsewhere, nothing inline, no frame around it. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "font-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Of every answer of the page's addresses, errors included. */
export const STRICT_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
};

export function pageHeaders(name: PageFile): Readonly<Record<string, string>> {
  return {
    ...STRICT_HEADERS,
    'content-type': CONTENT_TYPES[name],
    // The names stay the same from version to version: ask each time, and mostly hear 304.
    'cache-control': 'no-cache',
    vary: 'accept-encoding',
  };
}

export function pageFileOf(name: string | undefined): PageFile | undefined {
  return PAGE_FILES.find((file) => file === name);
}
