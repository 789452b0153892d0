// OpenFGA's Python SDK.
import { inRoot } from "../lib/paths.mjs";
import { ensurePython } from "../lib/python.mjs";

/** A Python with the SDK; installed into `.cache/fga-sdk` where it is not. */
export async function fgaSdk() {
  const { python } = await ensurePython({
    name: "fga-sdk",
    what: "OpenFGA's Python SDK: pip install openfga-sdk into .cache/fga-sdk (4 MB, once)",
    requirements: inRoot("scripts/fga/sdk-requirements.txt"),
    atLeast: [3, 11],
  });
  return python;
}
