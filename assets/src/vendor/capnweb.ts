/**
 * Stands in for the `capnweb` package, which `agents/react` imports for a transport that is used only when
 * `useAgent` is given `transport: "capnweb"`. Deputy speaks the JSON frames; the real package would be 20 KB of dead script.
 */
export class RpcTarget {}

/** Never reached with JSON frames; says so if somebody switches the transport on. */
export function newWebSocketRpcSession(): never {
  throw new Error("The capnweb transport is left out of this client; remove the alias in vite.config.ts to use it.");
}
