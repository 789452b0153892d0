//! What goes wrong, with OpenFGA's codes.

use deputy_error::{Explained, Explanation};
use thiserror::Error;

use crate::names::{RelationName, TypeName};
use crate::system::ModelError;

/// Why a question has no answer or a write is refused. Whoever asks for a right and gets one of these has not got the right.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FgaError {
    /// The request does not fit the model or OpenFGA's rules.
    #[error("{0}")]
    Validation(String),
    /// A condition gave no answer: a parameter is missing or of another type, or the expression failed.
    #[error("failed to evaluate relationship condition '{condition}' of '{tuple}': {problem}")]
    Condition {
        /// The condition's name.
        condition: String,
        /// The tuple that carries it.
        tuple: String,
        /// What failed.
        problem: String,
    },
    /// No model of this id.
    #[error("Authorization Model '{0}' not found")]
    ModelNotFound(String),
    /// Relations lead further than one question may follow.
    #[error(
        "Authorization Model resolution required too many rewrite rules to be resolved. Check your authorization model for infinite recursion or too much nesting"
    )]
    TooComplex,
    /// More tuples than one question may read.
    #[error("the question would have read more tuples than one question may read")]
    TooManyTuples,
    /// Neither something to write nor to delete.
    #[error("Invalid input. Make sure you provide at least one write, or at least one delete")]
    NothingToWrite,
    /// One tuple twice in a request.
    #[error("duplicate tuple in write: user: '{user}', relation: '{relation}', object: '{object}'")]
    DuplicateTuple {
        /// Its user.
        user: String,
        /// Its relation.
        relation: String,
        /// Its object.
        object: String,
    },
    /// A tuple to write is there, or one to delete is not.
    #[error("{0}")]
    WriteFailed(String),
    /// A tuple to write is there with another condition, and one that is there was to be left as it is.
    #[error(
        "transactional write failed due to conflict: attempted to write a tuple which already exists with a different condition: user: '{user}', relation: '{relation}', object: '{object}'"
    )]
    AnotherCondition {
        /// Its user.
        user: String,
        /// Its relation.
        relation: String,
        /// Its object.
        object: String,
    },
    /// The store has no model yet.
    #[error("No authorization models found for store '{0}'")]
    NoModel(String),
    /// The model has no such type.
    #[error("type '{0}' not found")]
    TypeNotFound(TypeName),
    /// The type has no such relation.
    #[error("relation '{type_name}#{relation}' not found")]
    RelationNotFound {
        /// The type.
        type_name: TypeName,
        /// The relation it has not.
        relation: RelationName,
    },
    /// A contextual tuple that could not be written.
    #[error("Invalid tuple '{tuple}'. Reason: {reason}")]
    InvalidTuple {
        /// The tuple.
        tuple: String,
        /// Why.
        reason: String,
    },
    /// More of something than one request may have.
    #[error("The number of {what} exceeds the allowed limit of {limit}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many there may be.
        limit: usize,
    },
    /// A model that is none.
    #[error(transparent)]
    InvalidModel(#[from] ModelError),
    /// A token to go on with that is not of this request.
    #[error("Invalid continuation token")]
    InvalidContinuationToken,
    /// No store of this id.
    #[error("Store ID '{0}' not found")]
    StoreNotFound(String),
    /// The tuples could not be read or written.
    #[error("the tuples could not be had: {0}")]
    Store(String),
}

impl FgaError {
    /// OpenFGA's number; gRPC's of [`FgaError::AnotherCondition`].
    pub fn number(&self) -> u16 {
        match self {
            Self::AnotherCondition { .. } => 10,
            Self::Validation(_) | Self::Condition { .. } => 2000,
            Self::ModelNotFound(_) => 2001,
            Self::TooComplex | Self::TooManyTuples => 2002,
            Self::NothingToWrite => 2003,
            Self::DuplicateTuple { .. } => 2004,
            Self::InvalidContinuationToken => 2007,
            Self::WriteFailed(_) => 2017,
            Self::NoModel(_) => 2020,
            Self::TypeNotFound(_) => 2021,
            Self::RelationNotFound { .. } => 2022,
            Self::InvalidTuple { .. } => 2027,
            Self::TooMany { .. } => 2053,
            Self::InvalidModel(_) => 2056,
            Self::Store(_) => 4000,
            Self::StoreNotFound(_) => 5002,
        }
    }

