// `npm run sbom -- [FILE]`: the production dependencies as CycloneDX, to a file or standard output. The
// same lock gives the same text: what npm makes up at each run (serial number, time) is left out.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { productionPackages } from './licences.mjs';

const ROOT = path.resolve(import.meta.dirname, '..');
const BYTES_MAX = 64 * 1024 * 1024;
const LIMIT_MS = 2 * 60_000;

/** Of everything: `--omit dev` of npm 11 also leaves out what development depends on as well. */
function npmSbom() {
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'];
  const { status, stdout, stderr, error } = spawnSync('npm', args, {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: BYTES_MAX,
    timeout: LIMIT_MS,
    // npm is a script of its own name on Windows.
    shell: process.platform === 'win32',
  });
  if (status === 0) return JSON.parse(stdout);
  throw new Error(`npm sbom failed: ${error?.message ?? (stderr.trim() || stdout.trim())}`);
}

/**
 * Only the parts named, as `name@version`.
 * @throws Error when one of them is not in the list
 */
export function only(bom, names) {
  const root = bom.metadata.component['bom-ref'];
  const components = bom.components.filter((part) => names.has(part['bom-ref']));
  const listed = new Set(components.map((part) => part['bom-ref']));
  const missing = [...names].filter((name) => !listed.has(name));
  if (missing.length > 0) throw new Error(`npm sbom does not list ${missing.join(', ')}`);
  const isPart = (ref) => ref === root || listed.has(ref);
  const dependencies = bom.dependencies
    .filter(({ ref }) => isPart(ref))
    .map((entry) => ({ ...entry, dependsOn: (entry.dependsOn ?? []).filter(isPart) }));
  return { ...bom, components, dependencies };
}

/** Without what differs from run to run and from folder to folder, and in one order. */
export function stable(bom) {
  const metadata = { ...bom.metadata, timestamp: undefined };
  // npm takes the folder's name.
  const name = metadata.component['bom-ref'].replace(/@[^@]*$/, '');
  const by = (key) => (one, other) => (one[key] < other[key] ? -1 : 1);
  return {
    ...bom,
    serialNumber: undefined,
    metadata: { ...metadata, component: { ...metadata.component, name } },
    components: [...bom.components].sort(by('bom-ref')),
    dependencies: bom.dependencies
      .map((entry) => ({ ...entry, dependsOn: [...(entry.dependsOn ?? [])].sort() }))
      .sort(by('ref')),
  };
}

const USAGE =
  'npm run sbom -- [FILE]: the production dependencies as CycloneDX, to a file or standard output';

if (process.argv[1] === import.meta.filename) {
  const [file, ...more] = process.argv.slice(2);
  if (file === '--help') process.stdout.write(`${USAGE}\n`);
  else if (file?.startsWith('-') || more.length > 0) {
    // A file of such a name would be an option that somebody misspelt.
    process.stderr.write(`sbom: one file at most, and no option but --help\n${USAGE}\n`);
    process.exitCode = 2;
  } else writeBom(file);
}

function writeBom(file) {
  try {
    const lock = JSON.parse(readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8'));
    const parts = productionPackages(lock, () => undefined);
    const names = new Set(parts.map(({ name, version }) => `${name}@${version}`));
    const text = `${JSON.stringify(stable(only(npmSbom(), names)), undefined, 2)}\n`;
    if (file === undefined) process.stdout.write(text);
    else writeFileSync(file, text);
  } catch (error) {
    process.stderr.write(`sbom: ${error.message}\n`);
    process.exitCode = 1;
  }
}
