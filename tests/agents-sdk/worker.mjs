// A Worker made with the Cloudflare agents SDK: MCP servers of its three ways, and an agent with its MCP client. Bundled and run by `sdk.ts`.
import { OAuthProvider, insufficientScope } from "@cloudflare/workers-oauth-provider";
import { McpServer as SessionServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { McpServer, inputRequired } from "@modelcontextprotocol/server";
import { Agent, routeAgentRequest } from "agents";
import { McpAgent } from "agents/mcp";
import { createMcpHandler, getMcpAuthContext } from "agents/mcp/server";
import { z } from "zod";

const nameSchema = { type: "object", properties: { name: { type: "string" } }, required: ["name"] };

/** The SDK's way since 0.20: no session, revision 2026-07-28 and those before it. */
function notes() {
  const server = new McpServer({ name: "Notes of the agents SDK", version: "1.0.0" });
  const reads = { readOnlyHint: true, destructiveHint: false, openWorldHint: false };
  const line = z.object({ text: z.string(), at: z.number().int().optional() });
  server.registerTool("shout", { description: "Says it louder", inputSchema: line, annotations: reads }, ({ text, at }) =>
    said(`${text.toUpperCase()}${at === undefined ? "" : ` @${at}`}`),
  );
  server.registerTool("keep", { description: "Keeps a note", inputSchema: line }, ({ text }) => said(`kept ${text}`));
  server.registerTool("fail", { description: "Cannot", inputSchema: z.object({}), annotations: reads }, () => {
    throw new Error("the ink is dry");
  });
  server.registerTool("sign", { description: "Wants a name first", inputSchema: z.object({}), annotations: reads }, () =>
    inputRequired({ inputRequests: { name: inputRequired.elicit({ message: "Your name?", requestedSchema: nameSchema }) } }),
  );
  server.registerTool("pay", { description: "Wants the user on a page first", inputSchema: z.object({}), annotations: reads }, () =>
    inputRequired({ inputRequests: { page: inputRequired.elicitUrl({ message: "Pay here", url: "https://pay.example/7" }) } }),
  );
  server.registerTool("who", { description: "Who calls", inputSchema: z.object({}), annotations: reads }, () =>
    said(JSON.stringify(getMcpAuthContext()?.props ?? null)),
  );
  return server;
}

/** The SDK's way before that: a session is a Durable Object with a state. */
export class Counter extends McpAgent {
  server = new SessionServer({ name: "Counter of the agents SDK", version: "1.0.0" });
  initialState = { count: 0 };

  async init() {
    this.server.registerTool("add", { description: "Counts on", inputSchema: { by: z.number() } }, ({ by }) => {
      this.setState({ count: this.state.count + by });
      return said(String(this.state.count));
    });
    this.server.registerTool("count", { description: "How far it is", annotations: { readOnlyHint: true, openWorldHint: false } }, () =>
      said(String(this.state.count)),
    );
  }
}

/** An agent that calls other people's servers. What they ask its user is noted, and answered as the order to it says. */
export class Caller extends Agent {
  #asked = [];
  #answer = { action: "decline" };

  onStart() {
    const answer = async ({ params }) => {
      this.#asked.push(params);
      return this.#answer;
    };
    this.mcp.configureElicitationHandlers({ form: answer, url: answer });
  }

  async onRequest(request) {
    const { do: what, url, headers, tool, input, id, answer } = await request.json();
    if (what === "asked") return Response.json(this.#asked.splice(0));
    if (answer) this.#answer = answer;
    if (what === "add") return Response.json(await this.addMcpServer("deputy", url, { transport: { headers } }));
    if (what === "list") return Response.json(this.getMcpServers());
    return Response.json(await this.mcp.callTool({ serverId: id, name: tool, arguments: input }));
  }
}

const said = (text) => ({ content: [{ type: "text", text }] });
const stateless = createMcpHandler(notes, { route: "/stateless/mcp" });
const guarded = createMcpHandler(notes, { route: "/guarded/mcp" });
const sessions = Counter.serve("/sessions/mcp", { binding: "Counter" });

/** What is behind no log-in, and the page of the log-in: it knows one person, who agrees to everything. */
const open = {
  async fetch(request, env, context) {
    const { pathname } = new URL(request.url);
    if (pathname === "/stateless/mcp") return await stateless(request, env, context);
    if (pathname === "/sessions/mcp") return await sessions.fetch(request, env, context);
    if (pathname === "/end-tokens") return new Response(String(await endTokens(env.OAUTH_KV)));
    if (pathname !== "/authorize") return (await routeAgentRequest(request, env)) ?? new Response("nothing", { status: 404 });
    const asked = await env.OAUTH_PROVIDER.parseAuthRequest(request);
    const grant = { request: asked, userId: "kim", metadata: {}, scope: asked.scope, props: { userId: "kim", scope: asked.scope } };
    return Response.redirect((await env.OAUTH_PROVIDER.completeAuthorization(grant)).redirectTo);
  },
};

/** Access tokens end before their time; what renews them stays. How many there were. */
async function endTokens(store) {
  const { keys } = await store.list({ prefix: "token:" });
  for (const { name } of keys) await store.delete(name);
  return keys.length;
}

/** Reading takes `notes:read`, keeping `notes:write` too. */
const protectedNotes = {
  async fetch(request, env, context) {
    const { method, params } = await request
      .clone()
      .json()
      .catch(() => ({}));
    const needed = method === "tools/call" && params?.name === "keep" ? ["notes:read", "notes:write"] : ["notes:read"];
    if (!needed.every((scope) => context.auth.scope.includes(scope))) return insufficientScope(context.auth, needed);
    return await guarded(request, env, context);
  },
};

let provider;
export default {
  fetch(request, env, context) {
    provider ??= new OAuthProvider({
      apiRoute: "/guarded/mcp",
      apiHandler: protectedNotes,
      defaultHandler: open,
      authorizeEndpoint: "/authorize",
      tokenEndpoint: "/oauth/token",
      clientRegistrationEndpoint: "/oauth/register",
      scopesSupported: ["notes:read", "notes:write", "offline_access"],
      requiredScopes: ["notes:read"],
      resourceMetadata: { resource: `${env.ORIGIN}/guarded/mcp`, authorization_servers: [env.ORIGIN] },
    });
    return provider.fetch(request, env, context);
  },
};