    /// OpenFGA's name, the `code` of its JSON.
    pub fn name(&self) -> &'static str {
        match self {
            Self::AnotherCondition { .. } => "Aborted",
            Self::Validation(_) | Self::Condition { .. } => "validation_error",
            Self::ModelNotFound(_) => "authorization_model_not_found",
            Self::TooComplex | Self::TooManyTuples => "authorization_model_resolution_too_complex",
            Self::NothingToWrite => "invalid_write_input",
            Self::DuplicateTuple { .. } => "cannot_allow_duplicate_tuples_in_one_request",
            Self::InvalidContinuationToken => "invalid_continuation_token",
            Self::WriteFailed(_) => "write_failed_due_to_invalid_input",
            Self::NoModel(_) => "latest_authorization_model_not_found",
            Self::TypeNotFound(_) => "type_not_found",
            Self::RelationNotFound { .. } => "relation_not_found",
            Self::InvalidTuple { .. } => "invalid_tuple",
            Self::TooMany { .. } => "exceeded_entity_limit",
            Self::InvalidModel(_) => "invalid_authorization_model",
            Self::Store(_) => "internal_error",
            Self::StoreNotFound(_) => "store_id_not_found",
        }
    }

    /// The HTTP status that goes with it.
    pub fn http_status(&self) -> u16 {
        match self.number() {
            10 => 409,
            ..2000 => 401,
            2000..3500 => 400,
            3500..4000 => 422,
            4000..5000 => 500,
            5000.. => 404,
        }
    }
}

impl Explained for FgaError {
    fn explanation(&self) -> Explanation<'_> {
        const UNCHECKED: &str = "Whether you may do this could not be checked, so it was not done.";
        let fix = self.to_string();
        match self {
            Self::Validation(_) => Explanation::new("fga_request_invalid", UNCHECKED, fix),
            Self::Condition { .. } => Explanation::new("fga_condition_not_evaluated", UNCHECKED, fix),
            Self::ModelNotFound(_) | Self::NoModel(_) => Explanation::new("fga_model_not_found", UNCHECKED, fix),
            Self::TooComplex | Self::TooManyTuples => Explanation::new("fga_too_complex", UNCHECKED, fix),
            Self::NothingToWrite => Explanation::new("fga_nothing_to_write", "There was nothing to change.", fix),
            Self::DuplicateTuple { .. } => {
                Explanation::new("fga_duplicate_tuple", "The same right was named twice.", fix)
            }
            Self::WriteFailed(_) | Self::AnotherCondition { .. } => {
                Explanation::new("fga_write_conflict", "These rights have changed in the meantime.", fix)
            }
            Self::TypeNotFound(_) | Self::RelationNotFound { .. } => {
                Explanation::new("fga_unknown_relation", UNCHECKED, fix)
            }
            Self::InvalidTuple { .. } => Explanation::new("fga_tuple_invalid", UNCHECKED, fix),
            Self::TooMany { .. } => Explanation::new("fga_too_many", "That is too much at once.", fix),
            Self::InvalidModel(_) => Explanation::new("fga_model_invalid", UNCHECKED, fix),
            Self::InvalidContinuationToken => {
                Explanation::new("fga_continuation_token_invalid", "The list cannot be continued here.", fix)
            }
            Self::StoreNotFound(_) => Explanation::new("fga_store_not_found", UNCHECKED, fix),
            Self::Store(_) => Explanation::new("fga_store_unavailable", UNCHECKED, fix).later(),
        }
    }
}
