import { createDefaultHttpClient } from '@azure/core-rest-pipeline';
import type { HttpClient } from '@azure/core-rest-pipeline';
import { TelemetryError } from '../../controller/ports/telemetry.ts';
import { isLoopback } from '../../loopback.ts';

/**
 * Sends what is meant for Log Analytics to a stand-in on this machine. The SDK refuses tokens over http
 * by every other way (azure.md 2).
 * @throws TelemetryError `error` when `localEndpoint` is not an address of this machine.
 */
export function createLocalHttpClient(localEndpoint: string): HttpClient {
  if (!isLoopback(localEndpoint)) {
    throw new TelemetryError(
      'error',
      `the local endpoint of Log Analytics is "${localEndpoint}"; only http or https on 127.0.0.1, [::1] or localhost is accepted, because Azure tokens are sent there; leave the setting out to reach Azure`,
    );
  }
  const { origin } = new URL(localEndpoint);
  const inner = createDefaultHttpClient();
  return {
    async sendRequest(request) {
      // Idempotent, since a retry sends the same object again.
      const { pathname, search } = new URL(request.url);
      request.url = `${origin}${pathname}${search}`;
      request.allowInsecureConnection = true;
      // A proxy of the environment was chosen for Azure's host; it cannot reach this machine.
      delete request.agent;
      delete request.proxySettings;
      return await inner.sendRequest(request);
    },
  };
}
