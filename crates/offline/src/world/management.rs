//! What the Management API keeps beside the directory: ids, members that the tenant does not act on, actions.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::random_id;

/// Members of a record as the Management API names them.
pub(crate) type Members = Map<String, Value>;

/// The Management API's own records. What the tenant acts on is in the directory.
#[derive(Debug, Default)]
pub(crate) struct ManagementState {
    /// Members sent for a client, API or connection, by kind and natural name.
    members: BTreeMap<(Kind, String), Members>,
    /// Ids given to records whose natural name is not their id.
    ids: BTreeMap<(Kind, String), String>,
    pub(crate) grants: Vec<GrantRecord>,
    pub(crate) actions: Vec<Members>,
    /// Custom token exchange profiles with their ids; the directory has what the token endpoint looks at.
    pub(crate) profiles: Vec<Members>,
    pub(crate) settings: Members,
}

/// Records that live in the directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Client,
    Api,
    Connection,
}

/// A client grant with its id.
#[derive(Debug, Clone)]
pub(crate) struct GrantRecord {
    pub(crate) id: String,
    pub(crate) client_id: String,
    pub(crate) audience: String,
    pub(crate) scope: Vec<String>,
    /// `client` or `user`.
    pub(crate) subject_type: String,
}

impl ManagementState {
    /// The members kept for a record.
    pub(crate) fn members(&mut self, kind: Kind, name: &str) -> &mut Members {
        self.members.entry((kind, name.to_owned())).or_default()
    }

    /// The record's id, made at the first question.
    pub(crate) fn id(&mut self, kind: Kind, name: &str) -> String {
        let made = || match kind {
            Kind::Client => name.to_owned(),
            Kind::Api => super::random_hex(12),
            Kind::Connection => format!("con_{}", random_id(16)),
        };
        self.ids.entry((kind, name.to_owned())).or_insert_with(made).clone()
    }

    /// The natural name of the record with this id.
    pub(crate) fn name_of(&self, kind: Kind, id: &str) -> Option<String> {
        self.ids.iter().find(|((of, _), known)| *of == kind && *known == id).map(|((_, name), _)| name.clone())
    }

    /// The record is gone.
    pub(crate) fn forget(&mut self, kind: Kind, name: &str) {
        let key = (kind, name.to_owned());
        self.members.remove(&key);
        self.ids.remove(&key);
    }
}
