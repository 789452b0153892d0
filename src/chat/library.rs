//! The library of a chat's user, asked over an object call.

use worker::Env;

use super::core::ports::Library;
use crate::library;
use crate::library::requests::LibraryRequest;
use crate::objects::Refusal;

/// A library object.
pub struct LibraryObject {
    /// Bindings.
    pub env: Env,
    /// Name of the object.
    pub name: String,
}

impl Library for LibraryObject {
    async fn ask<R: LibraryRequest>(&self, request: &R) -> Result<R::Reply, Refusal> {
        library::ask(&self.env, &self.name, request).await
    }
}
