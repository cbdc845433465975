// HTTP clients for tests of adapters on Azure's SDKs: they record, lose and make up answers.
import {
  createDefaultHttpClient,
  createHttpHeaders,
  RestError,
  type HttpClient,
  type PipelineRequest,
} from '@azure/core-rest-pipeline';

/** One request as it was sent. */
export interface SentRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface RecordingClient extends HttpClient {
  readonly sent: SentRequest[];
  /** The next matching request is lost: `before` it is sent, or `after`, its answer alone. */
  lose(when: 'before' | 'after', matches: RegExp): void;
}

/** Sends for real and remembers what was sent. */
export function recordingClient(): RecordingClient {
  const real = createDefaultHttpClient();
  const sent: SentRequest[] = [];
  let loss: { when: 'before' | 'after'; matches: RegExp } | undefined;
  return {
    sent,
    lose: (when, matches) => {
      loss = { when, matches };
    },
    async sendRequest(request) {
      sent.push(asSent(request));
      const now = loss?.matches.test(request.url) === true ? loss : undefined;
      if (now !== undefined) loss = undefined;
      if (now?.when === 'before') throw reset(request);
      const response = await real.sendRequest(request);
      if (now?.when === 'after') throw reset(request);
      return response;
    },
  };
}

/** Answers every request with the same made-up answer, without any network. */
export function answeringClient(answer: {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}): RecordingClient {
  const sent: SentRequest[] = [];
  return {
    sent,
    lose: () => undefined,
    sendRequest: async (request) => {
      sent.push(asSent(request));
      return {
        request,
        status: answer.status,
        headers: createHttpHeaders(answer.headers),
        bodyAsText: answer.body,
      };
    },
  };
}

/** Never answers; ends when the request is aborted, as a real client does. */
export function silentClient(): HttpClient {
  return {
    sendRequest: (request) =>
      new Promise((_resolve, reject) => {
        request.abortSignal?.addEventListener('abort', () => {
          const error = new Error('The operation was aborted.');
          error.name = 'AbortError';
          reject(error);
        });
      }),
  };
}

function reset(request: PipelineRequest): RestError {
  return new RestError('socket hang up', { code: 'ECONNRESET', request });
}

function asSent(request: PipelineRequest): SentRequest {
  return {
    method: request.method,
    url: request.url,
    headers: request.headers.toJSON({ preserveCase: true }),
    body: typeof request.body === 'string' ? request.body : '',
  };
}
