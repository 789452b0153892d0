// The packages of this folder, as they are published, for the page that shows them.
import "../official-client/dom.ts";
import { createRequire } from "node:module";
import type * as Auth0 from "@auth0/ai-vercel/react";

export { useAgentChat } from "agents/ai-react";
export { useAgent } from "agents/react";
export { Suspense, createElement } from "react";
export { createRoot } from "react-dom/client";
// Its modules for `import` are for bundlers only: they name each other without the endings that Node wants.
export const { useInterruptions } = createRequire(import.meta.url)("@auth0/ai-vercel/react") as typeof Auth0;
