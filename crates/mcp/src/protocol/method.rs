//! Names of methods.

macro_rules! methods {
    ($($(#[$doc:meta])* $name:ident = $method:literal;)*) => { $($(#[$doc])* pub const $name: &str = $method;)* };
}

methods! {
    /// Begins a session (before 2026-07-28).
    INITIALIZE = "initialize";
    /// The client has begun (before 2026-07-28).
    INITIALIZED = "notifications/initialized";
    /// Versions, capabilities and instructions of a server (2026-07-28).
    DISCOVER = "server/discover";
    /// Is anybody there? (before 2026-07-28)
    PING = "ping";
    /// A page of tools.
    TOOLS_LIST = "tools/list";
    /// Calls a tool.
    TOOLS_CALL = "tools/call";
    /// The tools are others.
    TOOLS_CHANGED = "notifications/tools/list_changed";
    /// A page of resources.
    RESOURCES_LIST = "resources/list";
    /// A page of templates of resources.
    TEMPLATES_LIST = "resources/templates/list";
    /// Reads a resource.
    RESOURCES_READ = "resources/read";
    /// Asks to be told when a resource changes (before 2026-07-28).
    RESOURCES_SUBSCRIBE = "resources/subscribe";
    /// Ends that (before 2026-07-28).
    RESOURCES_UNSUBSCRIBE = "resources/unsubscribe";
    /// A resource has changed.
    RESOURCE_UPDATED = "notifications/resources/updated";
    /// The resources are others.
    RESOURCES_CHANGED = "notifications/resources/list_changed";
    /// A page of prompts.
    PROMPTS_LIST = "prompts/list";
    /// Fills a prompt in.
    PROMPTS_GET = "prompts/get";
    /// The prompts are others.
    PROMPTS_CHANGED = "notifications/prompts/list_changed";
    /// Completes an argument.
    COMPLETE = "completion/complete";
    /// From which level on log messages are wanted (before 2026-07-28).
    SET_LEVEL = "logging/setLevel";
    /// A log message.
    MESSAGE = "notifications/message";
    /// Progress of a request.
    PROGRESS = "notifications/progress";
    /// The sender no longer wants an answer.
    CANCELLED = "notifications/cancelled";
    /// Asks to be told of changes for as long as the stream lives (2026-07-28).
    LISTEN = "subscriptions/listen";
    /// What is told on that stream (2026-07-28).
    LISTEN_ACKNOWLEDGED = "notifications/subscriptions/acknowledged";
    /// Asks the user.
    ELICIT = "elicitation/create";
    /// What a server asked the user elsewhere (mode `url`) is done (2025-11-25).
    ELICITATION_COMPLETE = "notifications/elicitation/complete";
    /// Asks the client's model.
    CREATE_MESSAGE = "sampling/createMessage";
    /// Asks for the client's roots.
    ROOTS_LIST = "roots/list";
    /// The client's roots are others (before 2026-07-28).
    ROOTS_CHANGED = "notifications/roots/list_changed";
}
