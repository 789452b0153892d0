import { Link } from "wouter";

/** For addresses that lead nowhere. */
export function NotFound() {
  return (
    <div className="page">
      <div className="card">
        <h1>Page not found</h1>
        <p>There is nothing at this address.</p>
        <Link href="/" className="button primary">
          Go to the start page
        </Link>
      </div>
    </div>
  );
}
