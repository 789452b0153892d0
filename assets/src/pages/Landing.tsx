import type { Environment } from "../api/types";
import { loginPath } from "../app/routes";

interface Props {
  environment: Environment | undefined;
  /** Where the visitor wanted to go. */
  path: string;
}

/** What a visitor without a session sees. */
export function Landing({ environment, path }: Props) {
  const users = environment?.users ?? [];
  return (
    <main className="page landing">
      <div className="card hero">
        <p className="emoji" aria-hidden="true">
          🤖
        </p>
        <h1>You are not logged in</h1>
        <p>Deputy is an assistant that acts for you, with exactly the permissions you gave it. Log in to start a chat.</p>
        <div className="actions">
          <a className="button primary" href={loginPath(path)}>
            Login
          </a>
          <a className="button" href="/auth/login?screen_hint=signup">
            Sign up
          </a>
        </div>
        {users.length > 0 && (
          <section aria-labelledby="users" className="seeded">
            <h2 id="users">Users of the offline world</h2>
            <ul>
              {users.map((user) => (
                <li key={user.email ?? user.name}>
                  {user.email ?? user.name}
                  {user.password && (
                    <>
                      {" "}
                      with password <code>{user.password}</code>
                    </>
                  )}
                </li>
              ))}
            </ul>
          </section>
        )}
      </div>
    </main>
  );
}
