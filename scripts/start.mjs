// `npm start`: sets up, builds, checks the settings, starts the offline world (where the user's own
// settings do not replace it) and the Worker, and stops all of it on Ctrl-C.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "./build.mjs";
import { done, main, printProblem, say, seconds, step, warn } from "./lib/log.mjs";
import { Parts } from "./lib/parts.mjs";
import { cache, inRoot, offlineProgram } from "./lib/paths.mjs";
import { freePort, refuseTaken } from "./lib/ports.mjs";
import { Children, waitForUrl } from "./lib/processes.mjs";
import { modernNode, npmEnv } from "./lib/run.mjs";
import { localSettings, offlineClient, readPorts, refuseProblems, settingsProblems, toDotenv, workerSettings } from "./lib/settings.mjs";
import { beginSetup } from "./setup.mjs";

await main(async () => {
  const begin = Date.now();
  const ports = readPorts();
  const { settings, offline } = localSettings(ports);
  refuseProblems(settingsProblems(settings));
  const usesOffline = offline.tenant || offline.model;
  const { PORT, ...offlinePorts } = ports;
  await refuseTaken(usesOffline ? ports : { PORT });
  const parts = new Parts();
  await build(await beginSetup(parts), { parts, quick: true });
  warnAboutBaseUrl(settings, PORT);

  const children = new Children();
  const stopped = stopSignal();
  try {
    const starting = parts.run("start", () => startAll(children, { ports, offlinePorts, settings, usesOffline }));
    await Promise.race([starting, children.failure, stopped]);
    if (stopped.happened) return 0;
    parts.sayTimes();
    await greet(ports, settings, offline, begin);
    await Promise.race([stopped, children.failure]);
    say("\nStopping…");
    return 0;
  } catch (error) {
    printProblem(error);
    return 1;
  } finally {
    await children.stop();
  }
});

async function startAll(children, { ports, settings, usesOffline }) {
  if (usesOffline) {
    step("Starting the offline world");
    startOffline(children, ports, settings);
    await waitForUrl(`http://127.0.0.1:${ports.OFFLINE_CONTROL_PORT}/health`, { timeout: 20_000, failure: children.failure });
  }
  step("Starting the Worker (wrangler dev)");
  await startWrangler(children, ports.PORT, settings);
  await waitForUrl(`http://127.0.0.1:${ports.PORT}/health`, { failure: children.failure });
}

function startOffline(children, ports, settings) {
  const args = [
    ["--tenant-port", ports.OFFLINE_PORT],
    ["--providers-port", ports.OFFLINE_PROVIDERS_PORT],
    ["--model-port", ports.OFFLINE_MODEL_PORT],
    ["--control-port", ports.OFFLINE_CONTROL_PORT],
    ["--fga-port", ports.OFFLINE_FGA_PORT],
    ["--issuer", `http://localhost:${ports.OFFLINE_PORT}/`],
    ["--app-base-url", settings.BASE_URL],
    ["--client-id", offlineClient.id],
    ["--client-secret", offlineClient.secret],
  ];
  children.start("offline", offlineProgram, [...args.flat().map(String), "--quiet"]);
}

async function startWrangler(children, port, settings) {
  // wrangler leaves .dev.vars aside when it is given a file; this one has the user's settings in it.
  const file = join(cache, "run", "dev.vars");
  mkdirSync(join(cache, "run"), { recursive: true, mode: 0o700 });
  writeFileSync(file, toDotenv(workerSettings(settings)), { mode: 0o600 });
  const args = [
    inRoot("node_modules/wrangler/bin/wrangler.js"),
    "dev",
    ["--port", port, "--ip", "127.0.0.1", "--inspector-port", await freePort()],
    ["--persist-to", process.env.DEPUTY_STATE ?? inRoot(".wrangler/state"), "--env-file", file],
    ["--show-interactive-dev-session=false", "--log-level", "info"],
  ];
  const env = npmEnv({ CI: "1", WRANGLER_SEND_METRICS: "false", WRANGLER_HIDE_BANNER: "true", FORCE_COLOR: "0" });
  children.start("worker", modernNode(), args.flat().map(String), { env, show: isWorthShowing });
}

/** wrangler repeats every binding and secret name; the Worker's own lines and errors are what matters. */
function isWorthShowing(line) {
  return !/^\s*$|^env\.|Your Worker has access|Binding\s+Resource|Using secrets defined|─{5}|Environment variable \("\(hidden\)"\)|\(hidden\)|Request\.cf|ENOTFOUND workers\.cloudflare\.com|GetAddrInfoReqWrap|Starting local server|Ready on/i.test(
    line,
  );
}

async function greet(ports, settings, offline, begin) {
  say();
  done(`Deputy is running (${seconds(begin)})`);
  say(`\n  Open   ${settings.BASE_URL}`);
  if (offline.tenant) {
    const users = await (await fetch(`http://127.0.0.1:${ports.OFFLINE_CONTROL_PORT}/users`)).json();
    for (const { email, password } of users.filter((user) => user.password)) say(`  Log in as   ${email}   password   ${password}`);
    say(
      `  Offline world: http://localhost:${ports.OFFLINE_CONTROL_PORT} (tenant ${ports.OFFLINE_PORT}, providers ${ports.OFFLINE_PROVIDERS_PORT}, model ${ports.OFFLINE_MODEL_PORT}, FGA ${ports.OFFLINE_FGA_PORT})`,
    );
  }
  if (offline.model) say("  The model is a script. For a real one and a real tenant: copy .dev.vars.example to .dev.vars");
  say("  Ctrl-C stops everything\n");
}

function warnAboutBaseUrl(settings, port) {
  const url = new URL(settings.BASE_URL);
  if (["localhost", "127.0.0.1"].includes(url.hostname) && Number(url.port || 80) !== port) {
    warn(`BASE_URL names port ${url.port || 80}, the Worker listens on ${port}: log-in will come back to the wrong port`);
  }
}

function stopSignal() {
  let resolve;
  const promise = new Promise((resolved) => {
    resolve = resolved;
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      promise.happened = true;
      resolve();
    });
  }
  return promise;
}
