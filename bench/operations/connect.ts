import { setTimeout as wait } from "node:timers/promises";
import { WebSocket } from "ws";
import { identified, newChat, removeChat, socketOf } from "../chat.ts";
import type { Operation } from "../operation.ts";

/** The socket of a chat that exists, from the upgrade request to the frame that says who answers; then it is closed. */
export const connect: Operation = {
  name: "connect",
  beside: ["agent", "floor"],
  times: 100,
  prepare: async (client) => {
    const id = await newChat(client);
    const open = new Set<WebSocket>();
    const once = async () => {
      const socket = socketOf(client, id);
      open.add(socket);
      socket.once("close", () => open.delete(socket));
      await identified(socket);
      socket.close(1000);
    };
    const settle = async () => {
      while (open.size > 0) await wait(20);
    };
    return { once, settle, end: async () => await removeChat(client, id) };
  },
};
