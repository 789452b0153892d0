// How the application proves to the tenant who it is: as the Worker does.
import { createPrivateKey, randomUUID, sign } from "node:crypto";

/** The fields of a request that carry the proof of the web application. */
export function ownClient(settings, issuer) {
  const client_id = settings.AUTH0_CLIENT_ID ?? "";
  if (!settings.AUTH0_CLIENT_PRIVATE_KEY) return { client_id, client_secret: settings.AUTH0_CLIENT_SECRET ?? "" };
  return {
    client_id,
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: assertion(client_id, issuer, settings.AUTH0_CLIENT_PRIVATE_KEY),
  };
}

/** RFC 7523, 3. */
function assertion(client, issuer, pem) {
  const now = Math.floor(Date.now() / 1000);
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = { iss: client, sub: client, aud: issuer, iat: now, exp: now + 120, jti: randomUUID() };
  const input = `${part({ alg: "RS256", typ: "JWT" })}.${part(claims)}`;
  const key = createPrivateKey(pem.replaceAll("\\n", "\n"));
  return `${input}.${sign("sha256", Buffer.from(input), key).toString("base64url")}`;
}
