import { Link } from "wouter";
import { buttonClass } from "../ui/Button";
import { Card } from "../ui/Card";
import { Page } from "../ui/Page";
import { Title } from "../ui/Text";

/** For addresses that lead nowhere. */
export function NotFound() {
  return (
    <Page>
      <Card>
        <Title>Page not found</Title>
        <p>There is nothing at this address.</p>
        <Link href="/" className={buttonClass("primary")}>
          Go to the start page
        </Link>
      </Card>
    </Page>
  );
}
