/** The functions host of this machine: routes, messages, and what its process says. */
import fc from 'fast-check';

import { parseReadyLine } from '../../../src/local/host/host-process.ts';
import {
  decodeMessage,
  encodeMessage,
  triggerMetadata,
} from '../../../src/local/host/queue-messages.ts';
import { matchRoute, parseRoute, sortRoutes } from '../../../src/local/host/routes.ts';
import { isLoopback } from '../../../src/loopback.ts';
import { CORPUS, HOSTILE_TEXTS } from '../corpus.ts';
import { must, target } from '../engine.ts';
import { hostileText, spoilt, spoiltJsonText } from '../hostile.ts';
import { RELEASE_ID, SHORT_START } from '../samples.ts';

const ROUTES = sortRoutes(
  [
    'api/releases',
    'api/releases/{id}',
    'api/releases/{id}/{command}',
    'api/apps/{appKey}',
    'api/{*rest}',
  ].map((template) => parseRoute({ template, methods: ['GET'], target: template })),
);

const path = fc
  .array(spoilt('api', 'releases', RELEASE_ID, 'pause', 'apps', '..', '%2e%2e', '%2f'), {
    maxLength: 5,
  })
  .map((parts) => `/${parts.join('/')}`);

export const localTargets = [
  target({
    name: 'local-routes',
    share: 4,
    inputs: path,
    examples: HOSTILE_TEXTS.map((text) => `/api/releases/${text}`),
    attempt: (raw) => {
      const url = URL.parse(`http://127.0.0.1${raw}`);
      if (url === null) return 'refused';
      const match = matchRoute(ROUTES, { method: 'GET', path: url.pathname });
      if (match === undefined) return 'refused';
      must(
        Object.values(match.params).every((value) => typeof value === 'string'),
        'a parameter that is no text',
      );
      return 'accepted';
    },
  }),
  target({
    name: 'local-messages',
    share: 4,
    inputs: spoiltJsonText(SHORT_START, ['one', 'two']),
    examples: CORPUS.texts,
    attempt: (text) => {
      const at = new Date(0);
      const item = {
        ...{ messageId: 'm', popReceipt: 'p', messageText: text, dequeueCount: 1 },
        ...{ insertedOn: at, expiresOn: at, nextVisibleOn: at },
      };
      void triggerMetadata(item, text);
      const decoded = decodeMessage(encodeMessage(text, 'base64'), 'base64');
      must(decoded?.toString() === Buffer.from(text).toString(), 'base64 does not come back');
      return 'accepted';
    },
  }),
  target({
    name: 'local-host-lines',
    share: 2,
    inputs: fc.oneof(
      spoiltJsonText({ url: 'http://127.0.0.1:1', functions: [] }).map(
        (text) => `functions-host-ready ${text}`,
      ),
      hostileText,
    ),
    attempt: (line) => (parseReadyLine(line) === undefined ? 'refused' : 'accepted'),
  }),
  target({
    name: 'loopback',
    share: 2,
    inputs: spoilt(
      'http://127.0.0.1:7071',
      'http://localhost',
      'http://[::1]:1/',
      'https://management.azure.com',
    ),
    examples: HOSTILE_TEXTS,
    attempt: (text) => {
      if (!isLoopback(text)) return 'refused';
      const { hostname } = new URL(text);
      must(
        /^(localhost|\[::1\]|127\.\d+\.\d+\.\d+)$/.test(hostname),
        `${hostname} is not this machine`,
      );
      return 'accepted';
    },
  }),
];
