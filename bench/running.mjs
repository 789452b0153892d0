// Times what users feel of a running Deputy.
// With BENCH_COOKIE (the Cookie header of a logged-in browser) also the session check and the first word of an answer.
import { performance } from "node:perf_hooks";
import { Problem, say } from "../scripts/lib/log.mjs";

const cookie = process.env.BENCH_COOKIE;
const rounds = 200;

/** Requests one after the other, as one user would make them. */
export async function timeRunning(base) {
  if (!(await fetch(`${base}/health`).catch(() => undefined))?.ok)
    throw new Problem(`Nothing answers at ${base}`, "Start it with npm start, or name another address with --url");
  say(`${base}, ${rounds} requests one after the other, milliseconds`);
  say("what                     median     p95     max");
  await time("GET /health", 200, () => fetch(`${base}/health`));
  await time("GET /user, anonymous", 401, () => fetch(`${base}/user`));
  if (!cookie) return void say("Set BENCH_COOKIE for the session check and a chat turn");
  await time("GET /user, logged in", 200, () => fetch(`${base}/user`, { headers: { cookie } }));
  await time("GET /api/chats", 200, () => fetch(`${base}/api/chats`, { headers: { cookie } }));
  await chatTurns(base, 20);
}

async function time(name, status, request) {
  const times = [];
  for (let round = 0; round < rounds; round += 1) {
    const start = performance.now();
    const answer = await request();
    await answer.arrayBuffer();
    if (answer.status !== status)
      throw new Problem(`${name} answered ${answer.status}, expected ${status}`, "Is the session of BENCH_COOKIE still valid?");
    times.push(performance.now() - start);
  }
  report(name, times);
}

/** From the sent message to the first text and to the end, each turn in the same new chat. */
async function chatTurns(base, count) {
  const { WebSocket } = await import("ws");
  const origin = new URL(base).origin;
  const { id } = await (await fetch(`${base}/api/chats`, { method: "POST", headers: { cookie, origin } })).json();
  const socket = new WebSocket(`${base.replace(/^http/, "ws")}/agents/chat/${id}`, { headers: { cookie, origin } });
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  const [first, whole] = [[], []];
  for (let turn = 0; turn < count; turn += 1) {
    const { toFirst, toEnd } = await chatTurn(socket, turn);
    first.push(toFirst);
    whole.push(toEnd);
  }
  socket.close();
  await fetch(`${base}/api/chats/${id}`, { method: "DELETE", headers: { cookie, origin } });
  report("chat: first text", first);
  report("chat: whole turn", whole);
}

function chatTurn(socket, turn) {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const timer = setTimeout(() => reject(new Problem(`Turn ${turn} did not end within 60 s`)), 60_000);
    let toFirst;
    const listener = (data) => {
      const frame = JSON.parse(String(data));
      if (frame.type !== "cf_agent_use_chat_response" || frame.id !== `bench-${turn}`) return;
      if (toFirst === undefined && String(frame.body).includes("text-delta")) toFirst = performance.now() - start;
      if (!frame.done) return;
      clearTimeout(timer);
      socket.off("message", listener);
      resolve({ toFirst: toFirst ?? performance.now() - start, toEnd: performance.now() - start });
    };
    socket.on("message", listener);
    const message = { id: `message-${turn}`, role: "user", parts: [{ type: "text", text: "Hello" }] };
    const body = JSON.stringify({ messages: [message], trigger: "submit-message" });
    socket.send(JSON.stringify({ type: "cf_agent_use_chat_request", id: `bench-${turn}`, init: { method: "POST", body } }));
  });
}

function report(name, times) {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))].toFixed(1).padStart(8);
  say(`${name.padEnd(22)} ${at(0.5)}${at(0.95)}${at(1)}`);
}
