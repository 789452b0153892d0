import { Link } from "wouter";
import { buttonClass } from "../ui/Button";
import { Card } from "../ui/Card";
import { Page } from "../ui/Page";
import { Title } from "../ui/Text";

/** Unknown and other people's chats look the same, as they do on the server. */
export function ForeignChat() {
  return (
    <Page>
      <Card role="alert">
        <Title>This chat is not yours.</Title>
        <p>It may have been deleted, or it belongs to another account.</p>
        <Link href="/" className={buttonClass("primary")}>
          Go to the start page
        </Link>
      </Card>
    </Page>
  );
}
