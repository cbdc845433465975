// Bundles the function app and the command line. CommonJS, because the Functions worker provides
// `@azure/functions-core` by patching `require` (azure.md 4.2); it must stay external for that reason.
import { build } from 'esbuild';

// The bundle would die of a syntax error or a missing global on an old Node; one sentence is kinder.
const checkNode =
  "if (Number(process.versions.node.split('.')[0]) < 22) { " +
  "console.error('slipway needs Node 22 or newer, this is ' + process.versions.node + ': install it from https://nodejs.org'); " +
  'process.exit(1); }';

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
      banner: { js: checkNode },
    }),
  ]);
}
