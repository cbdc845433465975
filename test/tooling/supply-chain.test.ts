// What Slipway is made of: the list of parts, their licences, and their known weaknesses.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from 'vitest';

const TOOLS = new URL('../../tools/', import.meta.url);

interface Licences {
  productionPackages: (
    lock: object,
    licenceOf: (place: string) => string | undefined,
  ) => { name: string; version: string; licence: string }[];
  isAllowed: (expression: string) => boolean;
}
interface Audit {
  judged: (
    report: object,
    exceptions: object[],
    today: string,
  ) => { exitCode: number; lines: string[] };
}
interface Sbom {
  stable: (bom: object) => Record<string, unknown>;
  only: (bom: object, names: ReadonlySet<string>) => object;
}

// JavaScript without types: the scripts of tools/ run before anything is built.
const load = async (file: string): Promise<unknown> => import(new URL(file, TOOLS).href);
const licences = (await load('licences.mjs')) as Licences;
const audit = (await load('audit-dependencies.mjs')) as Audit;
const sbom = (await load('sbom.mjs')) as Sbom;

describe('licences', () => {
  it('of every production dependency are allowed, and listed with their versions', () => {
    const file = fileURLToPath(new URL('licences.mjs', TOOLS));
    const run = spawnSync(process.execPath, [file, '--json'], { encoding: 'utf8' });
    expect(run.stderr).toBe('');
    expect(run.status).toBe(0);
    const { packages } = JSON.parse(run.stdout) as { packages: { name: string }[] };
    const names = packages.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['zod', '@azure/identity', 'commander']));
    expect(names).not.toContain('vitest');
  });

  it.each([
    ['MIT', true],
    ['(MIT OR GPL-3.0-only)', true],
    ['MIT AND ISC', true],
    ['MIT AND GPL-3.0-only', false],
    ['GPL-3.0-only', false],
    ['none stated', false],
    ['SEE LICENSE IN LICENSE.txt', false],
    ['(MIT OR GPL-2.0) AND AGPL-3.0', false],
  ])('%s is allowed: %s', (expression, allowed) => {
    expect(licences.isAllowed(expression)).toBe(allowed);
  });

  it('take what the lock does not say from the installed package', () => {
    const packages = {
      '': {},
      'node_modules/a': { version: '1.0.0', license: 'MIT' },
      'node_modules/a/node_modules/@b/c': { version: '2.0.0' },
      'node_modules/d': { version: '3.0.0' },
      'node_modules/test-tool': { version: '4.0.0', dev: true },
    };
    const found = licences.productionPackages({ packages }, (place) =>
      place.endsWith('c') ? 'ISC' : undefined,
    );
    expect(found).toEqual([
      { name: '@b/c', version: '2.0.0', licence: 'ISC' },
      { name: 'a', version: '1.0.0', licence: 'MIT' },
      { name: 'd', version: '3.0.0', licence: 'none stated' },
    ]);
  });
});

describe('npm audit', () => {
  const cause = {
    source: 1,
    name: 'left',
    severity: 'high',
    title: 'it leaks',
    url: 'https://github.com/advisories/GHSA-aaaa-bbbb-cccc',
  };
  const report = { vulnerabilities: { left: { via: [cause] }, right: { via: ['left'] } } };
  const exception = { advisory: 'GHSA-aaaa-bbbb-cccc', reason: 'unused', expires: '2027-01-31' };

  it.each([
    ['clean', { vulnerabilities: {} }, [], 0, /^clean$/],
    ['a finding', report, [], 1, /1 open findings/],
    ['an explained finding', report, [exception], 0, /explained until 2027-01-31: unused/],
    ['one whose time is over', report, [{ ...exception, expires: '2026-11-22' }], 1, /open/],
    ['a finding without advisory', { vulnerabilities: { a: { via: ['b'] } } }, [], 1, /without/],
    ['no audit there', { statusCode: 405, error: {} }, [], 0, /^not checked: .*no audit \(405\)/],
    ['no answer', { error: { code: 'ENOTFOUND' } }, [], 0, /^not checked: .*ENOTFOUND/],
  ])('%s', (_what, given, exceptions, exitCode, line) => {
    const said = audit.judged(given, exceptions, '2026-11-23');
    expect(said.exitCode).toBe(exitCode);
    expect(said.lines.join('\n')).toMatch(line);
  });
});

describe('the list of parts', () => {
  it('is the same text for the same lock: no time, no serial number, no folder, one order', () => {
    const bom = (order: 1 | -1, folder: string): object => ({
      serialNumber: `urn:uuid:${folder}`,
      metadata: { timestamp: folder, component: { 'bom-ref': 'slipway@0.1.0', name: folder } },
      components: [{ 'bom-ref': 'a@1' }, { 'bom-ref': 'b@1' }].sort(() => order),
      dependencies: [{ ref: 'a@1', dependsOn: ['c', 'b'].sort(() => order) }, { ref: 'b@1' }],
    });
    const [one, other] = [bom(1, 'here'), bom(-1, 'there')].map((found) => sbom.stable(found));
    expect(JSON.stringify(one)).toBe(JSON.stringify(other));
    expect(one).toMatchObject({ metadata: { component: { name: 'slipway' } } });
  });

  it('holds the production parts alone, and all of them', () => {
    const part = (ref: string): object => ({ 'bom-ref': ref });
    const bom = {
      metadata: { component: part('slipway@0.1.0') },
      components: [part('a@1'), part('shared@1'), part('test-tool@1')],
      dependencies: [
        { ref: 'slipway@0.1.0', dependsOn: ['a@1', 'test-tool@1'] },
        { ref: 'a@1', dependsOn: ['shared@1'] },
        { ref: 'test-tool@1', dependsOn: ['shared@1'] },
      ],
    };
    expect(sbom.only(bom, new Set(['a@1', 'shared@1']))).toEqual({
      ...bom,
      components: [part('a@1'), part('shared@1')],
      dependencies: [
        { ref: 'slipway@0.1.0', dependsOn: ['a@1'] },
        { ref: 'a@1', dependsOn: ['shared@1'] },
      ],
    });
    expect(() => sbom.only(bom, new Set(['b@1']))).toThrow('does not list b@1');
  });
});
