import type { HttpClient } from "../../tests/harness/index.ts";
import { newChat, removeChat } from "../chat.ts";
import type { Operation } from "../operation.ts";

/** `GET /health`: an answer for which nobody is asked. What a request costs at least. */
export const nothing: Operation = {
  name: "nothing to do",
  times: 300,
  beside: ["agent", "floor"],
  prepare: async (client) => await got(client, "/health"),
};

/** An authenticated `GET /user`: cookie opened, session looked up in the account's object. */
export const sessionCheck: Operation = {
  name: "session check",
  times: 300,
  beside: ["agent", "floor"],
  prepare: async (client) => await got(client, "/user"),
};

/** `GET /api/chats`, of a user who has one. */
export const chatList: Operation = {
  name: "chat list",
  times: 300,
  beside: ["agent", "floor"],
  prepare: async (client) => {
    const chat = await newChat(client);
    return { ...(await got(client, "/api/chats")), end: async () => await removeChat(client, chat) };
  },
};

async function got(client: HttpClient, path: string) {
  const once = async () => {
    const page = await client.get(path);
    if (page.status !== 200) throw new Error(`GET ${path}: ${page.status} ${page.text}`);
  };
  return await Promise.resolve({ once });
}
