import type { PipelinePolicy } from '@azure/core-rest-pipeline';

/**
 * Bounds a call with all its retries. `requestOptions.timeout` would not do: the SDK drops it for
 * transactions, and it bounds one try only.
 */
export function deadlinePolicy(timeoutMs: number): PipelinePolicy {
  return {
    name: 'storeDeadlinePolicy',
    sendRequest(request, next) {
      request.abortSignal ??= AbortSignal.timeout(timeoutMs);
      return next(request);
    },
  };
}

/**
 * Writes U+2028 and U+2029 as JSON escapes, which mean the same. Azurite 3.37 answers 500 to a
 * transaction that holds one as it is, and they come in through texts of other systems; a release
 * would be stuck on it for good.
 */
export const lineSeparatorPolicy: PipelinePolicy = {
  name: 'storeLineSeparatorPolicy',
  sendRequest(request, next) {
    // Bodies hold them inside JSON strings only: keys are checked, all else is ASCII.
    if (typeof request.body === 'string') {
      request.body = request.body.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
    }
    return next(request);
  },
};
