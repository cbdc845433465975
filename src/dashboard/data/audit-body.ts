/** What the page reads of an audit row's body. A damaged row is shown as far as it can be read. Pure. */
import type { AuditRowView } from '../../api/contract.ts';

export interface AuditEntry {
  readonly sequence: number;
  readonly at: string;
  readonly action: string;
  readonly actor: string;
  /** `system`, `operator` or `claimed`. */
  readonly actorKind: string;
  readonly from: string;
  readonly to: string;
  readonly reason: string;
  readonly message: string;
  readonly weight: { readonly confirmed: number; readonly wanted: number; readonly share: number };
  readonly facts: Readonly<Record<string, unknown>>;
}

export function auditEntry({ sequence, at, body }: AuditRowView): AuditEntry {
  const row = record(body);
  const actor = record(row.actor);
  const weight = record(row.weight);
  return {
    ...{ sequence, at },
    action: text(row.action),
    actor: text(actor.name),
    actorKind: text(actor.kind),
    from: text(row.from),
    to: text(row.to),
    reason: text(row.reason),
    message: typeof body === 'string' ? body : text(row.message),
    weight: {
      confirmed: number(weight.confirmed),
      wanted: number(weight.wanted),
      share: number(weight.share),
    },
    facts: record(row.facts),
  };
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function number(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

/** Rows that have every word of the filter somewhere, in any order and case. */
export function filterEntries(
  entries: readonly AuditEntry[],
  filter: string,
): readonly AuditEntry[] {
  const words = filter
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length === 0) return entries;
  return entries.filter((entry) => {
    const hay = [
      entry.sequence,
      entry.action,
      entry.actor,
      entry.from,
      entry.to,
      entry.reason,
      entry.message,
    ]
      .join(' ')
      .toLowerCase();
    return words.every((word) => hay.includes(word));
  });
}
