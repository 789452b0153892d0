import { connectionMark } from "../words/connections";

/** The mark of a connection, beside its name: it says nothing that the name does not. */
export function ConnectionIcon({ connection }: { connection: string }) {
  const { letters, color } = connectionMark(connection);
  return (
    <svg className="connection-icon flex-none" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" focusable="false">
      <rect width="24" height="24" rx="6" fill={color} />
      <text x="12" y="16.5" textAnchor="middle" fontSize="11" fontWeight="600" fill="#fff">
        {letters}
      </text>
    </svg>
  );
}
