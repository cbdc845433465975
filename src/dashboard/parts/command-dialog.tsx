import { useLayoutEffect, useRef, useState } from 'preact/hooks';

import { commandWords } from '../../api/words/command-words.ts';
import type { MeAnswer } from '../../api/contract/me.ts';
import type { CommandAnswer, ReleaseView } from '../../api/contract.ts';
import { ApiError } from '../data/api-error.ts';
import { api, type Order } from '../data/api.ts';
import { announcement } from '../state/page.ts';
import { afterCommand, plan } from '../state/release.ts';
import { openCommand } from '../state/shortcuts.ts';
import { CHOICE_WORDS, COMMAND_WORDS, type CommandName, refusedBecause } from '../view/commands.ts';
import { appName, weightText } from '../view/format.ts';
import { placeText } from '../view/words.ts';
import { Dialog } from './dialog.tsx';

interface Shown {
  readonly command: CommandName;
  readonly release: ReleaseView;
  readonly me: MeAnswer;
}

type Choice = keyof typeof CHOICE_WORDS;

/**
 * Asks for the reason and says what will happen. What is ordered is of the state that stands in the dialog:
 * a command that goes on keeps to the one it was opened on; one that stops follows the release, since going
 * back is right wherever it stands.
 */
export function CommandDialog({ command, release, me }: Shown) {
  const { label, stops } = COMMAND_WORDS[command];
  const [opened, setOpened] = useState(release);
  const [reason, setReason] = useState('');
  const [choice, setChoice] = useState<Choice | undefined>(undefined);
  const [refusal, setRefusal] = useState<string | undefined>(undefined);
  const [isSending, setSending] = useState(false);
  const close = (): void => {
    // The browser tells of its closing later: another one may be open by then.
    if (openCommand.value === command) openCommand.value = undefined;
  };
  const seen = stops ? release : opened;
  const refused = refusedBecause(command, seen);
  const choices = command === 'resume' ? (seen.pause?.choices ?? []) : [];

  const send = async (): Promise<void> => {
    setSending(true);
    setRefusal(undefined);
    try {
      const chosen = choice !== undefined && choices.includes(choice) ? { choice } : {};
      const order = { reason: reason.trim(), ...chosen };
      const answer = await sendOrder({ command, order, seen });
      close();
      afterCommand(answer.release);
      announcement.value = `${label} is accepted. ${placeText(answer.release)}.`;
    } catch (error) {
      setRefusal(refusalOf(error));
      if (error instanceof ApiError && error.release !== undefined) {
        setOpened(error.release);
        afterCommand(error.release);
      }
    } finally {
      setSending(false);
    }
  };

  return (
    <Dialog
      label={`${label} ${appName(release.app)} ${release.version}`}
      closed={close}
      isBusy={isSending}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <h2>
          {label} {appName(release.app)} <span class="version">{release.version}</span>?
        </h2>
        <Consequence command={command} release={seen} />
        <Standing title="Now" release={seen} />
        {seen.sequence !== release.sequence && <MovedOn release={release} seenIt={setOpened} />}
        {choices.length > 0 && <Choices choices={choices} choice={choice} choose={setChoice} />}
        <Reason value={reason} change={setReason} />
        <p class="hint">The audit will show it with your name, {me.name}.</p>
        {refusal !== undefined && (
          <p class="refusal" role="alert">
            {refusal}
          </p>
        )}
        <Buttons
          label={isSending ? 'Sending…' : label}
          stops={stops}
          isBlocked={isSending || refused !== undefined}
          isSending={isSending}
          close={close}
        />
      </form>
    </Dialog>
  );
}

function Consequence({ command, release }: Pick<Shown, 'command' | 'release'>) {
  const refused = refusedBecause(command, release);
  const says = commandWords(command, release, plan.value);
  return <p>{refused === undefined ? says : `Not possible: ${refused}.`}</p>;
}

function refusalOf(error: unknown): string {
  if (error instanceof ApiError && error.code === 'unreachable') {
    return 'Slipway did not answer; the command may have arrived. Look at the audit before you give it again.';
  }
  return error instanceof Error ? error.message : String(error);
}

const STOP_TRIES_MAX = 5;

interface Sent {
  readonly command: CommandName;
  readonly order: Omit<Order, 'expectedSequence'>;
  readonly seen: ReleaseView;
}

/** One that stops is not held up by a release that moves on meanwhile. */
async function sendOrder({ command, order, seen }: Sent): Promise<CommandAnswer> {
  let at = seen;
  for (let tries = 1; ; tries += 1) {
    try {
      return await api.command(at.id, command, { ...order, expectedSequence: at.sequence });
    } catch (error) {
      const movedOn = error instanceof ApiError && error.code === 'sequence-moved-on';
      const { stops } = COMMAND_WORDS[command];
      if (!movedOn || !stops || error.release === undefined || tries >= STOP_TRIES_MAX) throw error;
      // An irreversible app is swapped back only by somebody who was told that this is what happens.
      const meansTheSame =
        commandWords(command, error.release, undefined) === commandWords(command, at, undefined);
      if (!at.reversible && !meansTheSame) throw error;
      at = error.release;
    }
  }
}

function Standing({ title, release }: { readonly title: string; readonly release: ReleaseView }) {
  return (
    <p class="standing">
      {title}: {placeText(release)}, {weightText(release.weights.share)} of production, row{' '}
      {release.sequence} of the audit.
    </p>
  );
}

function MovedOn(props: {
  readonly release: ReleaseView;
  readonly seenIt: (release: ReleaseView) => void;
}) {
  const { release, seenIt } = props;
  return (
    <div class="moved" role="status">
      <Standing title="It has moved on since. Now" release={release} />
      <button type="button" onClick={() => seenIt(release)}>
        I have seen it
      </button>
    </div>
  );
}

function Choices(props: {
  readonly choices: readonly Choice[];
  readonly choice: Choice | undefined;
  readonly choose: (choice: Choice) => void;
}) {
  const { choices, choice, choose } = props;
  return (
    <fieldset>
      <legend>What to do with what was found</legend>
      {choices.map((one) => (
        <label key={one} class="check">
          <input
            type="radio"
            name="choice"
            required
            value={one}
            checked={choice === one}
            onChange={() => choose(one)}
          />
          {CHOICE_WORDS[one]}
        </label>
      ))}
    </fieldset>
  );
}

function Reason({
  value,
  change,
}: {
  readonly value: string;
  readonly change: (to: string) => void;
}) {
  const input = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => input.current?.focus(), []);
  return (
    <label>
      Reason
      <input
        ref={input}
        required
        pattern=".*\S.*"
        title="Some words"
        maxLength={1000}
        autocomplete="off"
        value={value}
        onInput={(event) => change(event.currentTarget.value)}
      />
    </label>
  );
}

function Buttons(props: {
  readonly label: string;
  readonly stops: boolean;
  readonly isBlocked: boolean;
  readonly isSending: boolean;
  readonly close: () => void;
}) {
  const { label, stops, isBlocked, isSending, close } = props;
  return (
    <p class="buttons">
      <button type="submit" class={stops ? 'stop solid' : 'primary'} disabled={isBlocked}>
        {label}
      </button>
      <button type="button" onClick={close} disabled={isSending}>
        Cancel
      </button>
    </p>
  );
}
