/** A tool's name in words, for the head of its card: "Check your calendar". */
export function toolTitle(name: string): string {
  return TITLES[name] ?? spelledOut(name);
}

/** Why Deputy wants an account, as the second half of "… so that it can …". */
export function toolPurpose(name: string): string | undefined {
  const title = TITLES[name];
  return title === undefined ? undefined : title.charAt(0).toLowerCase() + title.slice(1);
}

/** The state of a tool call in words: the seven states of the AI SDK, as AI Elements calls them. */
export function toolStateInWords(state: string): string {
  return STATES[state] ?? "Unknown state";
}

/** What is said after a yes on the phone. */
export function thanksFor(name: string): string {
  return ORDERS.has(name) ? "Thanks for approving the order." : "Thanks for approving.";
}

/** An argument's name in words: `timeZone` becomes "Time zone". */
export function spelledOut(name: string): string {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/[-_]+/g, " ")
    .trim()
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const TITLES: Record<string, string> = {
  checkUsersCalendar: "Check your calendar",
  getCalendarEventsTool: "Read your calendar events",
  listUserCalendars: "List your calendars",
  gmailSearchTool: "Search your email",
  gmailDraftTool: "Write an email draft",
  getTasksTool: "Read your tasks",
  createTasksTool: "Create a task",
  listRepositories: "List your repositories",
  listGitHubEvents: "Read your GitHub activity",
  listChannels: "List your Slack channels",
  listOpportunities: "List your Salesforce opportunities",
  get_user_info: "Look up your profile",
  getLocalTime: "Look up the local time",
  getWeatherInformation: "Look up the weather",
  scheduleTask: "Schedule a task",
  getScheduledTasks: "List your scheduled tasks",
  cancelScheduledTask: "Cancel a scheduled task",
  buyStock: "Buy stock",
  shop_online: "Buy a product",
  deployToProduction: "Deploy to production",
  getCustomerRecord: "Read a customer's record",
  get_context_documents: "Search your documents",
  list_documents: "List your documents",
  save_document: "Save a document",
};

/** Tools whose approval is that of an order. */
const ORDERS = new Set(["buyStock", "shop_online"]);

const STATES: Record<string, string> = {
  "input-streaming": "Pending",
  "input-available": "Running",
  "approval-requested": "Awaiting approval",
  "approval-responded": "Responded",
  "output-available": "Completed",
  "output-error": "Error",
  "output-denied": "Denied",
};
