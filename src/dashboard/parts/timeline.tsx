import type { Plan, ReleaseView } from '../../api/contract.ts';
import type { AuditEntry } from '../data/audit-body.ts';
import { zonesOf } from '../view/format.ts';
import { type TimelineItem, timelineOf } from '../view/timeline.ts';
import { plain } from '../view/words.ts';
import { Clock } from './time.tsx';

interface Shown {
  readonly release: ReleaseView;
  readonly entries: readonly AuditEntry[];
  readonly plan: Plan | undefined;
}

export function Timeline({ release, entries, plan }: Shown) {
  return (
    <section aria-labelledby="timeline" class="timeline">
      <h2 id="timeline">
        Timeline <span class="of">{zonesOf(entries.map(({ at }) => at))}</span>
      </h2>
      <ol>
        {timelineOf(release, entries, plan).map((item) => (
          <Item key={item.id} item={item} />
        ))}
      </ol>
    </section>
  );
}

function Item({ item }: { readonly item: TimelineItem }) {
  const { state, at, title, reason, detail } = item;
  return (
    <li class={state} aria-current={state === 'here' ? 'step' : undefined}>
      <span class="when">{at === null ? 'ahead' : <Clock at={at} />}</span>
      <span class="title">{title}</span>{' '}
      {reason !== '' && <span class="reason">{plain(reason)}</span>}
      <span class="detail">{detail}</span>
    </li>
  );
}
