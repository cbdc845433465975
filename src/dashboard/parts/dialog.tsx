import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

interface DialogProps {
  readonly label: string;
  readonly closed: () => void;
  readonly children: ComponentChildren;
}

/** A native modal: the browser keeps the focus inside and gives it back at the end. */
export function Dialog({ label, closed, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    const before = document.activeElement;
    element?.showModal();
    return () => {
      element?.close();
      // The element may be gone from the page before the browser could give the focus back.
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog ref={dialog} aria-label={label} onClose={closed} onCancel={closed}>
      {children}
    </dialog>
  );
}
