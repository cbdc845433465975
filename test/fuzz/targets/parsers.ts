/** Every parser of what comes from outside: it takes the input or refuses it by its own error. */
import fc from 'fast-check';
import { z } from 'zod';

import {
  messageContent,
  messageKey,
  messageText,
  tickRelease,
} from '../../../src/api/queue-message.ts';
import {
  parseAppKey,
  parseAuditQuery,
  parseCommand,
  parseCommandKind,
  parseNoQuery,
  parsePoisonQuery,
  parseReleaseId,
  parseReleasesQuery,
  parseSiteQuery,
  bodyText,
} from '../../../src/api/parse-request.ts';
import { readConfig, readStorage, SETTINGS } from '../../../src/config.ts';
import { BOUNDS } from '../../../src/limits.ts';
import { InvalidInputError, SlipwayError } from '../../../src/release/errors.ts';
import { COMMANDS } from '../../../src/release/event.ts';
import { appNamed, parseStart } from '../../../src/release/parse-start.ts';
import { CORPUS, HOSTILE_TEXTS } from '../corpus.ts';
import { must, target, tried } from '../engine.ts';
import { hostileText, spoilt, spoiltJson, spoiltJsonText } from '../hostile.ts';
import {
  APP_KEY,
  COMMAND,
  PLAN,
  RELEASE_ID,
  RESUME,
  SHORT_START,
  SITE_ID,
  START,
  TICK,
} from '../samples.ts';

const ENVIRONMENT = {
  AzureWebJobsStorage: 'UseDevelopmentStorage=true',
  SLIPWAY_CLOCK_SCHEDULE: '*/30 * * * * *',
};

/** Invalid input says what is wrong, each thing with its path. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof SlipwayError)) return false;
  if (error instanceof InvalidInputError) {
    must(error.details.length > 0, 'a refusal without a problem');
    must(
      error.details.every(({ code }) => /^[a-z][a-z0-9-]*$/.test(code)),
      'a problem without its code',
    );
    return true;
  }
  return error.code === 'not-found' || error.code === 'too-large';
}

/** What could make people read another name than is written. */
const DECEIVING = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

