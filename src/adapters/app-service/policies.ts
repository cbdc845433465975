import type { PipelinePolicy, PipelineRequest } from '@azure/core-rest-pipeline';
import { AzureCallError } from '../../controller/ports/azure-errors.ts';
import { answerError } from './answer-error.ts';

/** Tokens go to ARM alone. A poller's Location and a page's nextLink are followed as they stand. */
const ARM_HOST = /^([a-z0-9-]+\.)*management\.azure\.com$/;

/**
 * Outermost, once per call: the deadline, the host, and every error answer as AzureCallError. SDK 19
 * cannot read App Service's envelope, and polls and pages pass by each call's own options (azure.md
 * 1.7), so code and message survive only here.
 */
export function callPolicy(timeoutMs: number): PipelinePolicy {
  return {
    name: 'slipwayCallPolicy',
    async sendRequest(request, next) {
      refuseOtherHosts(request);
      const deadline = AbortSignal.timeout(timeoutMs);
      // A request that comes late, after a slow token say, is not sent any more: its signal is aborted.
      request.abortSignal =
        request.abortSignal instanceof AbortSignal
          ? AbortSignal.any([request.abortSignal, deadline])
          : deadline;
      const late = rejectAfter(deadline, () => timedOut(request, timeoutMs));
      const response = await Promise.race([next(request), late]);
      if (response.status >= 400) throw answerError(response);
      return response;
    },
  };
}

/** Innermost, once per try: "busy" is handed up at once. The SDK would wait out Retry-After in here. */
export function busyPolicy(): PipelinePolicy {
  return {
    name: 'slipwayBusyPolicy',
    async sendRequest(request, next) {
      const response = await next(request);
      if (response.status < 400) return response;
      const error = answerError(response);
      if (error.failure === 'busy') throw error;
      return response;
    },
  };
}

function refuseOtherHosts(request: PipelineRequest): void {
  const { protocol, hostname } = new URL(request.url);
  if (protocol === 'https:' && ARM_HOST.test(hostname)) return;
  throw new AzureCallError(
    `${request.method} to ${protocol}//${hostname} was not sent: only https on management.azure.com gets Azure tokens`,
    { code: 'not-arm', failure: 'refused' },
  );
}

function timedOut(request: PipelineRequest, timeoutMs: number): AzureCallError {
  const { pathname } = new URL(request.url);
  return new AzureCallError(
    `Azure did not answer within ${timeoutMs} ms (${request.method} ${pathname}); it may have been done`,
    { code: 'timed-out', failure: 'unknown' },
  );
}

async function rejectAfter(signal: AbortSignal, reason: () => Error): Promise<never> {
  return await new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(reason()), { once: true });
  });
}
