import { spelledOut } from "../words/tools";
import { valueInWords } from "../words/values";

/** The arguments as a table, for people; the JSON is one click away. */
export function Arguments({ input }: { input: unknown }) {
  if (typeof input !== "object" || input === null) return null;
  const rows = Object.entries(input).filter(([, value]) => value !== undefined);
  if (rows.length === 0) return null;
  return (
    <table className="justify-self-start text-sm" aria-label="Arguments">
      <tbody>
        {rows.map(([key, value]) => (
          <tr key={key}>
            <th scope="row" className="py-0.5 pr-4 text-start align-top font-normal whitespace-nowrap text-quiet">
              {spelledOut(key)}
            </th>
            <td className="py-0.5 align-top wrap-anywhere" title={typeof value === "string" ? value : undefined}>
              {valueInWords(value)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
