// The Action behind the custom token exchange: an access token of this tenant for the MCP server becomes one of the same user for
// another API. It runs at Auth0; `npm run tenant -- apply` puts it there with the audience filled in.
const { createPublicKey, createVerify } = require("node:crypto");

const SUBJECT_AUDIENCE = "{MCP_AUDIENCE}";
const ISSUER = "{ISSUER}";

exports.onExecuteCustomTokenExchange = async (event, api) => {
  try {
    const claims = await verified(event.transaction.subject_token);
    api.authentication.setUserById(claims.sub);
  } catch (error) {
    api.access.rejectInvalidSubjectToken(error.message);
  }
};

async function verified(token) {
  const [header, payload, signature, ...more] = String(token).split(".");
  if (!signature || more.length > 0) throw new Error("The subject token is no JWT");
  const { alg, kid } = decoded(header);
  if (alg !== "RS256") throw new Error("The subject token is not signed with RS256");
  const answer = await fetch(`${ISSUER}.well-known/jwks.json`);
  const { keys } = await answer.json();
  const jwk = keys.find((key) => key.kid === kid && key.kty === "RSA");
  if (!jwk) throw new Error("The subject token is signed with an unknown key");
  const key = createPublicKey({ key: jwk, format: "jwk" });
  const good = createVerify("RSA-SHA256").update(`${header}.${payload}`).verify(key, signature, "base64url");
  if (!good) throw new Error("The signature of the subject token is wrong");
  const claims = decoded(payload);
  if (claims.iss !== ISSUER) throw new Error("The subject token is of another issuer");
  if (![claims.aud].flat().includes(SUBJECT_AUDIENCE)) throw new Error("The subject token is for another API");
  if (!(claims.exp > Date.now() / 1000)) throw new Error("The subject token has expired");
  // A machine's own token names no user.
  if (typeof claims.sub !== "string" || claims.sub === "" || claims.sub.endsWith("@clients")) throw new Error("The subject token names no user");
  return claims;
}

function decoded(part) {
  return JSON.parse(Buffer.from(part, "base64url").toString());
}
