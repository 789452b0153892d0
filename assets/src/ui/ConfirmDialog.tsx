import { lazy, type ReactNode, Suspense } from "react";

export interface ConfirmDialogProps {
  title: string;
  children: ReactNode;
  /** What the confirming button says: the action, not "OK". */
  confirm: string;
  onConfirm: () => void;
  onCancel: () => void;
}

// The dialog of the library is loaded when it is first asked for: most visits never delete anything.
const Popup = lazy(() => import("./ConfirmPopup"));

/** Asks before something that cannot be undone. It keeps the focus inside and gives it back. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  return (
    <Suspense fallback={null}>
      <Popup {...props} />
    </Suspense>
  );
}
