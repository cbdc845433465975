import { areKeysOn, isHelpOpen, switchKeys } from '../state/shortcuts.ts';
import { COMMAND_WORDS, COMMANDS } from '../view/commands.ts';
import { Dialog } from './dialog.tsx';

export function Help() {
  if (!isHelpOpen.value) return null;
  const close = (): void => {
    isHelpOpen.value = false;
  };
  return (
    <Dialog label="Keyboard" closed={close}>
      <h2>Keyboard</h2>
      <dl class="keys">
        {COMMANDS.map((command) => (
          <div key={command}>
            <dt>
              <kbd>{COMMAND_WORDS[command].key}</kbd>
            </dt>
            <dd>{COMMAND_WORDS[command].label}</dd>
          </div>
        ))}
        <div>
          <dt>
            <kbd>l</kbd>
          </dt>
          <dd>All releases</dd>
        </div>
        <div>
          <dt>
            <kbd>?</kbd>
          </dt>
          <dd>This list</dd>
        </div>
      </dl>
      <p class="hint">
        A command's key opens its dialog; nothing is sent before a reason is given.
      </p>
      <label class="check">
        <input
          type="checkbox"
          checked={areKeysOn.value}
          onChange={(event) => switchKeys(event.currentTarget.checked)}
        />
        Single keys work
      </label>
      <p class="buttons">
        <button type="button" onClick={close}>
          Close
        </button>
      </p>
    </Dialog>
  );
}
