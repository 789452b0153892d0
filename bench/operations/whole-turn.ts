import { once as happens } from "node:events";
import { ask, newChat, removeChat, socketOf } from "../chat.ts";
import type { Operation, Prepared } from "../operation.ts";
import { median } from "../statistics.ts";
import type { HttpClient } from "../../tests/harness/index.ts";

const beside = ["agent", "floor"] as const;

/** A message of the user and the whole answer of the scripted model, without tools, over an open socket of a new chat. */
export const wholeTurn: Operation = {
  name: "whole turn",
  times: 25,
  beside,
  prepare: async (client) => await turns(client, 1, () => undefined),
};

/** The first word of such an answer, felt by one user alone. */
export const firstWord: Operation = {
  name: "first word",
  times: 25,
  beside,
  prepare: async (client) => await turns(client, 1, median),
};

/** Ten turns at once, each in a chat of its own: CPU of all ten, and the first word as the one in the middle feels it. */
export const tenTurns: Operation = {
  name: "ten at once",
  times: 5,
  beside,
  prepare: async (client) => await turns(client, 10, median),
};

/** So many new chats with an open socket each, asked at once; `felt` makes of the times to their first words what is measured, else it is the end. */
async function turns(client: HttpClient, chats: number, felt: (first: number[]) => number | void): Promise<Prepared> {
  const ids: string[] = [];
  for (let made = 0; made < chats; made += 1) ids.push(await newChat(client));
  const sockets = ids.map((id) => socketOf(client, id));
  await Promise.all(sockets.map((socket) => happens(socket, "open")));
  let count = 0;
  const once = async () => {
    const number = `${(count += 1)}`;
    return felt(await Promise.all(sockets.map((socket) => ask(socket, number))));
  };
  const end = async () => {
    for (const socket of sockets) socket.terminate();
    for (const id of ids) await removeChat(client, id);
  };
  return { once, end };
}