export function mustBePlain(text: string | undefined, what: string): void {
  if (text === undefined) return;
  must(!DECEIVING.test(text), `${what} holds characters that nobody sees`);
  must(!/["'`|\\]/.test(text), `${what} holds a quote, a pipe or a backslash`);
  must(text === text.normalize('NFC'), `${what} can be written in two ways`);
  must(text === text.trim(), `${what} begins or ends with a blank`);
}

function mustBeSound(start: ReturnType<typeof parseStart>): void {
  const { key, version, baselineVersion, requestedBy, telemetry, target: app } = start;
  mustBePlain(key, 'the key');
  mustBePlain(version, 'the version');
  mustBePlain(baselineVersion, 'the baseline');
  mustBePlain(telemetry.role, 'the role');
  mustBePlain(telemetry.component, 'the component');
  mustBePlain(requestedBy.name, 'the name');
  mustBePlain(requestedBy.run, 'the run');
  mustBePlain(requestedBy.commit, 'the commit');
  must(
    /^[\w().-]+$/.test(app.resourceGroup + app.site + start.slot),
    'a name of Azure is not ASCII',
  );
  must(JSON.stringify(start.plan).length <= BOUNDS.planChars, 'the plan is too long');
}

export const parsers = [
  target({
    name: 'start-message',
    share: 12,
    inputs: spoiltJsonText(START, SHORT_START, { ...START, plan: 'careful' }),
    examples: CORPUS.texts,
    attempt: (text) => {
      void appNamed(text);
      return tried(() => parseStart(text), { refusal: isRefusal, check: mustBeSound });
    },
  }),
  target({
    name: 'start-fields',
    share: 12,
    inputs: fc
      .tuple(
        fc.constantFrom(
          'key',
          'slot',
          'version',
          'baselineVersion',
          'subscriptionId',
          'resourceGroup',
          'site',
          'component',
          'role',
          'workspaceId',
          'name',
          'run',
          'commit',
        ),
        spoilt(
          '2.4.0',
          'shop',
          'staging',
          SITE_ID,
          START.telemetry.component,
          'https://ci.example/1',
        ),
      )
      .map(([field, text]) => withField(START, field, text)),
    examples: HOSTILE_TEXTS.map((text) => withField(START, 'version', text)),
    attempt: (body) => tried(() => parseStart(body), { refusal: isRefusal, check: mustBeSound }),
  }),
  target({
    name: 'plan',
    share: 10,
    inputs: spoiltJson(PLAN, { preset: 'fast' }, { strategy: 'blue-green' }),
    attempt: (plan) =>
      tried(() => parseStart({ ...SHORT_START, plan }), {
        refusal: isRefusal,
        check: (start) => must(allFinite(start.plan), 'the plan holds a number without an end'),
      }),
  }),
  target({
    name: 'command-body',
    share: 6,
    inputs: fc.tuple(fc.constantFrom(...COMMANDS), spoiltJsonText(COMMAND, RESUME)),
    examples: CORPUS.texts.map((text) => ['pause', text] as [(typeof COMMANDS)[number], string]),
    attempt: ([kind, text]) =>
      tried(() => parseCommand(kind, bodyText(Buffer.from(text))), {
        refusal: isRefusal,
        check: ({ command }) => {
          must(command.kind === kind, 'another command came out');
          must(
            !/[\u202a-\u202e\u2066-\u2069\0\u001b]/.test(command.reason),
            'a reason that hides its words',
          );
          must(command.reason.isWellFormed(), 'a reason that UTF-8 cannot carry');
        },
      }),
  }),
  target({
    name: 'body-bytes',
    share: 2,
    inputs: fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      hostileText.map((text) => Buffer.from(text, 'utf16le')),
    ),
    attempt: (bytes) => tried(() => bodyText(bytes), { refusal: isRefusal }),
  }),
  target({
    name: 'queue-message',
    share: 8,
    inputs: fc.tuple(
      fc.oneof(
        spoiltJsonText(START, TICK, SHORT_START),
        spoiltJsonText(TICK).map((text) => Buffer.from(text).toString('base64')),
      ),
      spoiltJson({ id: 'message-1', insertionTime: '2026-11-22T12:00:00+00:00', dequeueCount: 1 }),
    ),
    examples: CORPUS.texts.map((text): [string, unknown] => [text, {}]),
    attempt: ([text, metadata]) => {
      const entry = asDelivered(text);
      const key = messageKey(
        'releases',
        entry,
        z.record(z.string(), z.unknown()).safeParse(metadata).data,
      );
      must(key.length <= 140, `a key of ${key.length} characters`);
      must(typeof messageText(entry) === 'string', 'a message without a text');
      void messageContent(entry);
      const release = tickRelease(entry);
      must(release === undefined || /^[0-9a-f]{20}-[0-9a-f]{19}$/.test(release), 'no release id');
      return release === undefined ? 'refused' : 'accepted';
    },
  }),
  target({
    name: 'ids',
    share: 6,
    inputs: spoilt(RELEASE_ID, APP_KEY, 'pause', 'rollback'),
    examples: HOSTILE_TEXTS,
    attempt: (text) => {
      const outcomes = [
        tried(() => parseReleaseId(text), {
          refusal: isRefusal,
          check: (id) => must(/^[0-9a-f]{20}-[0-9a-f]{19}$/.test(id), 'no release id was taken'),
        }),
        tried(() => parseAppKey(text), {
          refusal: isRefusal,
          check: (key) => must(/^[0-9a-f]{20}$/.test(key), 'no app key was taken'),
        }),
        tried(() => parseCommandKind(text), { refusal: isRefusal }),
      ];
      return outcomes.includes('accepted') ? 'accepted' : 'refused';
    },
  }),
  target({
    name: 'queries',
    share: 8,
    inputs: fc.array(
      fc.tuple(
        fc.oneof(
          {
            weight: 6,
            arbitrary: fc.constantFrom(
              'app',
              'phase',
              'finished',
              'key',
              'max',
              'continuation',
              'from',
              'site',
              'code',
            ),
          },
          { weight: 1, arbitrary: hostileText },
        ),
        spoilt(
          APP_KEY,
          SITE_ID,
          'ramping',
          'false',
          '20',
          '1',
          'ci-1',
          'eyJtb250aCI6IjIwMjYtMTEifQ',
        ),
      ),
      { maxLength: 4 },
    ),
    attempt: (pairs) => {
      const query = new URLSearchParams(pairs);
      const parse = [
        parseReleasesQuery,
        parseAuditQuery,
        parsePoisonQuery,
        parseSiteQuery,
        parseNoQuery,
      ];
      const outcomes = parse.map((one) => tried<unknown>(() => one(query), { refusal: isRefusal }));
      return outcomes.includes('accepted') ? 'accepted' : 'refused';
    },
  }),
  target({
    name: 'settings',
    share: 6,
    inputs: fc
      .dictionary(
        fc.constantFrom(...SETTINGS.map(({ name }) => name)),
        spoilt(
          'UseDevelopmentStorage=true',
          'AccountName=a;AccountKey=b',
          'https://shop.table.core.windows.net',
          'http://127.0.0.1:7071',
          '*/30 * * * * *',
          SITE_ID,
          '60',
          'true',
          'shop',
        ),
        { maxKeys: 3 },
      )
      .map((env) => ({ ...ENVIRONMENT, ...env })),
    attempt: (env) => {
      void tried(() => readStorage(env), { refusal: isRefusal });
      return tried(() => readConfig(env), {
        refusal: isRefusal,
        check: ({ timeScale, local }) => {
          must(timeScale >= 1 && timeScale <= 10_000, `a time scale of ${timeScale}`);
          must(timeScale === 1 || local !== undefined, 'time runs faster in Azure');
        },
      });
    },
  }),
];

/** A text that is JSON arrives parsed (azure.md 4.1). */
function asDelivered(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** The start with `text` in the one field of that name, wherever it stands. */
function withField(node: unknown, field: string, text: string): unknown {
  if (typeof node !== 'object' || node === null || Array.isArray(node)) return node;
  return Object.fromEntries(
    Object.entries(node).map(([name, value]) => [
      name,
      name === field && typeof value === 'string' ? text : withField(value, field, text),
    ]),
  );
}

function allFinite(node: unknown): boolean {
  if (typeof node === 'number') return Number.isFinite(node);
  if (typeof node !== 'object' || node === null) return true;
  return Object.values(node).every(allFinite);
}
