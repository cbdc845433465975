// Runs after `npm ci`: bundles, so that `npx slipway` works right away. Without the development
// dependencies (a deployment) there is nothing to bundle with, and nothing is done.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const inProject = (file) => fileURLToPath(new URL(`../${file}`, import.meta.url));

const needed = ['node_modules/esbuild/package.json', 'src/main.ts', 'src/cli/main.ts'];

if (needed.every((file) => existsSync(inProject(file)))) {
  const { status } = spawnSync(process.execPath, [inProject('build.mjs')], {
    cwd: inProject(''),
    stdio: 'inherit',
  });
  // The installation itself is sound, and every script that needs the bundle builds it again.
  if (status !== 0) process.stderr.write('The bundle in dist/ was not built: see above.\n');
}
