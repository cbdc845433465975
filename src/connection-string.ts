/** Connection strings of a storage account, before an SDK reads them. */
import { isLoopback } from './loopback.ts';

/** What is wrong, as far as it can be told without the SDK. The string holds a key, so nothing of it is repeated. */
export function connectionStringProblem(text: string): string | undefined {
  const parts = partsOf(text);
  if (parts.get('usedevelopmentstorage') === 'true') return undefined;
  const has = (...names: readonly string[]): boolean => names.every((name) => parts.has(name));
  const signed = has('sharedaccesssignature', 'tableendpoint', 'queueendpoint');
  if (!has('accountname', 'accountkey') && !signed) {
    return 'is not a storage connection string: it needs AccountName and AccountKey, or both endpoints and a SharedAccessSignature';
  }
  const open = endpointsOf(text).filter((url) => !url.startsWith('https:') && !isLoopback(url));
  if (open.length === 0) return undefined;
  return 'names an endpoint that is http and not on this machine; keys would travel in the clear';
}

function partsOf(text: string): Map<string, string> {
  const pairs = text.split(';').map((part) => {
    const at = part.indexOf('=');
    return [part.slice(0, at).trim().toLowerCase(), part.slice(at + 1).trim()] as const;
  });
  return new Map(pairs.filter(([name, value]) => name !== '' && value !== ''));
}

/** Table and queue endpoint of a connection string, as far as it names them. */
function endpointsOf(text: string): string[] {
  const parts = partsOf(text);
  return ['tableendpoint', 'queueendpoint'].flatMap((name) => parts.get(name) ?? []);
}

/** True when its tables and queues are both on this machine. */
export function isOnLoopback(text: string): boolean {
  if (partsOf(text).get('usedevelopmentstorage') === 'true') return true;
  const endpoints = endpointsOf(text);
  return endpoints.length === 2 && endpoints.every(isLoopback);
}
