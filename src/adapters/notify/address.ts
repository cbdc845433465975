/** Where a notice may be sent, as far as its URL tells. */
import { isLoopback } from '../../loopback.ts';
import { isForbiddenLiteral } from './public-address.ts';

/**
 * What is wrong with the address of a receiver, in words that do not repeat it: undefined when it is
 * https to what may be a public host.
 * @param local this machine may be told: the stand-ins of Azure are in use
 */
export function addressProblem(text: string, local: boolean): string | undefined {
  const url = URL.parse(text);
  const isPlain = url?.username === '' && url.password === '' && url.hash === '';
  if (isPlain && local && isLoopback(text)) return undefined;
  if (!isPlain || url.protocol !== 'https:') {
    return 'is not an https URL without user name and fragment; http on this machine is accepted only with all three local endpoints';
  }
  return isForbiddenLiteral(url.hostname) ? 'is not an address of the public internet' : undefined;
}
