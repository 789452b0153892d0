import { Link } from "wouter";
import type { Folder } from "../api/documents";
import { folderPath } from "./tree";

/** The way to a place among the documents; its last part is where one is, unless `here` names something in it. */
export function Breadcrumbs({ way, here }: { way: readonly Folder[]; here?: string }) {
  const parts = [{ id: null, title: "Documents" }, ...way];
  return (
    <nav aria-label="Folders">
      <ol className="flex flex-wrap gap-x-2">
        {parts.map(({ id, title }, index) => {
          const last = here === undefined && index === parts.length - 1;
          return (
            <li key={id} className="flex min-w-0 gap-x-2 wrap-anywhere">
              {index > 0 && <Separator />}
              {last ? <span aria-current="page">{title}</span> : <Link href={folderPath(id)}>{title}</Link>}
            </li>
          );
        })}
        {here !== undefined && (
          <li className="flex min-w-0 gap-x-2 wrap-anywhere">
            <Separator />
            <span aria-current="page">{here}</span>
          </li>
        )}
      </ol>
    </nav>
  );
}

function Separator() {
  return (
    <span aria-hidden="true" className="text-quiet">
      /
    </span>
  );
}
