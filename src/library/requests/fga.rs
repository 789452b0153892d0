//! OpenFGA's HTTP API over the library's own tuples.

use serde::{Deserialize, Serialize};

/// A call of OpenFGA's HTTP API. It is asked for nobody: the edge passes it on with `DEPUTY_DEV=1` only, from this machine.
#[derive(Debug, Serialize, Deserialize)]
pub struct FgaCall {
    /// `POST`
    pub method: String,
    /// Path and query, from `/stores` on.
    pub path: String,
    /// The body, as it came.
    pub body: String,
}

/// The answer, as OpenFGA gives it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FgaReply {
    /// HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}
