// A window for React, before React is loaded. Network, timers, events and sockets stay Node's own: the client under test
// shall talk to a real server over real sockets.
import { Window } from "happy-dom";

const window = new Window({ url: "http://localhost/" });
const names = [
  "document",
  "HTMLElement",
  "HTMLIFrameElement",
  "Element",
  "Node",
  "MutationObserver",
  "DocumentFragment",
  "getComputedStyle",
] as const;
Object.defineProperty(globalThis, "window", { value: window, configurable: true });
for (const name of names)
  Object.defineProperty(globalThis, name, { value: (window as unknown as Record<string, unknown>)[name], configurable: true });
