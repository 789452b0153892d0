// What both baselines do alike: who somebody is, in a signed cookie. No tenant stands behind it, and any password will do.
const cookieName = "session";
const lifetime = 86_400_000;
const algorithm = { name: "HMAC", hash: "SHA-256" };
const page = "<!doctype html><form method=post><input name=email type=email><input name=password type=password><button>Log in</button></form>";

let key;

/** `/auth/login`: a form, and a session for whatever address is sent with it; `begin` hears of the new user. */
export async function logIn(request, env, begin) {
  if (request.method !== "POST") return new Response(page, { headers: { "content-type": "text/html" } });
  const email = String((await request.formData()).get("email"));
  const sub = crypto.randomUUID();
  await begin?.(sub);
  const session = btoa(JSON.stringify({ sub, email, expires: Date.now() + lifetime }));
  const signature = await crypto.subtle.sign(algorithm, await keyOf(env), new TextEncoder().encode(session));
  const cookie = `${cookieName}=${session}.${btoa(String.fromCharCode(...new Uint8Array(signature)))}; Path=/; HttpOnly; SameSite=Lax`;
  return new Response(undefined, { status: 303, headers: { location: "/", "set-cookie": cookie } });
}

/** The user of a request: of a cookie that is signed and not over, else undefined. */
export async function userOf(request, env) {
  const cookies = request.headers.get("cookie")?.split("; ") ?? [];
  const [session, signature] =
    cookies
      .find((one) => one.startsWith(`${cookieName}=`))
      ?.slice(cookieName.length + 1)
      .split(".") ?? [];
  if (signature === undefined) return undefined;
  const bytes = Uint8Array.from(atob(signature), (character) => character.charCodeAt(0));
  if (!(await crypto.subtle.verify(algorithm, await keyOf(env), bytes, new TextEncoder().encode(session)))) return undefined;
  const user = JSON.parse(atob(session));
  return user.expires > Date.now() ? user : undefined;
}

async function keyOf(env) {
  key ??= await crypto.subtle.importKey("raw", new TextEncoder().encode(env.SESSION_SECRET), algorithm, false, ["sign", "verify"]);
  return key;
}
