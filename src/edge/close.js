// The pop-up of a connection attempt is done: tell the app's other windows, then close.
const query = new URLSearchParams(location.search);
if (query.has("connection")) {
  const channel = new BroadcastChannel("deputy-connect");
  channel.postMessage({ connection: query.get("connection"), connected: query.get("connected") === "true" });
  channel.close();
}
window.close();
