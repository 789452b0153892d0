// Python's openfga-sdk: each check is a function of openfga_sdk_checks.py, run with the SDK's own interpreter.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { fgaSdk } from "../../../scripts/fga/sdk.mjs";
import { apiUrl, audience, fgaClient, model, presharedKey, seededStore, tokenIssuer } from "../lib/fga.mjs";

const script = fileURLToPath(new URL("openfga_sdk_checks.py", import.meta.url));

export async function openfgaPython(checks, world) {
  const python = await fgaSdk();
  const add = (name, check, before) =>
    checks.add("openfga-sdk (Python)", name, async () => {
      await before?.();
      const told = {
        api_url: apiUrl(world()),
        audience: audience(world()),
        token_issuer: tokenIssuer(world()),
        client: fgaClient,
        preshared_key: presharedKey,
        store: seededStore,
        model,
      };
      const { stdout } = await promisify(execFile)(python, [script, check, JSON.stringify(told)], { timeout: 25_000 });
      assert.equal(stdout.trim(), "ok");
    });
  const access = (access) => () => world().control("PATCH", "/fga", { access });
  const limited = () => world().control("POST", "/faults", { service: "fga", status: 429, headers: { "retry-after": "1" }, times: 1 });
  add("stores: create, get, list by pages, delete", "stores");
  add("models: write, read, list, the latest", "models");
  add("tuples: write, delete, conflicts, read by pages, changes", "tuples");
  add("check, batch check, expand, assertions", "questions");
  add("lists: objects, objects one by one, relations, users", "lists");
  add("without blocking: the same client for asyncio", "asynchronous");
  add("RG-02 a preshared key", "key", access("preshared_key"));
  add("RG-02 client credentials, with the audience that ends with a slash", "credentials", access("client_credentials"));
  add("a limit is waited for", "questions", limited);
}
