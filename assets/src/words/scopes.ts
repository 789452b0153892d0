/**
 * What a list of OAuth scopes lets Deputy do, one phrase each, in the order given and without repeats.
 * A scope nobody has put into words is shown as it is: hiding it would be worse than an ugly name.
 */
export function scopesInWords(scopes: readonly string[]): string[] {
  const phrases = scopes.map(scopeInWords).filter((phrase) => phrase !== "");
  return [...new Set(phrases)];
}

/** One scope in words, or an empty string when it grants nothing the user has to think about. */
export function scopeInWords(scope: string): string {
  const short = scope.startsWith(GOOGLE) ? scope.slice(GOOGLE.length) : scope;
  return WORDS[short] ?? `Use the permission “${short}”`;
}

const GOOGLE = "https://www.googleapis.com/auth/";

const WORDS: Record<string, string> = {
  openid: "Know which account this is",
  profile: "See your name and picture",
  email: "See your email address",
  offline_access: "",
  "userinfo.email": "See your email address",
  "userinfo.profile": "See your name and picture",

  "calendar.freebusy": "See when you are free or busy",
  "calendar.events": "See and change the events in your calendars",
  "calendar.events.readonly": "See the events in your calendars",
  "calendar.readonly": "See your calendars and their events",
  "calendar.calendarlist.readonly": "See the list of your calendars",
  calendar: "See, change and delete your calendars",
  "gmail.readonly": "Read your email",
  "gmail.compose": "Write email drafts and send them",
  "gmail.send": "Send email as you",
  "gmail.modify": "Read, write and file your email",
  tasks: "See and change your tasks",
  "tasks.readonly": "See your tasks",
  "drive.readonly": "See the files in your Drive",
  "drive.file": "See and change the files you open with Deputy",
  "contacts.readonly": "See your contacts",

  repo: "Read and change your repositories, private ones too",
  public_repo: "Read and change your public repositories",
  "read:user": "See your profile",
  "user:email": "See your email addresses",
  "read:org": "See your organisations",

  "channels:read": "See the public channels of your workspace",
  "groups:read": "See the private channels you are in",
  "chat:write": "Post messages as you",
  "users:read": "See the people in your workspace",

  api: "Read and change your Salesforce records",
  refresh_token: "",
  id: "Know which account this is",

  "stock:trade": "Buy and sell stock for you",
  "product:buy": "Buy products for you",
};
