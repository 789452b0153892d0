/// Why authorization details cannot be sent. Names are those of members, never their values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
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

impl AuthorizationDetailsError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "authorization_details_empty",
            Self::TooManyEntries => "authorization_details_too_many",
            Self::NotAnObject => "authorization_details_not_an_object",
            Self::NoType => "authorization_details_no_type",
            Self::TooManyProperties { .. } => "authorization_details_too_many_properties",
            Self::NameNotAllowed { .. } => "authorization_details_name",
            Self::ValueTooLong { .. } => "authorization_details_value_too_long",
            Self::TooDeep { .. } => "authorization_details_too_deep",
            Self::TooLarge => "authorization_details_too_large",
        }
    }

    /// What the user reads.
    pub fn user_message(&self) -> &'static str {
        "This action has too many details to be shown for your approval. Ask for less at once."
    }

    /// What to change.
    pub fn developer_fix(&self) -> &'static str {
        match self {
            Self::Empty | Self::NotAnObject | Self::NoType => {
                "Give every authorization detail a `type` that is registered for the API (APIs, Permissions, Authorization Details)."
            }
            Self::TooManyEntries => "Send at most 5 authorization details.",
            Self::TooManyProperties { .. } => {
                "Give the tool fewer arguments (Auth0 takes 10 properties an object; in its own schema 8 are left for arguments), or group them."
            }
            Self::NameNotAllowed { .. } => "Name the tool's arguments with letters, digits, `_`, `.` and `-`.",
            Self::ValueTooLong { .. } => "Limit the tool's text arguments to 255 characters.",
            Self::TooDeep { .. } => "Flatten the tool's arguments: Auth0 takes 5 levels of objects.",
            Self::TooLarge => "Limit the tool's arguments: Auth0 takes 5 KB of authorization details.",
        }
    }
}
