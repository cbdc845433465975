// Bundles the function app and the command line. CommonJS, because the Functions worker provides
// `@azure/functions-core` by patching `require` (azure.md 4.2); it must stay external for that reason.
import { build } from 'esbuild';

const shared = {
  bundle: true,
  platform: 'node',
  target: 'node22',
  format: 'cjs',
  external: ['@azure/functions-core'],
  sourcemap: true,
  logLevel: 'warning',
};

try {
  await bundleAll();
} catch {
  // esbuild has printed each error with its place already; its stack would only hide them.
  process.exitCode = 1;
}

async function bundleAll() {
  await Promise.all([
  build({ ...shared, entryPoints: ['src/main.ts'], outfile: 'dist/main.cjs' }),
  build({
    ...shared,
    entryPoints: ['src/cli/main.ts'],
    outfile: 'dist/slipway.cjs',
    banner: { js: '#!/usr/bin/env node' },
  }),
  ]);
}
