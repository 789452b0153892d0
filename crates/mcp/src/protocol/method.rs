//! Names of methods.

/// Begins a session (before 2026-07-28).
pub const INITIALIZE: &str = "initialize";
/// The client has begun (before 2026-07-28).
pub const INITIALIZED: &str = "notifications/initialized";
/// Versions, capabilities and instructions of a server (2026-07-28).
pub const DISCOVER: &str = "server/discover";
/// Is anybody there? (before 2026-07-28)
pub const PING: &str = "ping";
/// A page of tools.
pub const TOOLS_LIST: &str = "tools/list";
/// Calls a tool.
pub const TOOLS_CALL: &str = "tools/call";
/// The tools are others.
pub const TOOLS_CHANGED: &str = "notifications/tools/list_changed";
/// A page of resources.
pub const RESOURCES_LIST: &str = "resources/list";
/// A page of templates of resources.
pub const TEMPLATES_LIST: &str = "resources/templates/list";
/// Reads a resource.
pub const RESOURCES_READ: &str = "resources/read";
/// Asks to be told when a resource changes (before 2026-07-28).
pub const RESOURCES_SUBSCRIBE: &str = "resources/subscribe";
/// Ends that (before 2026-07-28).
pub const RESOURCES_UNSUBSCRIBE: &str = "resources/unsubscribe";
/// A resource has changed.
pub const RESOURCE_UPDATED: &str = "notifications/resources/updated";
/// The resources are others.
pub const RESOURCES_CHANGED: &str = "notifications/resources/list_changed";
/// A page of prompts.
pub const PROMPTS_LIST: &str = "prompts/list";
/// Fills a prompt in.
pub const PROMPTS_GET: &str = "prompts/get";
/// The prompts are others.
pub const PROMPTS_CHANGED: &str = "notifications/prompts/list_changed";
/// Completes an argument.
pub const COMPLETE: &str = "completion/complete";
/// From which level on log messages are wanted (before 2026-07-28).
pub const SET_LEVEL: &str = "logging/setLevel";
/// A log message.
pub const MESSAGE: &str = "notifications/message";
/// Progress of a request.
pub const PROGRESS: &str = "notifications/progress";
/// The sender no longer wants an answer.
pub const CANCELLED: &str = "notifications/cancelled";
/// Asks to be told of changes for as long as the stream lives (2026-07-28).
pub const LISTEN: &str = "subscriptions/listen";
/// What is told on that stream (2026-07-28).
pub const LISTEN_ACKNOWLEDGED: &str = "notifications/subscriptions/acknowledged";
/// Asks the user.
pub const ELICIT: &str = "elicitation/create";
/// What a server asked the user elsewhere (mode `url`) is done (2025-11-25).
pub const ELICITATION_COMPLETE: &str = "notifications/elicitation/complete";
/// Asks the client's model.
pub const CREATE_MESSAGE: &str = "sampling/createMessage";
/// Asks for the client's roots.
pub const ROOTS_LIST: &str = "roots/list";
/// The client's roots are others (before 2026-07-28).
pub const ROOTS_CHANGED: &str = "notifications/roots/list_changed";
