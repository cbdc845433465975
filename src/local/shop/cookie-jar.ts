/** As much of a browser's cookie jar as one host needs: names, values and Max-Age. */
export interface CookieJar {
  /** The `Cookie` header, `undefined` while the jar is empty. */
  header(): string | undefined;
  /** Takes the values of `Set-Cookie` headers. */
  keep(setCookies: readonly string[]): void;
}

/** @param nowMs any clock that only goes forward, in milliseconds. */
export function createCookieJar(nowMs: () => number): CookieJar {
  const cookies = new Map<string, { value: string; untilMs: number }>();
  return {
    header: () => {
      for (const [name, { untilMs }] of cookies) {
        if (untilMs <= nowMs()) cookies.delete(name);
      }
      if (cookies.size === 0) return undefined;
      return [...cookies].map(([name, { value }]) => `${name}=${value}`).join('; ');
    },
    keep: (setCookies) => {
      for (const setCookie of setCookies) {
        const [, name, value = ''] = /^\s*([^=;\s]+)=([^;]*)/.exec(setCookie) ?? [];
        if (name === undefined) continue;
        const maxAge = /;\s*max-age=(-?\d+)/i.exec(setCookie)?.[1];
        const untilMs = maxAge === undefined ? Infinity : nowMs() + Number(maxAge) * 1000;
        cookies.set(name, { value, untilMs });
      }
    },
  };
}
