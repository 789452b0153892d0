export { launchBrowser } from "./browser.ts";
export { ChatSocket, UpgradeRefused, type Frame, type SocketOptions } from "./chat-socket.ts";
export { startDeputy, type Deputy, type DeputyOptions } from "./deputy.ts";
export { readForms, type Form } from "./html-form.ts";
export { HttpClient, type Page, type RequestOptions } from "./http-client.ts";
export { login, submitLogin, type Credentials } from "./login.ts";
export {
  OfflineWorld,
  startOffline,
  type Fault,
  type FgaAccess,
  type Grants,
  type OfflineOptions,
  type OfflinePorts,
  type OfflineUser,
} from "./offline.ts";
export { freePort, freePorts } from "../../scripts/lib/ports.mjs";
export { startWorker, WorkerProcess, type WorkerOptions } from "./worker.ts";
