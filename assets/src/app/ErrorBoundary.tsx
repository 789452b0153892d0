import { Component, type ReactNode } from "react";

/** Keeps the navigation usable when a page breaks, and offers the one remedy there is. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return (
      <div className="page">
        <div className="card" role="alert">
          <h1>This page has a problem</h1>
          <p>Something went wrong while showing it. Nothing you wrote to the assistant is lost.</p>
          <button type="button" className="button primary" onClick={() => window.location.reload()}>
            Reload
          </button>
        </div>
      </div>
    );
  }
}
