import { Link } from "wouter";

/** The mark and the name; with `onFollow` a link to the start page, which a narrow screen shows above the sidebar already. */
export function Brand({ onFollow }: { onFollow?: () => void }) {
  const mark = (
    <>
      <img src="/favicon.svg" alt="" width="24" height="24" />
      Deputy
    </>
  );
  if (!onFollow) return <span className={BRAND}>{mark}</span>;
  return (
    <Link href="/" className={`${BRAND} max-md:invisible`} onClick={onFollow}>
      {mark}
    </Link>
  );
}

const BRAND = "inline-flex items-center gap-2 text-lg font-bold text-text no-underline";
