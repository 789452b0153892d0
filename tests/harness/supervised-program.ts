// Runs in a process group of its own, runs one program there, and takes it along when the tests end.
import { spawn } from "node:child_process";
import { endWithParent } from "./end-with-parent.ts";

endWithParent();
process.once("message", (message) => {
  const { command, args, env } = message as { command: string; args: string[]; env?: Record<string, string> };
  const child = spawn(command, args, { stdio: ["ignore", "inherit", "inherit"], ...(env === undefined ? {} : { env }) });
  child.on("error", (error) => {
    process.stderr.write(`${command}: ${error.message}\n`, () => process.exit(1));
  });
  child.on("exit", (code) => process.exit(code ?? 1));
});
