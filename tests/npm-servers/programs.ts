import { fileURLToPath } from "node:url";
import { freePort } from "../../scripts/lib/ports.mjs";
import { ProcessGroup } from "../harness/process-group.ts";

/** A published MCP server, unmodified, on a loopback port. */
export interface PublishedServer {
  /** Address of its endpoint. */
  url: string;
  /** What it printed, one line each. */
  lines: string[];
  stop(): Promise<void>;
}

/** `@modelcontextprotocol/server-everything`, which speaks Streamable HTTP itself; on the port `wanted` or a free one. */
export async function everything(wanted?: number): Promise<PublishedServer> {
  const port = wanted ?? (await freePort());
  // Its tool `get-env` shows whoever asks its whole environment.
  const group = start("server-everything", [main("@modelcontextprotocol/server-everything/dist/index.js"), "streamableHttp"], { PORT: String(port) });
  return await listening(group, port);
}

/** `@modelcontextprotocol/server-filesystem`, which speaks on standard input and output, for one directory, behind `mcp-proxy`. */
export async function filesystem(directory: string): Promise<PublishedServer> {
  const port = await freePort();
  const proxy = [main("mcp-proxy/dist/bin/mcp-proxy.mjs"), "--host", "127.0.0.1", "--port", String(port), "--server", "stream", "--"];
  const group = start(
    "server-filesystem",
    [...proxy, process.execPath, main("@modelcontextprotocol/server-filesystem/dist/index.js"), directory],
    {},
  );
  return await listening(group, port);
}

const main = (file: string) => fileURLToPath(new URL(`node_modules/${file}`, import.meta.url));

const start = (name: string, args: string[], env: Record<string, string>) =>
  ProcessGroup.program(name, process.execPath, args, { ...env, PATH: process.env.PATH ?? "" });

async function listening(group: ProcessGroup, port: number): Promise<PublishedServer> {
  const url = `http://localhost:${port}/mcp`;
  const answers = () =>
    fetch(url).then(
      () => true,
      () => false,
    );
  await group.until(answers, 20_000);
  return { url, lines: group.lines, stop: () => group.kill() };
}
