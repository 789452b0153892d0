//! Roles of the tenant and what they allow (Auth0's role-based access control).

use serde::{Deserialize, Serialize};

/// A role. Its members have its permissions.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Role {
    /// Id, `rol_` and letters.
    pub id: String,
    /// Name; users name their roles by it.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What it allows.
    pub permissions: Vec<Permission>,
}

/// One permission: a scope that an API defines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permission {
    /// The API.
    pub resource_server_identifier: String,
    /// Its scope.
    pub permission_name: String,
}
