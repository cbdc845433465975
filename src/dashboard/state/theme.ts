import { effect, signal } from '@preact/signals';

import { keepChoice, readChoice } from '../data/session.ts';

const THEMES = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];
const CHOICE = 'slipway-theme';

export const theme = signal<Theme>(THEMES.find((one) => one === readChoice(CHOICE)) ?? 'auto');

const systemDark = matchMedia('(prefers-color-scheme: dark)');
const systemIsDark = signal(systemDark.matches);
systemDark.addEventListener('change', ({ matches }) => {
  systemIsDark.value = matches;
});

/** For what draws its own pixels. */
export function isDark(): boolean {
  return theme.value === 'dark' || (theme.value === 'auto' && systemIsDark.value);
}

export function nextTheme(): void {
  const at = THEMES.indexOf(theme.value);
  theme.value = THEMES[(at + 1) % THEMES.length] ?? 'auto';
  keepChoice(CHOICE, theme.value);
}

effect(() => {
  document.documentElement.dataset.theme = theme.value;
});
