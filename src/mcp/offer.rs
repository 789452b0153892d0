//! What Deputy offers to the programs of a user (issue 13).

use deputy_mcp::protocol::{
    CallToolResult, GetPromptResult, Implementation, ListChanged, Page, Prompt, ReadResourceResult, Resource,
    ResourceTemplate, Resources, ServerCapabilities, Tool,
};
use deputy_mcp::server::{Answer, Fault, Offer, PromptCall, ResourceRead, Told, ToolCall};

use super::page::page;
use super::product::Product;
use super::{call, prompts, resources, tools};

/// What a model is told of all of it.
const INSTRUCTIONS: &str = "Deputy acts for its user at the user's providers, with exactly the authority that the user gave it. A tool that \
    needs the user (to connect an account, to say yes, to approve on a phone) says so with an address to open; call it again with \
    the same arguments when the user is done, and its result comes. Do not change the arguments to avoid asking.";

impl Offer for Product {
    fn implementation(&self) -> Implementation {
        Implementation {
            title: Some("Deputy".to_owned()),
            website_url: Some(self.settings.base_url.clone()),
            ..Implementation::new("deputy", env!("CARGO_PKG_VERSION"))
        }
    }

    fn capabilities(&self) -> ServerCapabilities {
        ServerCapabilities {
            tools: Some(ListChanged::default()),
            resources: Some(Resources::default()),
            prompts: Some(ListChanged::default()),
            ..ServerCapabilities::default()
        }
    }

    fn instructions(&self) -> Option<String> {
        Some(INSTRUCTIONS.to_owned())
    }

    async fn tools(&self, after: Option<&str>) -> Result<Page<Tool>, Fault> {
        page(tools::listed(self).await?, |tool| &tool.name, after)
    }

    async fn call_tool(&self, call: ToolCall, _told: &dyn Told) -> Result<Answer<CallToolResult>, Fault> {
        call::call(self, call).await
    }

    async fn resources(&self, after: Option<&str>) -> Result<Page<Resource>, Fault> {
        page(resources::listed(self).await?, |resource| &resource.uri, after)
    }

    async fn resource_templates(&self, after: Option<&str>) -> Result<Page<ResourceTemplate>, Fault> {
        page(resources::templates(), |template| &template.uri_template, after)
    }

    async fn read_resource(&self, read: ResourceRead) -> Result<Answer<ReadResourceResult>, Fault> {
        resources::read(self, &read.uri).await.map(Answer::Done)
    }

    async fn prompts(&self, after: Option<&str>) -> Result<Page<Prompt>, Fault> {
        page(prompts::listed(), |prompt| &prompt.name, after)
    }

    async fn prompt(&self, call: PromptCall) -> Result<Answer<GetPromptResult>, Fault> {
        prompts::filled(&call.name, &call.arguments).map(Answer::Done)
    }
}
