/**
 * Which addresses a notice may reach. The URL is an administrator's, the name behind it may be
 * anybody's: without this, DNS could point Slipway at the metadata service or into its own network.
 */
import { lookup as dnsLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Azure's platform service has an address that looks public (Microsoft Learn, "What is IP address 168.63.129.16"). */
const AZURE_PLATFORM = '168.63.129.16';

/** True for an address of the public internet. Never throws. */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  // `process` unwraps ::ffff:10.0.0.1; every other way to write IPv4 in IPv6 has a range of its own.
  const parsed = ipaddr.process(address);
  if (parsed.range() !== 'unicast' || parsed.toString() === AZURE_PLATFORM) return false;
  // The old way to write IPv4, ::10.0.0.1, counts as unicast: of IPv6 only what is given out is public.
  return parsed instanceof ipaddr.IPv4 || parsed.match(ipaddr.IPv6.parseCIDR('2000::/3'));
}

/** A host of a URL that is an address itself: sockets do not look those up. Names are no literal. */
export function isForbiddenLiteral(hostname: string): boolean {
  const bare = hostname.replace(/^\[|\]$/g, '');
  return ipaddr.isValid(bare) && !isPublicAddress(bare);
}

/** Its message goes to logs and views: it names no host, since an address may be a secret. */
export class NotPublicError extends Error {
  constructor(found: string) {
    super(`its name leads to ${found}, which is not a public address`);
    this.name = 'NotPublicError';
  }
}

/**
 * For a socket's `lookup`: answers only with public addresses, so what is checked is what is connected
 * to, and a second answer of the DNS cannot differ. One private address among them refuses the name.
 */
export const lookupPublic: LookupFunction = (hostname, options, done) => {
  dnsLookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) {
      done(error, '', 0);
      return;
    }
    const refused = addresses.find(({ address }) => !isPublicAddress(address));
    const [first] = addresses;
    if (refused !== undefined || first === undefined) {
      const found = refused?.address ?? 'no address';
      done(new NotPublicError(found), '', 0);
    } else if (options.all === true) done(null, addresses);
    else done(null, first.address, first.family);
  });
};
