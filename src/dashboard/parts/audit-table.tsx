import { useState } from 'preact/hooks';

import type { ReleaseView } from '../../api/contract.ts';
import { type AuditEntry, filterEntries } from '../data/audit-body.ts';
import { exportLines } from '../data/chain.ts';
import { AUDIT_ROWS_MAX, entries, rows } from '../state/release.ts';
import { count, weightText, zonesOf } from '../view/format.ts';
import { plain } from '../view/words.ts';
import { ChainMarkView } from './chain-mark.tsx';
import { Clock } from './time.tsx';

/** More rows at once make a phone slow; the filter finds the others. */
const SHOWN_MAX = 200;

export function AuditTable({ release }: { readonly release: ReleaseView }) {
  const [filter, setFilter] = useState('');
  const found = filterEntries(entries.value, filter).toReversed();
  const shown = found.slice(0, SHOWN_MAX);
  const zones = zonesOf(shown.map(({ at }) => at));
  return (
    <section aria-labelledby="audit" class="audit">
      <div class="head">
        <h2 id="audit">Audit</h2>
        <ChainMarkView release={release} />
        <span class="spring" />
        <label class="filter">
          Filter{' '}
          <input
            type="search"
            value={filter}
            onInput={(event) => setFilter(event.currentTarget.value)}
          />
        </label>
        <button
          type="button"
          onClick={() => download(release)}
          disabled={rows.value.length === 0 || rows.value.length < release.sequence}
        >
          Export
        </button>
      </div>
      <p class="of" aria-live="polite">
        {filter === ''
          ? `${count(found.length)} rows`
          : `${count(found.length)} of ${count(entries.value.length)} rows`}
        {found.length > shown.length && `, the newest ${SHOWN_MAX} are shown`}
        {rows.value.length >= AUDIT_ROWS_MAX && '; all of them: slipway audit export'}
      </p>
      <table class="rows">
        <thead>
          <tr>
            <th scope="col">Row</th>
            <th scope="col">When{zones === '' ? '' : ` (${zones})`}</th>
            <th scope="col">Who</th>
            <th scope="col">What</th>
            <th scope="col">Weight</th>
            <td />
          </tr>
        </thead>
        <tbody>
          {shown.map((entry) => (
            <Row key={entry.sequence} entry={entry} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Row({ entry }: { readonly entry: AuditEntry }) {
  const [isOpen, setOpen] = useState(false);
  const { sequence, at, actor, actorKind, action, from, to, reason, message, weight, facts } =
    entry;
  return (
    <>
      <tr>
        <th scope="row">{sequence}</th>
        <td class="when">
          <Clock at={at} />
        </td>
        <td class="actor">{actorKind === 'system' ? 'Slipway' : actor}</td>
        <td class="what">
          <span class="action">{plain(action)}</span>{' '}
          {from !== to && (
            <span class="move">
              {from} → {to}
            </span>
          )}{' '}
          <span class="reason">{plain(reason)}</span>
          <span class="detail">{message}</span>
        </td>
        <td class="amount">{weightText(weight.share)}</td>
        <td class="more">
          {Object.keys(facts).length > 0 && (
            <button
              type="button"
              class="link"
              aria-expanded={isOpen}
              aria-label={`Facts of row ${sequence}`}
              onClick={() => setOpen(!isOpen)}
            >
              facts
            </button>
          )}
        </td>
      </tr>
      {isOpen && (
        <tr class="facts">
          <td colSpan={6}>
            <pre tabIndex={0}>{JSON.stringify(facts, null, 2)}</pre>
          </td>
        </tr>
      )}
    </>
  );
}

function download(release: ReleaseView): void {
  const { id, sequence, chainHead } = release;
  const all = rows.value.slice(0, sequence);
  const lines = exportLines(all, { release: id, sequence, chainHead });
  const url = URL.createObjectURL(new Blob([lines], { type: 'application/x-ndjson' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `slipway-audit-${id}.jsonl`;
  link.click();
  URL.revokeObjectURL(url);
}
