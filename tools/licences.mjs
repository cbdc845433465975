// `npm run licences [-- --json]`: every production dependency with its version and licence, from the
// lock and the installed packages. Fails on a licence that is not on the list.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '..');

/** Permissive: what Slipway ships may hold them without further duties than naming them. */
export const ALLOWED = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
  'Unlicense',
]);

/** Production dependencies of a lock (version 2 or 3), sorted. */
export function productionPackages(lock, licenceOf) {
  return Object.entries(lock.packages)
    .filter(([place, entry]) => place !== '' && !entry.dev && !entry.devOptional && !entry.link)
    .filter(([, entry]) => !entry.optional)
    .map(([place, { version, license }]) => ({
      name: place.replace(/^.*node_modules\//, ''),
      version,
      licence: license ?? licenceOf(place) ?? 'none stated',
    }))
    .sort((one, other) =>
      `${one.name}@${one.version}` < `${other.name}@${other.version}` ? -1 : 1,
    );
}

/** True for an SPDX expression that can be met by allowed licences alone. */
export function isAllowed(expression) {
  const text = expression.trim().replace(/^\((.*)\)$/, '$1');
  if (text.includes('(')) return false;
  if (text.includes(' OR ')) return text.split(' OR ').some(isAllowed);
  return text.split(' AND ').every((licence) => ALLOWED.has(licence.trim()));
}

function installedLicence(place) {
  const file = path.join(ROOT, place, 'package.json');
  if (!existsSync(file)) return undefined;
  const { license, licenses } = JSON.parse(readFileSync(file, 'utf8'));
  if (typeof license === 'string') return license;
  return license?.type ?? licenses?.map(({ type }) => type).join(' AND ');
}

if (process.argv[1] === import.meta.filename) {
  // `| head` reads no further: that is no failure.
  process.stdout.on('error', (error) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
  const lock = JSON.parse(readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8'));
  const packages = productionPackages(lock, installedLicence);
  const refused = packages.filter(({ licence }) => !isAllowed(licence));
  if (process.argv.includes('--json')) {
    process.stdout.write(`${JSON.stringify({ packages, refused }, undefined, 2)}\n`);
  } else {
    for (const { name, version, licence } of packages) {
      process.stdout.write(`${name}@${version}  ${licence}\n`);
    }
    process.stdout.write(`${packages.length} production dependencies\n`);
  }
  for (const { name, version, licence } of refused) {
    process.stderr.write(
      `licences: ${name}@${version} is under ${licence}, which is not allowed\n`,
    );
  }
  process.exitCode = refused.length === 0 ? 0 : 1;
}
