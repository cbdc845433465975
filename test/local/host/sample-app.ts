// A small function app for the host's tests. What happened is appended to a file, one JSON object a line.
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { app, output, trigger } from '@azure/functions';
import type { InvocationContext } from '@azure/functions';

const events = process.env.EVENTS_FILE ?? '';
const record = (event: string, details: object = {}): void => {
  appendFileSync(events, `${JSON.stringify({ event, ...details })}\n`);
};

app.hook.appStart(() => record('appStart'));
app.hook.appTerminate(() => record('appTerminate'));

app.http('echo', {
  methods: ['GET', 'POST', 'HEAD'],
  route: 'echo/{id}/{part?}',
  handler: async (request) => ({
    status: 201,
    headers: { 'x-echo': 'yes' },
    jsonBody: {
      method: request.method,
      path: new URL(request.url).pathname,
      params: request.params,
      query: Object.fromEntries(request.query),
      header: request.headers.get('x-test'),
      text: await request.text(),
    },
  }),
});
app.http('fixed', { methods: ['GET'], route: 'echo/fixed', handler: () => ({ body: 'literal' }) });
app.http('action', {
  methods: ['POST'],
  route: 'items/{id:int}/{action:regex(^(pause|resume)$)}',
  handler: (request) => ({ jsonBody: request.params }),
});
app.http('guarded', { methods: ['GET'], authLevel: 'function', handler: () => ({ body: 'in' }) });
app.http('admins', { methods: ['GET'], authLevel: 'admin', handler: () => ({ body: 'in' }) });
// Generic, because the types of app.http ask for an answer.
app.generic('nothing', {
  trigger: trigger.http({}),
  return: output.http({}),
  handler: () => undefined,
});
app.http('cookie', {
  handler: () => ({
    cookies: [{ name: 'a', value: 'b c', path: '/', httpOnly: true, sameSite: 'Lax', maxAge: 5 }],
  }),
});
app.http('throws', {
  handler: (_request, context) => {
    context.warn('about to throw');
    throw new Error('broken on purpose', { cause: new Error('the root') });
  },
});
app.http('slow', {
  handler: async () => {
    record('slow-started');
    await sleep(1500);
    record('slow-done');
    return { body: 'late' };
  },
});

const one = output.storageQueue({ queueName: '%PREFIX%-sink', connection: 'AzureWebJobsStorage' });
app.http('send', {
  methods: ['POST'],
  extraOutputs: [one],
  handler: async (request, context) => {
    context.extraOutputs.set(one, await request.json());
    return { status: 202 };
  },
});

const seen = (event: string) => (entry: unknown, context: InvocationContext) => {
  const { id, dequeueCount, insertionTime } = context.triggerMetadata ?? {};
  record(event, { entry, id, dequeueCount, insertionTime });
};
const queue = (name: string) => ({
  queueName: `%PREFIX%-${name}`,
  connection: 'AzureWebJobsStorage',
});
app.storageQueue('sink', { ...queue('sink'), handler: seen('sink') });
app.storageQueue('poison', { ...queue('work-poison'), handler: seen('poison') });
app.storageQueue('chain', {
  ...queue('chain'),
  return: output.storageQueue(queue('sink')),
  handler: (entry) => ({ chained: entry }),
});
app.storageQueue('work', {
  ...queue('work'),
  handler: async (entry, context) => {
    seen('work')(entry, context);
    if (entry === 'fail') throw new Error('failed on purpose');
    if (entry === 'hang-once' && context.triggerMetadata?.dequeueCount === 1) await sleep(60_000);
    if (entry === 'long') await sleep(2600);
    record('work-done', { entry });
  },
});

app.timer('second', {
  schedule: '%SCHEDULE%',
  handler: (timer) => record('second', { timer }),
});
app.timer('yearly', {
  schedule: '0 0 0 1 1 *',
  handler: (timer) => record('yearly', { timer }),
});
app.timer('startup', {
  schedule: '0 0 0 1 1 *',
  runOnStartup: true,
  useMonitor: false,
  handler: (timer) => record('startup', { timer }),
});
