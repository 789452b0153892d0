import type { Environment } from "../api/types";
import { loginPath } from "../app/routes";
import { ButtonLink } from "../ui/Button";
import { Card } from "../ui/Card";
import { MainPage } from "../ui/Page";
import { Actions, Title } from "../ui/Text";

interface Props {
  environment: Environment | undefined;
  /** Where the visitor wanted to go. */
  path: string;
}

/** What a visitor without a session sees. */
export function Landing({ environment, path }: Props) {
  const users = environment?.users ?? [];
  return (
    <MainPage centered>
      <Card centered>
        <p className="text-5xl leading-none" aria-hidden="true">
          🤖
        </p>
        <Title>You are not logged in</Title>
        <p>Deputy is an assistant that acts for you, with exactly the permissions you gave it. Log in to start a chat.</p>
        <Actions>
          <ButtonLink look="primary" href={loginPath(path)}>
            Login
          </ButtonLink>
          <ButtonLink href="/auth/login?screen_hint=signup">Sign up</ButtonLink>
        </Actions>
        {users.length > 0 && (
          <section aria-labelledby="users" className="mt-4 w-full border-t border-line pt-4 text-sm text-quiet">
            <h2 id="users" className="text-base">
              Users of the offline world
            </h2>
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
      </Card>
    </MainPage>
  );
}
