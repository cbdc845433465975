import { createDefaultHttpClient } from '@azure/core-rest-pipeline';
import type { HttpClient } from '@azure/core-rest-pipeline';
import { AzureCallError } from '../../controller/ports/azure-errors.ts';
import { isLoopback } from '../../loopback.ts';

/**
 * Sends what is meant for ARM to a stand-in on this machine. The SDK refuses tokens over http by every
 * other way (azure.md 2).
 * @throws AzureCallError `not-loopback` when `localEndpoint` is not an address of this machine.
 */
export function createLocalHttpClient(localEndpoint: string): HttpClient {
  if (!isLoopback(localEndpoint)) {
    throw new AzureCallError(
      `the local endpoint of App Service is "${localEndpoint}"; only http or https on 127.0.0.1, [::1] or localhost is accepted, because Azure tokens are sent there; leave the setting out to reach Azure`,
      { code: 'not-loopback', failure: 'refused' },
    );
  }
  const { origin } = new URL(localEndpoint);
  const inner = createDefaultHttpClient();
  return {
    async sendRequest(request) {
      const meant = request.url;
      const { pathname, search } = new URL(meant);
      request.url = `${origin}${pathname}${search}`;
      request.allowInsecureConnection = true;
      // A proxy of the environment was chosen for ARM's host; it cannot reach this machine.
      delete request.agent;
      delete request.proxySettings;
      try {
        return await inner.sendRequest(request);
      } finally {
        // Requests are used again by retries, and a poller remembers the URL it began with: both must
        // read as ARM's, so that a swap can be followed after the stand-in came back on another port.
        request.url = meant;
      }
    },
  };
}
