//! OpenFGA's authorization semantics, without I/O: who has which relation to what, by a model, tuples and conditions.
//!
//! A model is read as it is written ([`model::AuthorizationModel`]) and validated once ([`TypeSystem`]). Tuples are in a
//! [`store::TupleStore`]; one in memory is here. Questions are functions: [`check`], [`batch_check`], [`list_objects`], [`list_users`],
//! [`expand`]. What a write comes to is [`write::plan`]. The same questions are put to a service by [`client`], models are read and written as
//! text by [`dsl`], answered over HTTP by [`api`], and anybody's documents are filtered by [`filter::FgaFilter`], whoever answers.
//!
//! ```
//! use deputy_fga::store::MemoryStore;
//! use deputy_fga::write::{WriteRequest, plan};
//! use deputy_fga::{CheckRequest, Limits, TypeSystem, check, tuple::TupleKey};
//!
//! let model = serde_json::json!({
//!     "schema_version": "1.1",
//!     "type_definitions": [
//!         { "type": "user" },
//!         {
//!             "type": "document",
//!             "relations": { "viewer": { "this": {} } },
//!             "metadata": { "relations": { "viewer": { "directly_related_user_types": [{ "type": "user" }] } } }
//!         }
//!     ]
//! });
//! let system = TypeSystem::new(serde_json::from_value(model)?)?;
//! let mut store = MemoryStore::default();
//! let writes = vec![TupleKey::new("user:anne", "viewer", "document:roadmap")];
//! let written = plan(&system, &store, &WriteRequest { writes, ..WriteRequest::default() })?;
//! store.apply(written);
//! let asks = |user| check(&system, &store, &CheckRequest::new(user, "viewer", "document:roadmap"), &Limits::default());
//! assert_eq!((asks("user:anne")?, asks("user:bob")?), (true, false));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod api;
pub mod cel;
pub mod client;
mod condition;
pub mod decision;
pub mod dsl;
mod error;
pub mod filter;
pub mod model;
pub mod names;
mod questions;
pub mod store;
mod system;
pub mod tuple;
pub mod write;

pub use condition::{CompiledCondition, ConditionError};
pub use decision::Decision;
pub use error::FgaError;
pub use filter::{Checker, FgaFilter};
pub use questions::{
    BatchCheckItem, CheckRequest, Computed, CutOff, ExpandRequest, Leaf, Limits, ListObjectsRequest, ListUsersRequest,
    Listed, Node, NodeValue, UserFilter, UsersetTree, batch_check, check, expand, list_objects, list_users,
};
pub use system::{ModelError, ModelLimits, Relation, RelationProblem, TupleError, TypeSystem};
