// The baseline agent: what somebody writes in a day with the official packages, after their documentation. A signed session, a list of
// chats that an account keeps, a check that a chat is the user's, and a chat that streams from a model that speaks OpenAI's protocol.
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { AIChatAgent } from "@cloudflare/ai-chat";
import { Agent, getAgentByName, routeAgentRequest } from "agents";
import { convertToModelMessages, streamText } from "ai";
import { logIn, userOf } from "../session.js";

export class Chat extends AIChatAgent {
  async onChatMessage(_onFinish, options) {
    const provider = createOpenAICompatible({ name: "bench", baseURL: this.env.OPENAI_BASE_URL, apiKey: this.env.OPENAI_API_KEY });
    const answer = streamText({
      model: provider.chatModel("bench"),
      system: "You are a helpful assistant.",
      messages: await convertToModelMessages(this.messages),
      abortSignal: options?.abortSignal,
    });
    return answer.toUIMessageStreamResponse();
  }
}

/** A user's chats. */
export class Account extends Agent {
  onStart() {
    void this.sql`CREATE TABLE IF NOT EXISTS chats (id TEXT PRIMARY KEY, title TEXT NOT NULL, createdAt INTEGER NOT NULL)`;
  }

  chats() {
    return this.sql`SELECT id, title, createdAt FROM chats ORDER BY createdAt DESC`;
  }

  add(id) {
    void this.sql`INSERT INTO chats VALUES (${id}, 'New chat', ${Date.now()})`;
  }

  owns(id) {
    return this.sql`SELECT 1 FROM chats WHERE id = ${id}`.length > 0;
  }

  remove(id) {
    void this.sql`DELETE FROM chats WHERE id = ${id}`;
  }
}

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname === "/health") return Response.json({ status: "ok" });
    if (pathname === "/auth/login") return await logIn(request, env);
    if (pathname === "/") return new Response("a page");
    const user = await userOf(request, env);
    if (!user) return Response.json({ error: "not logged in" }, { status: 401 });
    if (pathname === "/user") return Response.json({ sub: user.sub, email: user.email });
    if (pathname.startsWith("/api/chats")) return await chats(request, env, user, pathname.slice("/api/chats/".length));
    const onlyTheirs = async (_, { name }) => {
      const account = await getAgentByName(env.Account, user.sub);
      if (!(await account.owns(name))) return new Response("no such chat", { status: 404 });
    };
    const answer = await routeAgentRequest(request, env, { onBeforeConnect: onlyTheirs, onBeforeRequest: onlyTheirs });
    return answer ?? new Response("nothing here", { status: 404 });
  },
};

async function chats(request, env, user, id) {
  const account = await getAgentByName(env.Account, user.sub);
  if (request.method === "GET") return Response.json(await account.chats());
  if (request.method === "POST") {
    const chat = crypto.randomUUID();
    await account.add(chat);
    return Response.json({ id: chat });
  }
  if (request.method === "DELETE" && (await account.owns(id))) {
    await account.remove(id);
    await (await getAgentByName(env.Chat, id)).destroy();
    return new Response(undefined, { status: 204 });
  }
  return new Response("nothing here", { status: 404 });
}
