//! The offline world: an Auth0 tenant, provider APIs, a scripted model and Auth0 FGA in one native program.
//!
//! It behaves on the wire as the real services are documented to, shares no protocol code with the product (but for the evaluator of rights, whose client it leaves alone),
//! listens on loopback addresses only and forgets everything when it stops. `docs/offline.md` lists every endpoint.

pub mod control;
pub mod fga;
pub(crate) mod management;
pub mod mcp;
pub mod model;
pub mod options;
pub mod providers;
pub mod server;
pub mod tenant;
pub mod world;
