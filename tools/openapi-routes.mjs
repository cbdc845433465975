// The routes as docs/openapi.json and docs/api.md describe them: what no type can say. Tests hold the table
// against the functions that register themselves, and against the answers of a running app.

const releaseId = (name) => ({
  name,
  in: 'path',
  what: 'id of the release',
  schema: { type: 'string', pattern: '^[0-9a-f]{20}-[0-9a-f]{19}$' },
});
const text = (name, what, more = {}) => ({
  ...{ name, in: 'query', what },
  schema: { type: 'string', ...more },
});
const count = (name, what, { most, usual }) => ({
  ...{ name, in: 'query', what },
  schema: { type: 'integer', minimum: 1, maximum: most, default: usual },
});
const FOR = {
  ...{ name: 'for', in: 'query', what: 'what is waited for' },
  schema: { enum: ['promoted', 'certified', 'finished'], default: 'promoted' },
};
const APP = text('app', 'app key, or resource id of the site');
const PHASES = { $ref: '#/components/schemas/Phase' };

/**
 * `name` is that of the function; `right` is the least right; `ok` is the answer by its status; `errors` are
 * statuses besides those that every route has.
 */
export const ROUTES = [
  {
    ...{ name: 'start-release', method: 'POST', route: 'releases', right: 'start' },
    what: 'start a release',
    body: 'StartBody',
    ok: {
      202: ['StartAnswer', 'taken'],
      200: ['StartAnswer', 'the same start was taken before: the same release'],
    },
    errors: [400, 409, 413],
    location: true,
  },
  {
    ...{ name: 'list-releases', method: 'GET', route: 'releases', right: 'read' },
    what: 'list releases, newest first',
    parameters: [
      APP,
      { ...{ name: 'phase', in: 'query', what: 'only those in this phase' }, schema: PHASES },
      {
        ...{ name: 'finished', in: 'query', what: 'only those that are finished, or are not' },
        schema: { type: 'boolean' },
      },
      text('key', 'the key of the start', { maxLength: 200 }),
      count('max', 'length of the page', { most: 50, usual: 20 }),
      text('continuation', 'from the page before', { maxLength: 4000 }),
    ],
    ok: { 200: ['ReleasesAnswer', 'a page; it may be short, even empty, before the end'] },
    errors: [400],
  },
  {
    ...{ name: 'get-release', method: 'GET', route: 'releases/{id}', right: 'read' },
    what: 'one release with its plan',
    parameters: [releaseId('id')],
    ok: { 200: ['ReleaseAnswer', 'the release, and its plan with every default written out'] },
    errors: [400, 404],
  },
  {
    ...{ name: 'get-audit', method: 'GET', route: 'releases/{id}/audit', right: 'read' },
    what: 'what happened to it, row by row',
    parameters: [
      releaseId('id'),
      count('from', 'first sequence', { most: 999_999, usual: 1 }),
      count('max', 'length of the page', { most: 1000, usual: 100 }),
    ],
    ok: { 200: ['AuditAnswer', 'a page of rows, oldest first'] },
    errors: [400, 404],
  },
  {
    ...{ name: 'get-evidence', method: 'GET', route: 'releases/{id}/evidence', right: 'read' },
    what: 'the evidence bin by bin, for charts',
    parameters: [releaseId('id')],
    ok: { 200: ['EvidenceAnswer', 'at most 600 points, oldest first'] },
    errors: [400, 404],
  },
  {
    ...{ name: 'command-release', method: 'POST', route: 'releases/{id}/{command}' },
    // By the command: the two that go on without the judge take `approve`.
    right: { override: ['pause', 'resume', 'abort', 'rollback', 'acknowledge'] },
    alsoRight: { approve: ['advance', 'promote'] },
    what: '`pause`, `resume`, `advance`, `promote`, `abort`, `rollback`, `acknowledge`',
    parameters: [
      releaseId('id'),
      {
        ...{ name: 'command', in: 'path', what: 'what to do' },
        schema: {
          enum: ['pause', 'resume', 'advance', 'promote', 'abort', 'rollback', 'acknowledge'],
        },
      },
    ],
    body: 'CommandBody',
    ok: { 200: ['CommandAnswer', 'decided and in the audit; what it asks of Azure follows'] },
    errors: [400, 404, 409, 413],
  },
  {
    ...{ name: 'get-gate', method: 'GET', route: 'gates/{releaseId}', right: 'read' },
    what: 'whether what comes after a release may begin, for pipelines',
    parameters: [releaseId('releaseId'), FOR],
    ok: { 200: ['GateAnswer', '`status` says it'] },
    errors: [400, 404],
  },
  {
    ...{ name: 'find-gate', method: 'GET', route: 'gates', right: 'read' },
    what: "the same by the key of the release's start",
    parameters: [
      { ...text('key', 'the key of the start', { minLength: 1, maxLength: 200 }), required: true },
      APP,
      FOR,
    ],
    ok: { 200: ['GateAnswer', '`status` says it; `pending` until there is a release'] },
    errors: [400, 409],
  },
  {
    ...{ name: 'get-app', method: 'GET', route: 'apps/{appKey}', right: 'read' },
    what: 'is this app free, and if not, what holds it',
    parameters: [
      {
        ...{ name: 'appKey', in: 'path', what: 'key of the app' },
        schema: { type: 'string', pattern: '^[0-9a-f]{20}$' },
      },
    ],
    ok: { 200: ['AppAnswer', 'an app that Slipway never saw is free'] },
    errors: [400],
  },
  {
    ...{ name: 'find-app', method: 'GET', route: 'apps', right: 'read' },
    what: 'the registry: which apps there are; with `?site=…` one app, registered or not',
    parameters: [text('site', 'resource id of the site')],
    ok: { 200: ['AppsAnswer', 'all, by name', 'AppAnswer'] },
    errors: [400],
  },
  {
    ...{ name: 'apply-apps', method: 'PUT', route: 'apps', right: 'administer' },
    what: 'add and change entries of the registry',
    parameters: [
      {
        ...{ name: 'prune', in: 'query', what: '`true` removes what is not in the body' },
        schema: { enum: ['true', 'false'], default: 'false' },
      },
    ],
    body: 'AppsBody',
    ok: { 200: ['AppsAppliedAnswer', 'every change, value by value'] },
    errors: [400, 409, 413],
  },
  {
    ...{ name: 'remove-app', method: 'DELETE', route: 'apps/{name}', right: 'administer' },
    what: 'remove one',
    parameters: [
      { ...{ name: 'name', in: 'path', what: 'name of the app' }, schema: { type: 'string' } },
    ],
    ok: { 200: ['AppsAppliedAnswer', 'removed'] },
    errors: [400, 404, 409],
  },
  {
    ...{ name: 'get-apps-audit', method: 'GET', route: 'apps/audit', right: 'read' },
    what: 'every change of the registry',
    parameters: [
      count('from', 'first sequence', { most: 999_999, usual: 1 }),
      count('max', 'length of the page', { most: 1000, usual: 100 }),
    ],
    ok: { 200: ['AppsAuditAnswer', 'a page of rows, oldest first'] },
    errors: [400],
  },
  {
    ...{ name: 'doctor', method: 'POST', route: 'apps/{name}/doctor', right: 'start' },
    what: 'would a release of this app be refused, and why',
    parameters: [
      { ...{ name: 'name', in: 'path', what: 'name of the app' }, schema: { type: 'string' } },
    ],
    body: 'DoctorBody',
    ok: { 200: ['DoctorAnswer', 'every check with what it found'] },
    errors: [400, 404, 409, 413, 429],
  },
  {
    ...{ name: 'get-me', method: 'GET', route: 'me', right: 'read' },
    what: 'who asks, and what the role allows',
    ok: { 200: ['MeAnswer', 'as the role goes; an app’s own lists can still refuse'] },
    errors: [400],
  },
  {
    ...{ name: 'list-poison', method: 'GET', route: 'poison', right: 'read' },
    what: 'messages that could not be used',
    parameters: [count('max', 'how many', { most: 100, usual: 50 })],
    ok: { 200: ['PoisonAnswer', 'newest first'] },
    errors: [400],
  },
  {
    ...{ name: 'test-notifications', method: 'POST', route: 'notifications/test' },
    right: 'administer',
    what: 'a sample to every receiver of notices',
    ok: { 200: ['NotificationsTestAnswer', 'what became of each'] },
    errors: [400],
  },
  {
    ...{ name: 'health', method: 'GET', route: 'health', right: 'read' },
    what: 'settings, storage, clock, App Service, logs, notices',
    ok: { 200: ['HealthAnswer', 'all is well'], 503: ['HealthAnswer', 'something is not'] },
    errors: [],
  },
  {
    ...{ name: 'get-plan-schema', method: 'GET', route: 'schemas/plan', right: 'read' },
    what: 'the JSON Schema of a plan, for editors',
    ok: { 200: ['JsonSchema', 'JSON Schema, draft 2020-12'] },
    media: 'application/schema+json',
    errors: [400],
  },
  {
    ...{ name: 'get-openapi', method: 'GET', route: 'openapi.json', right: 'read' },
    what: 'this API as an OpenAPI 3.1 document',
    ok: { 200: ['OpenapiDocument', 'OpenAPI 3.1'] },
    errors: [400],
  },
  {
    ...{ name: 'dashboard', method: 'GET', route: 'dashboard', right: 'none' },
    what: 'the page for people; open to everybody',
    ok: { 200: ['File', 'HTML'], 304: [undefined, 'as you have it'] },
    media: 'text/html',
    errors: [],
  },
  {
    ...{ name: 'dashboard-file', method: 'GET', route: 'dashboard/{file}', right: 'none' },
    what: 'what the page needs; open to everybody',
    parameters: [
      {
        ...{ name: 'file', in: 'path', what: 'name of the file' },
        schema: { enum: ['app.js', 'app.css'] },
      },
    ],
    ok: { 200: ['File', 'the file'], 304: [undefined, 'as you have it'] },
    media: 'text/javascript',
    errors: [404],
  },
];
