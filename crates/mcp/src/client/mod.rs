//! The client: connects to an MCP server, logs in to it, lists and calls its tools.
//!
//! A host has a [`Network`] (HTTP and time) and is a [`Host`] (answers what servers ask). Per server it keeps three things:
//! what the user entered, the [`Session`] as JSON, and the [`Grant`](authorization::Grant) as a secret.
//!
//! ```ignore
//! let endpoint = Address::parse(&entered, Reach::Public)?;
//! let client = Client::new(network, host, ClientConfig::new(endpoint, Reach::Public, Implementation::new("Deputy", "1")));
//! match client.tools().await {
//!     Ok(list) => …,
//!     Err(ClientError::Unauthorized(challenge) | ClientError::InsufficientScope(challenge)) => {
//!         let (url, pending) = authorization::begin_login(&network, LoginInput { challenge: &challenge, … }).await?;
//!         // keep pending.to_secret() by pending.state, send the user to url; in the callback:
//!         let grant = authorization::finish_login(&network, &query, pending).await?;
//!         client.set_access_token(Some(grant.tokens.access_token.clone()));
//!     }
//! }
//! match client.call_tool(ToolCall::new(&tool, arguments)).await? {
//!     Outcome::Done(result) => …,
//!     Outcome::InputRequired(wanted) => …, // keep it, ask the user, call again with answers and state
//! }
//! ```

mod address;
pub mod authorization;
mod call;
mod connection;
mod elicitation;
mod error;
mod event_reader;
mod event_transport;
mod exchange;
mod host;
mod lifecycle;
mod listen;
mod lists;
mod network;
mod parameter_headers;
mod session;
mod wire;

pub use address::{Address, AddressError, Reach};
pub use call::{InputRequired, Outcome, ToolCall};
pub use connection::{Client, ClientConfig};
pub use elicitation::with_defaults;
pub use error::ClientError;
pub use host::{Host, HostAnswer};
pub use lists::{LeftOut, ToolList};
pub use network::{BodyStream, Limits, Network};
pub use parameter_headers::{HeaderProblem, parameter_headers};
pub use session::{Session, SessionId, Transport};
