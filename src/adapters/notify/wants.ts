/** Whether a receiver asked for a notice. */
import type { Notice, Severity } from '../../release/notice.ts';
import type { ReceiverConfig } from './receiver-config.ts';

const RANK: Readonly<Record<Severity, number>> = { info: 0, warning: 1, critical: 2 };

type Filter = Pick<ReceiverConfig, 'severity' | 'apps' | 'actions'>;

/** A test is for everybody who is asked. */
export function wants({ severity, apps, actions }: Filter, notice: Notice): boolean {
  if (notice.action === 'test') return true;
  if (RANK[notice.severity] < RANK[severity]) return false;
  if (actions.length > 0 && !actions.some((action) => action === notice.action)) return false;
  return apps.length === 0 || apps.some((pattern) => matches(pattern, notice.app));
}

/** `*` stands for any part, also an empty one. Case does not count. In a time that patterns cannot drive up. */
export function matches(pattern: string, name: string): boolean {
  const [first = '', ...parts] = pattern.toLowerCase().split('*');
  const text = name.toLowerCase();
  const last = parts.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const part of parts) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}
