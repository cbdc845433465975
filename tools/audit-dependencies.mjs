// Known weaknesses of the production dependencies, by `npm audit`. Exit 0: clean, explained, or the
// registry offers no audit (said so); 1: findings. An explained one stands in audit-exceptions.json as
// {"advisory": "GHSA-…", "reason": "…", "expires": "2027-01-31"}, and only until that day.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '..');
const LIMIT_MS = 2 * 60_000;
const BYTES_MAX = 64 * 1024 * 1024;
const GHSA = /GHSA(-[0-9a-z]{4}){3}/;

/** Every advisory of a report of `npm audit --json`, once. */
export function advisoriesOf(report) {
  const found = new Map();
  for (const { via } of Object.values(report.vulnerabilities ?? {})) {
    for (const cause of via) {
      // A text is the name of another package in the report.
      if (typeof cause !== 'object') continue;
      const id = GHSA.exec(cause.url ?? '')?.[0] ?? String(cause.source);
      found.set(id, { id, name: cause.name, severity: cause.severity, title: cause.title });
    }
  }
  return [...found.values()];
}

/**
 * What a report amounts to, as lines and an exit code.
 * @param today as 2026-11-23: an exception holds up to its last day
 */
export function judged(report, exceptions, today) {
  if (report.error !== undefined || report.vulnerabilities === undefined) {
    const { statusCode, message } = { ...report, ...report.error };
    const why = [405, 404, 501].includes(statusCode)
      ? `the registry offers no audit (${statusCode})`
      : `npm audit gave no report (${report.error?.code ?? statusCode ?? message ?? 'no answer'})`;
    return { exitCode: 0, lines: [`not checked: ${why}`] };
  }
  const known = new Map(exceptions.map((exception) => [exception.advisory, exception]));
  const lines = [];
  let open = 0;
  for (const { id, name, severity, title } of advisoriesOf(report)) {
    const { reason, expires } = known.get(id) ?? {};
    const holds = reason !== undefined && expires >= today;
    if (!holds) open += 1;
    const state = holds ? `explained until ${expires}: ${reason}` : 'open';
    lines.push(`${id} ${name} (${severity}): ${title}: ${state}`);
  }
  const unlisted = Object.keys(report.vulnerabilities).length > 0 && lines.length === 0;
  if (unlisted) return { exitCode: 1, lines: ['npm audit has findings without an advisory'] };
  lines.push(open === 0 ? 'clean' : `${open} open findings`);
  return { exitCode: open === 0 ? 0 : 1, lines };
}

function npmAudit() {
  const { stdout, error } = spawnSync('npm', ['audit', '--omit=dev', '--json'], {
    cwd: ROOT,
    encoding: 'utf8',
    timeout: LIMIT_MS,
    maxBuffer: BYTES_MAX,
    shell: process.platform === 'win32',
  });
  try {
    return JSON.parse(stdout);
  } catch {
    return { error: { code: error?.code ?? 'no JSON' } };
  }
}

if (process.argv[1] === import.meta.filename) {
  const exceptions = JSON.parse(
    readFileSync(path.join(import.meta.dirname, 'audit-exceptions.json'), 'utf8'),
  );
  const today = new Date().toISOString().slice(0, 10);
  const { exitCode, lines } = judged(npmAudit(), exceptions, today);
  for (const line of lines) process.stdout.write(`npm audit: ${line}\n`);
  process.exitCode = exitCode;
}
