//! Roles of the tenant and what they allow (Auth0's role-based access control).

use serde::{Deserialize, Serialize};

use super::{User, directory::Directory};

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

impl Directory {
    /// What a user may be granted at an API: by roles, and directly.
    pub(crate) fn permissions(&self, user: &User, api: &str) -> Vec<String> {
        let direct = user.permissions.get(api).into_iter().flatten();
        let roles = self.roles.iter().filter(|role| user.roles.contains(&role.name));
        let by_role = roles
            .flat_map(|role| &role.permissions)
            .filter(|permission| permission.resource_server_identifier == api)
            .map(|permission| &permission.permission_name);
        let mut held: Vec<String> = Vec::new();
        for name in direct.chain(by_role) {
            if !held.contains(name) {
                held.push(name.clone());
            }
        }
        held
    }
}
