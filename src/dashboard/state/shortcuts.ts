/** Keys that work anywhere in the page; they can be switched off. */
import { signal } from '@preact/signals';

import { keepChoice, readChoice } from '../data/session.ts';
import { COMMAND_WORDS, type CommandName, COMMANDS } from '../view/commands.ts';

const CHOICE = 'slipway-keys';

export const isHelpOpen = signal(false);
export const areKeysOn = signal(readChoice(CHOICE) !== 'off');

export function switchKeys(on: boolean): void {
  areKeysOn.value = on;
  keepChoice(CHOICE, on ? 'on' : 'off');
}

/** The command whose dialog is open. */
export const openCommand = signal<CommandName | undefined>(undefined);
/** Which can be given now; the keys of the others do nothing. */
export const givable = signal<readonly CommandName[]>([]);

export function listenToKeys(): void {
  document.addEventListener('keydown', (event) => {
    if (!areKeysOn.value || event.ctrlKey || event.metaKey || event.altKey) return;
    if (isTyping(event.target) || document.querySelector('dialog[open]') !== null) return;
    const done = act(event.key);
    if (done) event.preventDefault();
  });
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input, textarea, select');
}

function act(key: string): boolean {
  if (key === '?') {
    isHelpOpen.value = true;
    return true;
  }
  if (key === 'l') {
    location.hash = '#/';
    return true;
  }
  const command = COMMANDS.find((one) => COMMAND_WORDS[one].key === key);
  if (command === undefined || !givable.value.includes(command)) return false;
  openCommand.value = command;
  return true;
}
