import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

import { focusHeading } from '../state/page.ts';

/** The heading of what the address asks for: after a link was followed, reading goes on from here. */
export function Heading({ children }: { readonly children: ComponentChildren }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (focusHeading.value) heading.current?.focus();
  }, []);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children}
    </h1>
  );
}
