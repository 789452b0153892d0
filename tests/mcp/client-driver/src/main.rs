//! `deputy-mcp-client-driver URL`: plays one scenario of the official conformance runner, which names it in `MCP_CONFORMANCE_SCENARIO`.

mod failure;
mod network;
mod scenario;
mod user;

use std::process::ExitCode;

use deputy_mcp::client::{Address, Client, ClientConfig, Reach};
use deputy_mcp::protocol::{Implementation, Revision};
use serde_json::Value;

use crate::failure::Failure;
use crate::network::LocalNetwork;
use crate::scenario::Scenario;
use crate::user::{Agreeable, Browser};

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
