import { useEffect } from 'preact/hooks';

import type { MeAnswer } from '../../api/contract/me.ts';
import type { ReleaseView } from '../../api/contract.ts';
import { givable, openCommand } from '../state/shortcuts.ts';
import { COMMAND_WORDS, type CommandName, type Offers, offersFor } from '../view/commands.ts';
import { CommandDialog } from './command-dialog.tsx';

interface Shown {
  readonly release: ReleaseView;
  readonly me: MeAnswer;
}

/** Stop first: on a narrow screen these stay at the bottom, always in reach of the thumb. */
const PROTECT: readonly CommandName[] = ['rollback', 'abort', 'pause', 'resume', 'acknowledge'];

export function Commands({ release, me }: Shown) {
  const offers = offersFor(release, me);
  const can = offers.can.join(' ');
  useEffect(() => {
    givable.value = offers.can;
    return () => {
      givable.value = [];
    };
  }, [can]);
  const open = openCommand.value;
  // Somebody who types a reason is told that it is over, and not left with nothing.
  if (release.finished && open === undefined) return null;
  return (
    <section class="commands" aria-label="Overrides">
      <Buttons
        commands={PROTECT.filter((command) => offers.can.includes(command))}
        group="protect"
      />
      <Buttons
        commands={offers.can.filter((command) => !PROTECT.includes(command))}
        group="onward"
      />
      <Why offers={offers} role={me.role} />
      {open !== undefined && <CommandDialog key={open} command={open} release={release} me={me} />}
    </section>
  );
}

function Buttons({
  commands,
  group,
}: {
  readonly commands: readonly CommandName[];
  readonly group: string;
}) {
  if (commands.length === 0) return null;
  return (
    <div class={`group ${group}`}>
      {commands.map((command) => {
        const { label, key, first } = COMMAND_WORDS[command];
        return (
          <button
            key={command}
            type="button"
            class={first === true ? 'stop solid' : ''}
            aria-keyshortcuts={key}
            onClick={() => (openCommand.value = command)}
          >
            {label} <kbd aria-hidden="true">{key}</kbd>
          </button>
        );
      })}
    </div>
  );
}

/** Why a button is not there. */
function Why({ offers, role }: { readonly offers: Offers; readonly role: string }) {
  const notNow = offers.notNow.map(
    ({ command, why }) => `${COMMAND_WORDS[command].label}: ${why ?? ''}`,
  );
  const notYours = offers.notYours.map((command) => COMMAND_WORDS[command].label.toLowerCase());
  const lines = [
    ...(notNow.length === 0 ? [] : [`Not now: ${notNow.join('; ')}.`]),
    ...(notYours.length === 0 ? [] : [`The role ${role} does not allow: ${notYours.join(', ')}.`]),
  ];
  if (offers.can.length === 0) return <p class="why">You can look. {lines.join(' ')}</p>;
  return lines.length === 0 ? null : (
    <details class="why">
      <summary>
        {notYours.length === 0 ? 'What is not possible now' : 'What is not possible'}
      </summary>
      <p>{lines.join(' ')}</p>
    </details>
  );
}
