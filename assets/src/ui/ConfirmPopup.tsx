import { Dialog } from "@base-ui/react/dialog";
import { Button, buttonClass } from "./Button";
import type { ConfirmDialogProps } from "./ConfirmDialog";
import { DialogFrame } from "./DialogFrame";

/** The dialog itself, in a file of its own so that it is loaded when it is needed. */
export default function ConfirmPopup({ title, children, confirm, onConfirm, onCancel }: ConfirmDialogProps) {
  return (
    <DialogFrame title={title} onClose={onCancel}>
      <Dialog.Description render={<div />} className="grid gap-2 wrap-anywhere">
        {children}
      </Dialog.Description>
      <div className="flex flex-wrap justify-end gap-2">
        <Dialog.Close className={buttonClass()}>Cancel</Dialog.Close>
        <Button look="danger" onClick={onConfirm}>
          {confirm}
        </Button>
      </div>
    </DialogFrame>
  );
}
