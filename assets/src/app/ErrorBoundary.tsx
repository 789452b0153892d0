import { Component, type ReactNode } from "react";
import { Button } from "../ui/Button";
import { Card } from "../ui/Card";
import { Page } from "../ui/Page";
import { Title } from "../ui/Text";

/** Keeps the navigation usable when a page breaks, and offers the one remedy there is. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return (
      <Page>
        <Card role="alert">
          <Title>This page has a problem</Title>
          <p>Something went wrong while showing it. Nothing you wrote to the assistant is lost.</p>
          <Button look="primary" onClick={() => window.location.reload()}>
            Reload
          </Button>
        </Card>
      </Page>
    );
  }
}
