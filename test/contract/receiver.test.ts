import { afterEach, describe } from 'vitest';

import { createReceiver } from '../../src/adapters/notify/receivers.ts';
import { type HttpReceiver, startHttpReceiver } from '../support/http-receiver.ts';
import { createMemoryReceiver } from '../support/memory-receiver.ts';
import { around, KINDS } from '../support/notice-samples.ts';
import { receiverSuite } from './receiver-suite.ts';

let servers: HttpReceiver[] = [];
afterEach(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  servers = [];
});

describe('the twin in memory', () => {
  receiverSuite(async () => {
    const receiver = createMemoryReceiver();
    return {
      receiver,
      arrived: () => receiver.notices.map(({ id }) => id),
      become: (state) => {
        receiver.down = state === 'down';
        receiver.answerIsLost = state === 'unheard';
      },
    };
  });
});

describe.each(Object.entries(KINDS))('a receiver of kind %s', (_kind, configOf) => {
  receiverSuite(async () => {
    const server = await startHttpReceiver();
    servers.push(server);
    const taken = (): readonly string[] =>
      // Each kind has the id somewhere; the first in the text is the notice's own.
      server.got
        .filter((_, index) => !refused.has(index))
        .map(
          ({ body, headers }) =>
            /\br\.\d\b/.exec(`${String(headers['webhook-id'])} ${body}`)?.[0] ?? '',
        );
    const refused = new Set<number>();
    return {
      receiver: createReceiver(configOf(server.url), around()),
      arrived: taken,
      become: (state) => {
        server.status = { well: 204, down: 503, unheard: undefined }[state];
        if (state === 'down') refused.add(server.got.length);
      },
    };
  });
});
