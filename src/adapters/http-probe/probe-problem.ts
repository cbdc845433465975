import type { HttpValidation, StatusRange } from '../../release/plan.ts';

/** What came back, as far as a validation looks at it. */
export interface Reply {
  readonly status: number;
  /** The first 64 KiB as text; undefined when the validation does not look at the body. */
  readonly body: string | undefined;
  readonly location: string | undefined;
}

/** What was expected and what came, in one sentence; undefined when that is the same. */
export function problemOf(
  host: string,
  validation: HttpValidation,
  reply: Reply,
): string | undefined {
  const { status, body } = reply;
  if (!validation.status.some(({ from, to }) => status >= from && status <= to)) {
    return sentence(host, validation, `${status}${redirect(reply)}`);
  }
  const { bodyContains } = validation;
  if (bodyContains === undefined || body?.includes(bodyContains) === true) return undefined;
  return sentence(host, validation, `${status} and ${body?.length ?? 0} characters without that`);
}

/** The same for a request that got no usable answer: `why` says what came instead. */
export function sentence(host: string, validation: HttpValidation, got: string): string {
  const { method, path, status, bodyContains } = validation;
  const body =
    bodyContains === undefined
      ? ''
      : ` and ${JSON.stringify(bodyContains)} in the first 64 KiB of the body`;
  return `${method} ${host}${path}: expected status ${status.map(rangeText).join(' or ')}${body}, got ${got}`;
}

function rangeText({ from, to }: StatusRange): string {
  return from === to ? String(from) : `${from}-${to}`;
}

/** Where a redirect leads, without its query, which may hold a secret. */
function redirect({ status, location }: Reply): string {
  if (status < 300 || status > 399 || location === undefined) return '';
  const [target = ''] = location.split(/[?#]/);
  return ` (a redirect to ${target.slice(0, 200)}; redirects are not followed)`;
}
