/** Local endpoints of Azure are accepted on this machine alone: a typing mistake must not send tokens away. */

/** True when `url` is http or https on 127.0.0.0/8, `[::1]` or `localhost`. Never throws. */
export function isLoopback(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  if (protocol !== 'http:' && protocol !== 'https:') return false;
  // URL has already brought 127.1 or 0x7f000001 into this one form.
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
}
