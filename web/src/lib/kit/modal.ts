// Shows a <dialog> as a modal as soon as it is on the page and reports every way it is closed.

const FIRST_FIELD = '.body :is(input, select, textarea):not(:disabled)';

export function modal(dialog: HTMLDialogElement, onclose: () => void) {
  let close = onclose;
  const cancelled = (event: Event): void => {
    event.preventDefault();
    close();
  };
  // A press that starts and ends on the backdrop lands on the dialog element itself.
  const pressed = (event: MouseEvent): void => {
    if (event.target === dialog) close();
  };
  dialog.addEventListener('cancel', cancelled);
  dialog.addEventListener('mousedown', pressed);
  const opener = document.activeElement as HTMLElement | null;
  dialog.showModal();
  // The browser would focus the close button; a form is there to be filled in.
  dialog.querySelector<HTMLElement>(FIRST_FIELD)?.focus();
  return {
    update(next: () => void): void {
      close = next;
    },
    destroy(): void {
      dialog.removeEventListener('cancel', cancelled);
      dialog.removeEventListener('mousedown', pressed);
      dialog.close();
      opener?.focus();
    },
  };
}
