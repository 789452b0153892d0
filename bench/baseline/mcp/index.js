// An MCP server on the official TypeScript SDK, beside which /mcp is measured: a token of the tenant for this resource, checked with the keys
// that the tenant publishes, and a tool that tells the time. No roles, no audit, no log.
import { createMcpHandler, McpServer } from "@modelcontextprotocol/server";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { z } from "zod";
import { logIn, userOf } from "../session.js";

const handler = createMcpHandler(() => {
  const server = new McpServer({ name: "bench", version: "1.0.0" });
  const config = { description: "The date and time in UTC", inputSchema: z.object({}), annotations: { readOnlyHint: true } };
  server.registerTool("get_current_time", config, () => ({ content: [{ type: "text", text: new Date().toISOString() }] }));
  return server;
});

let keys;

/** What the SDK is told of the caller; undefined for a token that is none of the tenant's for this resource. */
async function authInfoOf(request, env) {
  const token = /^Bearer (.+)$/.exec(request.headers.get("authorization") ?? "")?.[1];
  if (token === undefined) return undefined;
  keys ??= createRemoteJWKSet(new URL(".well-known/jwks.json", env.AUTH0_ISSUER));
  const expected = { issuer: env.AUTH0_ISSUER, audience: `${env.BASE_URL}/mcp`, algorithms: ["RS256"] };
  const verified = await jwtVerify(token, keys, expected).catch(() => undefined);
  if (!verified) return undefined;
  const { azp, client_id, exp, scope = "", sub } = verified.payload;
  return { token, clientId: client_id ?? azp, scopes: scope.split(" "), expiresAt: exp, extra: { sub } };
}

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname === "/mcp") {
      const authInfo = await authInfoOf(request, env);
      return authInfo ? await handler.fetch(request, { authInfo }) : new Response("no token", { status: 401 });
    }
    if (pathname === "/auth/login") return await logIn(request, env);
    if (pathname === "/") return new Response("a page");
    const user = pathname === "/user" ? await userOf(request, env) : undefined;
    return user ? Response.json(user) : new Response("not logged in", { status: 401 });
  },
};
