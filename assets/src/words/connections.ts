/** The name people know a connection's provider by. */
export function connectionName(connection: string): string {
  const known = NAMES[connection];
  if (known) return known;
  const words = connection.replace(/[-_]+/g, " ").trim();
  return words === "" ? "your account" : words.charAt(0).toUpperCase() + words.slice(1);
}

const NAMES: Record<string, string> = {
  "google-oauth2": "Google",
  github: "GitHub",
  slack: "Slack",
  "sign-in-with-slack": "Slack",
  salesforce: "Salesforce",
  sfdc: "Salesforce",
  windowslive: "Microsoft",
  freshbooks: "FreshBooks",
};
