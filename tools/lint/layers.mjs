// Who may import whom: design section 7, line by line. What is not written here is refused.
//
// Keys and targets are files or folders under src; a folder ends in "/". "types of X" admits only
// `import type`. A layer may always import itself, and each folder of adapters/ is a layer of its own.
// `azure` names the Azure packages a layer may use (default: none). `only` marks a pure layer: the
// packages named and not even Node's own modules, so that the same code gives the same answer in
// production, in a test and in a replay of the audit; `nodeIn` excepts one module for one file.

export const LAYERS = {
  'main.ts': { may: ['functions/'] },
  'functions/': { may: ['app.ts', 'api/'], azure: ['@azure/functions'] },
  'app.ts': { may: ['everything but local/'], azure: ['any'] },
  'config.ts': {
    may: [
      'limits.ts',
      'settings.ts',
      'storage-settings.ts',
      'connection-string.ts',
      'loopback.ts',
      'release/errors.ts',
      // The setting of the receivers is JSON with templates: whoever sends them knows what is right.
      'adapters/notify/',
      'adapters/open-telemetry/telemetry-out.ts',
    ],
    azure: ['any'],
  },
  'settings.ts': { may: ['types of release/errors.ts'] },
  'storage-settings.ts': { may: ['connection-string.ts', 'types of settings.ts'] },
  'connection-string.ts': { may: ['loopback.ts'] },
  'limits.ts': { may: [] },
  'loopback.ts': { may: [] },
  'api/': { may: ['release/'] },
  'controller/': { may: ['release/', 'types of judge/', 'limits.ts'] },
  'release/': {
    may: ['judge/', 'limits.ts'],
    only: ['ms', 'zod'],
    nodeIn: { 'release/hash.ts': 'node:crypto' },
  },
  'judge/': { may: [], only: [] },
  'adapters/*/': {
    may: [
      'controller/ports/',
      'types of release/',
      'types of judge/',
      'limits.ts',
      'loopback.ts',
      'release/errors.ts',
      'release/input-problems.ts',
      'release/notice.ts',
      'release/notice-sample.ts',
      'release/probe-mark.ts',
      'release/redact.ts',
      'types of config.ts',
    ],
    azure: ['any'],
  },
  'dashboard/': { may: ['api/contract.ts', 'api/contract/', 'api/words/'] },
  'cli/': {
    // `audit verify` composes the store as the function app does, hence app.ts.
    may: ['api/contract.ts', 'api/contract/', 'api/words/', 'judge/', 'release/', 'app.ts'],
  },
  'local/': { may: ['everything'], azure: ['any'] },
};
