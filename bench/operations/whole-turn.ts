import { once as happens } from "node:events";
import { answerOf, newChat, removeChat, socketOf } from "../chat.ts";
import type { Operation } from "../operation.ts";

/** A message of the user and the whole answer of the scripted model, without tools, over an open socket of a new chat. */
export const wholeTurn: Operation = {
  name: "whole turn",
  times: 25,
  prepare: async (client) => {
    const id = await newChat(client);
    const socket = socketOf(client, id);
    await happens(socket, "open");
    let count = 0;
    const once = async () => {
      count += 1;
      const request = `bench-${count}`;
      const answered = answerOf(socket, request);
      const message = { id: `message-${count}`, role: "user", parts: [{ type: "text", text: "Hello" }] };
      const body = JSON.stringify({ messages: [message], trigger: "submit-message", timeZone: "Europe/Berlin" });
      socket.send(JSON.stringify({ type: "cf_agent_use_chat_request", id: request, init: { method: "POST", body } }));
      const text = await answered;
      if (!text.includes("scripted model")) throw new Error(`not the model's answer: ${text}`);
    };
    const end = async () => {
      socket.terminate();
      await removeChat(client, id);
    };
    return { once, end };
  },
};
