//! OpenFGA's HTTP API from the answering side: each route good and bad, each code. What the answers mean is `suites.rs`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "all of it is test code"
)]

mod assertions;
mod hostile;
mod lists;
mod models;
mod questions;
mod routes;
mod server;
mod stores;
mod tuples;

use server::Server;
