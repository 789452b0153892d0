// The floor: the same routes with as little as the platform lets a Worker get away with. What it costs, everybody pays who keeps chats
// in a Durable Object and looks a session up there: a signed cookie, one call of an object, two rows a turn, a frame a delta.
import { DurableObject } from "cloudflare:workers";
import { logIn, userOf } from "../session.js";

/** A user's session and chats, or a chat's messages, by its name. */
export class Floor extends DurableObject {
  constructor(state, env) {
    super(state, env);
    this.sql = state.storage.sql;
    this.sql.exec("CREATE TABLE IF NOT EXISTS sessions (sub TEXT PRIMARY KEY)");
    this.sql.exec("CREATE TABLE IF NOT EXISTS chats (id TEXT PRIMARY KEY, title TEXT NOT NULL, createdAt INTEGER NOT NULL)");
    this.sql.exec("CREATE TABLE IF NOT EXISTS messages (id INTEGER PRIMARY KEY, role TEXT NOT NULL, text TEXT NOT NULL)");
  }

  /** Of a user. */
  begin(sub) {
    this.sql.exec("INSERT INTO sessions VALUES (?)", sub);
  }

  /** Of a user: whether the session is there still. */
  hasSession(sub) {
    return this.sql.exec("SELECT 1 FROM sessions WHERE sub = ?", sub).toArray().length > 0;
  }

  /** Of a user; undefined when the session was ended. */
  chats(sub) {
    if (!this.hasSession(sub)) return undefined;
    return this.sql.exec("SELECT id, title, createdAt FROM chats ORDER BY createdAt DESC").toArray();
  }

  /** Of a user. */
  add(id) {
    this.sql.exec("INSERT INTO chats VALUES (?, 'New chat', ?)", id, Date.now());
  }

  /** Of a user. */
  remove(id) {
    this.sql.exec("DELETE FROM chats WHERE id = ?", id);
  }

  /** Of a chat: its socket. Whose it is, its name says. */
  fetch() {
    const [client, server] = Object.values(new WebSocketPair());
    this.ctx.acceptWebSocket(server);
    server.send('{"type":"cf_agent_identity"}');
    return new Response(undefined, { status: 101, webSocket: client });
  }

  async webSocketMessage(socket, data) {
    const { id, init } = JSON.parse(data);
    this.sql.exec("INSERT INTO messages (role, text) VALUES ('user', ?)", JSON.parse(init.body).messages.at(-1).parts[0].text);
    const messages = this.sql.exec("SELECT role, text AS content FROM messages ORDER BY id").toArray();
    let text = "";
    for await (const delta of deltas(this.env, messages)) {
      text += delta;
      const body = JSON.stringify({ type: "text-delta", id: "0", delta });
      socket.send(JSON.stringify({ type: "cf_agent_use_chat_response", id, body, done: false }));
    }
    this.sql.exec("INSERT INTO messages (role, text) VALUES ('assistant', ?)", text);
    socket.send(JSON.stringify({ type: "cf_agent_use_chat_response", id, body: "", done: true }));
  }

  webSocketClose(socket, code) {
    socket.close(code);
  }
}

/** The pieces of the model's answer as they come. */
async function* deltas(env, messages) {
  const answer = await fetch(`${env.OPENAI_BASE_URL}/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${env.OPENAI_API_KEY}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "bench", stream: true, messages }),
  });
  let rest = "";
  for await (const read of answer.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + read).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      if (!line.startsWith("data: {")) continue;
      const delta = JSON.parse(line.slice("data: ".length)).choices[0]?.delta?.content;
      if (delta) yield delta;
    }
  }
}

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname === "/health") return new Response("ok");
    if (pathname === "/auth/login") return await logIn(request, env, (sub) => env.FLOOR.getByName(sub).begin(sub));
    if (pathname === "/") return new Response("a page");
    const user = await userOf(request, env);
    if (!user) return notLoggedIn();
    const account = env.FLOOR.getByName(user.sub);
    const [, first, , id] = pathname.split("/");
    if (first === "agents") return await (id.startsWith(user.sub) ? env.FLOOR.getByName(id).fetch(request) : nothingHere());
    if (pathname === "/user") return (await account.hasSession(user.sub)) ? Response.json(user) : notLoggedIn();
    if (request.method === "GET") return await account.chats(user.sub).then((chats) => (chats ? Response.json(chats) : notLoggedIn()));
    if (request.method === "DELETE") return new Response(undefined, { status: await account.remove(id).then(() => 204) });
    const chat = `${user.sub}-${crypto.randomUUID()}`;
    await account.add(chat);
    return Response.json({ id: chat });
  },
};

function notLoggedIn() {
  return new Response("not logged in", { status: 401 });
}

function nothingHere() {
  return new Response("nothing here", { status: 404 });
}
