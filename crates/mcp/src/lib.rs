//! Model Context Protocol, both sides, without I/O: requests and responses of `http`, JSON by `serde`.
//!
//! Source: <https://modelcontextprotocol.io/specification>, revisions 2026-07-28, 2025-11-25 and 2025-06-18.

pub mod authorization;
pub mod protocol;
pub mod server;
