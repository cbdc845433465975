import type { CountQuery } from '../../controller/ports/telemetry.ts';
import { kqlLiteral } from './kql-literal.ts';
import { failed, visitors, where } from './query-parts.ts';

/**
 * The requests that are judged, as the `let` table `requests` of a query: those of visitors, of the two
 * versions, without the plan's `ignorePaths`. Columns of its own: `Canary` (false: the baseline's),
 * `Failed`, and `Operation`.
 *
 * An operation is what shares an OperationId: the calls of one page, a call and its retries. A row
 * without one stands for itself by its Id; rows with neither count as one operation a bin.
 */
export function judgedRequests(query: CountQuery): readonly string[] {
  const failures = query.metrics?.failures;
  return [
    `let requests = AppRequests`,
    ...where(visitors(query, failures?.synthetic)),
    `| where ${ofVersions(query)}`,
    ...leftOut(failures?.ignorePaths ?? []),
    `| extend Code = toint(ResultCode), Canary = AppVersion == ${kqlLiteral(query.canary)}`,
    `| extend Failed = ${failed(query.failures)}, Operation = iff(isempty(OperationId), Id, OperationId)`,
  ];
}

/** Rows of the two versions; the canary's alone in a first release. */
export function ofVersions({ canary, baseline }: CountQuery): string {
  const versions = [canary, ...(baseline === null ? [] : [baseline])];
  return `AppVersion in (${versions.map(kqlLiteral).join(', ')})`;
}

/**
 * `/health` is that path, `/admin/*` all below it; whatever the case, since App Service routes so. A URL
 * that is not absolute has no parts in Kusto: then its own text up to the query, and without a URL the
 * path in the name ("GET /health", which is a route's pattern in some SDKs).
 */
function leftOut(paths: readonly string[]): readonly string[] {
  if (paths.length === 0) return [];
  const exact = paths.filter((path) => !path.endsWith('/*'));
  const below = paths.filter((path) => path.endsWith('/*')).map((path) => path.slice(0, -1));
  return [
    `| extend Path = tostring(parse_url(Url).Path)`,
    `| extend Path = case(isnotempty(Path), Path, Url startswith "/", tostring(split(Url, "?")[0]), tostring(split(Name, " ")[1]))`,
    ...(exact.length === 0 ? [] : [`| where Path !in~ (${exact.map(kqlLiteral).join(', ')})`]),
    ...below.map((path) => `| where Path !startswith ${kqlLiteral(path)}`),
  ];
}
