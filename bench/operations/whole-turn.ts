import { once as happens } from "node:events";
import { ask, newChat, removeChat, socketOf } from "../chat.ts";
import type { Operation } from "../operation.ts";

/** A message of the user and the whole answer of the scripted model, without tools, over an open socket of a new chat. */
export const wholeTurn: Operation = {
  name: "whole turn",
  beside: ["agent", "floor"],
  times: 25,
  prepare: async (client) => {
    const id = await newChat(client);
    const socket = socketOf(client, id);
    await happens(socket, "open");
    let count = 0;
    const once = async () => await ask(socket, `${(count += 1)}`);
    const end = async () => {
      socket.terminate();
      await removeChat(client, id);
    };
    return { once, end };
  },
};
