import { mcpToken, message, rpc } from "../../tests/edge/support/mcp.ts";
import type { Operation } from "../operation.ts";

/** `tools/call` over `/mcp`, revision 2026-07-28 without a session: the token's signature, and a tool that is answered at once. */
export const mcpCall: Operation = {
  name: "MCP call",
  times: 300,
  beside: ["mcp"],
  prepare: async (_, deputy) => {
    const authorization = `Bearer ${await mcpToken(deputy, "ana")}`;
    const once = async () => {
      const page = await rpc(deputy, "tools/call", { name: "get_current_time", arguments: {} }, { authorization });
      const time = page.status === 200 ? message<Called>(page).result?.content?.[0]?.text : undefined;
      if (Number.isNaN(Date.parse(time ?? ""))) throw new Error(`tools/call: ${page.status} ${page.text}`);
    };
    return { once };
  },
};

interface Called {
  result?: { content?: { text: string }[] };
}
