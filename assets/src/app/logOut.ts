// One object for this tab: it hears the other tabs, and not itself.
const channel = new BroadcastChannel("deputy-session");

/**
 * The user logs out on purpose: this tab keeps nothing of theirs, and the other tabs of the browser stop showing it. A
 * session that only ends (expired, ended by the tenant) goes another way: there the user wants to go on where they were.
 */
export function announceLogOut(): void {
  forgetTab();
  channel.postMessage("logged-out");
}

/** Calls back when the user logs out in another tab; returns how to stop listening. */
export function onLogOut(listener: () => void): () => void {
  channel.addEventListener("message", listener);
  return () => channel.removeEventListener("message", listener);
}

/** Forgets drafts and open questions of the chats. */
export function forgetTab(): void {
  try {
    sessionStorage.clear();
  } catch {
    // Without storage there is nothing to forget.
  }
}
