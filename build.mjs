// Bundles the function app, the command line and the page. The first two as CommonJS: the Functions worker
// provides `@azure/functions-core` by patching `require` (azure.md 4.2); it must stay external for that reason.
import { copyFile, mkdir } from 'node:fs/promises';

import { build } from 'esbuild';

// The bundle would die of a syntax error or a missing global on an old Node; one sentence is kinder.
const checkNode =
  "if (Number(process.versions.node.split('.')[0]) < 22) { " +
  "console.error('slipway needs Node 22 or newer, this is ' + process.versions.node + ': install it from https://nodejs.org'); " +
  'process.exit(3); }';

const shared = {
  bundle: true,
  platform: 'node',
  target: 'node22',
  format: 'cjs',
  external: ['@azure/functions-core'],
  sourcemap: true,
  logLevel: 'warning',
};

// In a file of its own: in the same one its SDK would cost every start 30 ms of parsing, wanted or not.
const openTelemetryApart = {
  name: 'open-telemetry-apart',
  setup: (build) =>
    build.onResolve({ filter: /^\.\/connect\.ts$/ }, ({ importer }) =>
      importer.endsWith('lazily.ts') ? { path: './open-telemetry.cjs', external: true } : undefined,
    ),
};

try {
  await bundleAll();
} catch {
  // esbuild has printed each error with its place already; its stack would only hide them.
  process.exitCode = 1;
}

async function bundleAll() {
  await Promise.all([
    build({
      ...shared,
      entryPoints: ['src/main.ts'],
      outfile: 'dist/main.cjs',
      plugins: [openTelemetryApart],
    }),
    build({
      ...shared,
      entryPoints: ['src/adapters/open-telemetry/connect.ts'],
      outfile: 'dist/open-telemetry.cjs',
    }),
    build({
      ...shared,
      entryPoints: ['src/cli/main.ts'],
      outfile: 'dist/slipway.cjs',
      banner: { js: checkNode },
    }),
    bundlePage(),
  ]);
}

/** Into dist/dashboard: index.html, app.js and app.css. */
async function bundlePage() {
  await mkdir('dist/dashboard', { recursive: true });
  await Promise.all([
    copyFile('src/dashboard/index.html', 'dist/dashboard/index.html'),
    build({
      entryPoints: { app: 'src/dashboard/main.tsx' },
      outdir: 'dist/dashboard',
      bundle: true,
      minify: true,
      platform: 'browser',
      target: 'es2022',
      format: 'esm',
      jsx: 'automatic',
      jsxImportSource: 'preact',
      // Licences of the libraries stay with them.
      legalComments: 'eof',
      logLevel: 'warning',
    }),
  ]);
}
