import { Dialog } from "@base-ui/react/dialog";
import type { ReactNode } from "react";
import { classes } from "./classes";

interface Props {
  title: string;
  /** As wide as a dialog may be, whatever is in it. */
  wide?: boolean;
  children: ReactNode;
  onClose: () => void;
}

/** What every dialog is: over the page, with the focus inside, gone with Escape. It is loaded with the first dialog that is shown. */
export function DialogFrame({ title, wide, children, onClose }: Props) {
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-20 bg-shade" />
        <Dialog.Popup
          className={classes(
            "fixed top-1/2 left-1/2 z-20 grid max-h-[calc(100dvh-2rem)] max-w-[min(28rem,calc(100vw-2rem))] -translate-1/2 grid-cols-1 gap-4 overflow-y-auto rounded-xl border border-line bg-surface p-6 text-text",
            wide ? "w-full" : "w-max",
          )}
        >
          <Dialog.Title className="text-lg wrap-anywhere">{title}</Dialog.Title>
          {children}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
