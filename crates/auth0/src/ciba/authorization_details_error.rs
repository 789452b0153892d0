use deputy_error::{Explained, Explanation};
use strum::EnumIter;

/// Why authorization details cannot be sent. Names are those of members, never their values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, EnumIter)]
pub enum AuthorizationDetailsError {
    /// No entry.
    #[error("there are no authorization details")]
    Empty,
    /// More than 5 entries.
    #[error("there are too many authorization details")]
    TooManyEntries,
    /// An entry is not an object (RFC 9396, 2).
    #[error("an authorization detail is not an object")]
    NotAnObject,
    /// An entry has no `type` (RFC 9396, 2).
    #[error("an authorization detail has no type")]
    NoType,
    /// More than 10 properties in one object.
    #[error("the object '{name}' of the authorization details has too many properties")]
    TooManyProperties {
        /// The member that holds the object; empty for an entry itself.
        name: String,
    },
    /// A property's name is empty, longer than 255 characters, or has others than letters, digits and `_.-`.
    #[error("the authorization details cannot have a property '{name}'")]
    NameNotAllowed {
        /// Its first characters.
        name: String,
    },
    /// A text of more than 255 characters.
    #[error("the value of '{name}' in the authorization details is too long")]
    ValueTooLong {
        /// The member.
        name: String,
    },
    /// More than 5 levels of objects.
    #[error("the authorization details are nested too deeply at '{name}'")]
    TooDeep {
        /// The member.
        name: String,
    },
    /// More than 5 KB in all.
    #[error("the authorization details are too large")]
    TooLarge,
}

const TOO_MUCH: &str = "This action has too many details to be shown for your approval. Ask for less at once.";
const TYPE_EACH: &str = "Give every authorization detail a `type` that is registered for the API (APIs, Permissions, Authorization Details).";

impl Explained for AuthorizationDetailsError {
    fn explanation(&self) -> Explanation<'_> {
        match self {
            Self::Empty => Explanation::new("authorization_details_empty", TOO_MUCH, TYPE_EACH),
            Self::TooManyEntries => {
                Explanation::new("authorization_details_too_many", TOO_MUCH, "Send at most 5 authorization details.")
            }
            Self::NotAnObject => Explanation::new("authorization_details_not_an_object", TOO_MUCH, TYPE_EACH),
            Self::NoType => Explanation::new("authorization_details_no_type", TOO_MUCH, TYPE_EACH),
            Self::TooManyProperties { .. } => Explanation::new(
                "authorization_details_too_many_properties",
                TOO_MUCH,
                "Give the tool fewer arguments (Auth0 takes 10 properties an object; in its own schema 8 are left for arguments), or group them.",
            ),
            Self::NameNotAllowed { .. } => Explanation::new(
                "authorization_details_name",
                TOO_MUCH,
                "Name the tool's arguments with letters, digits, `_`, `.` and `-`.",
            ),
            Self::ValueTooLong { .. } => Explanation::new(
                "authorization_details_value_too_long",
                TOO_MUCH,
                "Limit the tool's text arguments to 255 characters.",
            ),
            Self::TooDeep { .. } => Explanation::new(
                "authorization_details_too_deep",
                TOO_MUCH,
                "Flatten the tool's arguments: Auth0 takes 5 levels of objects.",
            ),
            Self::TooLarge => Explanation::new(
                "authorization_details_too_large",
                TOO_MUCH,
                "Limit the tool's arguments: Auth0 takes 5 KB of authorization details.",
            ),
        }
    }
}
