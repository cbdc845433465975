import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

interface DialogProps {
  readonly label: string;
  readonly closed: () => void;
  /** True: what was sent cannot be taken back, and its answer must be seen. */
  readonly isBusy?: boolean;
  readonly children: ComponentChildren;
}

/**
 * A native modal: the browser keeps the focus inside. At the end it goes back to where it was.
 * Open before the next key arrives: what is typed on belongs into it.
 */
export function Dialog({ label, closed, isBusy = false, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => {
      // Not closed but removed: the event of a close would come when another dialog may stand there.
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-label={label}
      onClose={closed}
      onCancel={(event) => {
        if (isBusy) event.preventDefault();
      }}
    >
      {children}
    </dialog>
  );
}
