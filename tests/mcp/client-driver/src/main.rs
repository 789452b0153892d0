//! `deputy-mcp-client-driver URL`: plays one scenario of the official conformance runner, which names it in `MCP_CONFORMANCE_SCENARIO`.

mod network;
mod scenario;
mod user;

use std::process::ExitCode;

use deputy_mcp::client::authorization::AuthorizationError;
use deputy_mcp::client::{Address, AddressError, Client, ClientConfig, ClientError, Reach};
use deputy_mcp::protocol::{Implementation, Revision, UnknownRevision};
use serde_json::Value;

use crate::network::LocalNetwork;
use crate::scenario::Scenario;
use crate::user::{Agreeable, Browser};

/// Why a scenario was not played to its end.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("no address of a server: {0}")]
    Address(#[from] AddressError),
    #[error("MCP_CONFORMANCE_PROTOCOL_VERSION: {0}")]
    Revision(#[from] UnknownRevision),
    #[error("the log-in failed: {0}")]
    Authorization(#[from] AuthorizationError),
    #[error("the client failed: {0}")]
    Client(#[from] ClientError),
    #[error("the authorization server did not send the browser back")]
    Browser,
    #[error("no randomness")]
    Randomness,
    #[error("the server does not let anybody in")]
    NotLetIn,
    #[error("the server has no tool {name}")]
    NoTool { name: String },
    #[error("the server did not ask")]
    NotAsked,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            #[allow(clippy::print_stderr, reason = "the runner shows it")]
            {
                eprintln!("{failure}");
            }
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Failure> {
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    let endpoint = Address::parse(&std::env::args().next_back().unwrap_or_default(), Reach::PublicAndLoopback)?;
    let context: Value = serde_json::from_str(&variable("MCP_CONFORMANCE_CONTEXT")).unwrap_or_default();
    let newest: Revision = variable("MCP_CONFORMANCE_PROTOCOL_VERSION").parse()?;
    let implementation = Implementation::new("deputy-mcp-client-driver", env!("CARGO_PKG_VERSION"));
    let config =
        ClientConfig { newest, ..ClientConfig::new(endpoint.clone(), Reach::PublicAndLoopback, implementation) };
    let scenario = Scenario {
        client: Client::new(LocalNetwork, Agreeable::default(), config),
        browser: Browser::new(endpoint, &context),
        context,
    };
    scenario.play(&variable("MCP_CONFORMANCE_SCENARIO")).await
}
