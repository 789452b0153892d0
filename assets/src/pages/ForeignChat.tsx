import { Link } from "wouter";

/** Unknown and other people's chats look the same, as they do on the server. */
export function ForeignChat() {
  return (
    <div className="page">
      <div className="card" role="alert">
        <h1>This chat is not yours.</h1>
        <p>It may have been deleted, or it belongs to another account.</p>
        <Link href="/" className="button primary">
          Go to the start page
        </Link>
      </div>
    </div>
  );
}
