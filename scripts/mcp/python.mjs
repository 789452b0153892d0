// Python's official MCP package, with which the tests call `/mcp`.
import { inRoot } from "../lib/paths.mjs";
import { ensurePython } from "../lib/python.mjs";

/** A Python with the package; installed into `.cache/mcp-python` where it is not. */
export async function mcpPython() {
  const { python } = await ensurePython({
    name: "mcp-python",
    what: "Python's MCP package: pip install mcp into .cache/mcp-python (10 MB, once)",
    requirements: inRoot("scripts/mcp/requirements.txt"),
    atLeast: [3, 11],
  });
  return python;
}
