import type { ComponentProps, ReactNode } from "react";
import { Button } from "./Button";
import { Card } from "./Card";
import { classes } from "./classes";

/** A page of text and cards, as wide as can be read well. */
export function Page(props: Omit<ComponentProps<"div">, "className">) {
  return <div className={classes(PAGE, TOP)} {...props} />;
}

/** The same where no shell is around it; `centered` puts it into the middle of a wide window. */
export function MainPage({ centered, ...rest }: { centered?: boolean } & Omit<ComponentProps<"main">, "className">) {
  return <main className={classes(PAGE, centered ? "flex-1 content-start md:content-center" : TOP)} {...rest} />;
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

const PAGE = "mx-auto grid w-full max-w-measure grid-cols-1 gap-4 px-4 py-8";
const TOP = "content-start";
