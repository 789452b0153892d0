/** What a connect card says about a service beside why and what for: the words of Auth0's own widgets (HT-04). */
export interface Widget {
  title: string;
  description: string;
}

/** The words for a call; none for a service that Auth0 has no widget for. */
export function widgetOf(connection: string, tool: string): Widget | undefined {
  if (/calendar/i.test(tool)) return GOOGLE_CALENDAR;
  return WIDGETS[connection];
}

const GOOGLE_CALENDAR: Widget = {
  title: "Google Calendar Access",
  description: "We need access to your google Calendar in order to call this tool...",
};

const SLACK: Widget = {
  title: "Access to your Slack channels",
  description: "We need access to your Slack channels in order to call this tool...",
};

const WIDGETS: Record<string, Widget | undefined> = {
  github: {
    title: "Access to your GitHub repositories",
    description: "We need access to your GitHub repositories in order to call this tool...",
  },
  slack: SLACK,
  "sign-in-with-slack": SLACK,
};
