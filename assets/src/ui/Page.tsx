import type { ComponentProps, ReactNode } from "react";
import { Button } from "./Button";
import { Card } from "./Card";
import { classes } from "./classes";

/** A page of text and cards, as wide as can be read well. */
export function Page({ className, ...rest }: ComponentProps<"div">) {
  return <div className={classes(PAGE, className)} {...rest} />;
}

/** The same where no shell is around it. */
export function MainPage({ className, ...rest }: ComponentProps<"main">) {
  return <main className={classes(PAGE, className)} {...rest} />;
}

/** Says on a page that something did not work, and offers the way on. */
export function Problem({ title, children, onRetry }: { title?: string; children: ReactNode; onRetry?: () => void }) {
  return (
    <Card role="alert">
      {title && <h1 className="text-xl">{title}</h1>}
      {children}
      {onRetry && <Button onClick={onRetry}>Try again</Button>}
    </Card>
  );
}

const PAGE = "mx-auto grid w-full max-w-measure grid-cols-1 content-start gap-4 px-4 py-8";
