// A server with a certificate before the offline tenant, for clients that know no other scheme than https.
import { createServer, type Server } from "node:https";
import { request } from "node:http";
import { writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { generate } from "selfsigned";

export interface TlsFront {
  port: number;
  stop(): Promise<void>;
}

/** Passes every request on to `target` (read at each request); its certificate, for `localhost`, is written to `certificate`. */
export async function startTls(target: () => number, certificate: string): Promise<TlsFront> {
  const extensions = [{ name: "subjectAltName" as const, altNames: [{ type: 2 as const, value: "localhost" }] }];
  const made = await generate([{ name: "commonName", value: "localhost" }], { keySize: 2048, extensions });
  writeFileSync(certificate, made.cert);
  const server: Server = createServer({ key: made.private, cert: made.cert }, (incoming, answer) => {
    const { method, url, headers } = incoming;
    const passed = request({ host: "127.0.0.1", port: target(), method, path: url, headers }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
    });
    passed.on("error", () => answer.destroy());
    incoming.pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { port: (server.address() as AddressInfo).port, stop };
}
