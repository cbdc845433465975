import type { ComponentChildren } from 'preact';

import type { SignName } from '../view/words.ts';

const RING = <circle cx="8" cy="8" r="6" class="ring" />;

/** Drawn, not written: a phone would make pictures of such letters, in colours of its own. */
const SIGNS: Readonly<Record<SignName, ComponentChildren>> = {
  ring: RING,
  quarter: [RING, <path key="fill" d="M8 8V2a6 6 0 0 1 6 6z" />],
  half: [RING, <path key="fill" d="M8 2a6 6 0 0 1 0 12z" />],
  most: [RING, <path key="fill" d="M8 8H2A6 6 0 1 0 8 2z" />],
  eye: [RING, <circle key="fill" cx="8" cy="8" r="2.6" />],
  bars: <path d="M3.5 2.5h3v11h-3zM9.5 2.5h3v11h-3z" />,
  back: <path class="stroke" d="M6.5 2.5 2.5 6l4 3.5M3 6h6.500a4 4 0 0 1 0 8H6" />,
  alarm: <path d="M8 1.500 15 14H1z" />,
  check: <path class="stroke" d="m2.500 8.500 4 4 7-9" />,
  cross: <path class="stroke" d="m3.500 3.500 9 9m0-9-9 9" />,
  unknown: (
    <path class="stroke" d="M5 5.500a3 3 0 1 1 4.200 2.800C8.300 8.800 8 9.300 8 10.300M8 13v.6" />
  ),
  dot: <circle cx="8" cy="8" r="2" />,
  disc: <circle cx="8" cy="8" r="6" />,
};

export function Sign({ name }: { readonly name: SignName }) {
  return (
    <svg class="sign" viewBox="0 0 16 16" width="13" height="13" aria-hidden="true">
      {SIGNS[name]}
    </svg>
  );
}
