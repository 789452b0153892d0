//! The sample tools that the documents of Auth0 for MCP have beside an agent's own: for programs alone, no model is offered them.

pub mod calendar_summary;
pub mod greet;

use std::rc::Rc;

use deputy_agent::Registry;

use super::ports::ToolPorts;
use super::provider::Provider;
use crate::connections::Providers;
use greet::ApiOnBehalf;

/// The same tools and these.
pub fn with_samples(tools: Registry, settings: &Providers, api: Option<ApiOnBehalf>, ports: &ToolPorts) -> Registry {
    tools
        .with(calendar_summary::CalendarSummary(Provider::of(settings, "google"), Rc::clone(&ports.zones)))
        .with(greet::Greet(api))
}
