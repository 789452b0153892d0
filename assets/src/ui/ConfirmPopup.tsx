import { Dialog } from "@base-ui/react/dialog";
import { Button, buttonClass } from "./Button";
import type { ConfirmDialogProps } from "./ConfirmDialog";

/** The dialog itself, in a file of its own so that it is loaded when it is needed. */
export default function ConfirmPopup({ title, children, confirm, onConfirm, onCancel }: ConfirmDialogProps) {
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onCancel()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-20 bg-shade" />
        <Dialog.Popup className="fixed top-1/2 left-1/2 z-20 grid w-max max-w-[min(28rem,calc(100vw-2rem))] -translate-1/2 gap-4 rounded-xl border border-line bg-surface p-6 text-text">
          <Dialog.Title className="text-lg">{title}</Dialog.Title>
          <Dialog.Description render={<div />} className="grid gap-2 wrap-anywhere">
            {children}
          </Dialog.Description>
          <div className="flex flex-wrap justify-end gap-2">
            <Dialog.Close className={buttonClass()}>Cancel</Dialog.Close>
            <Button look="danger" onClick={onConfirm}>
              {confirm}
            </Button>
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
