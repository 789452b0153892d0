//! Asynchronous authorization: OpenID Connect CIBA Core 1.0 with Rich Authorization Requests (RFC 9396).

pub(crate) mod approval_code;
pub(crate) mod approver;
pub(crate) mod authorization_details;
pub(crate) mod authorization_details_error;
pub(crate) mod backchannel;
pub(crate) mod backchannel_error;
pub(crate) mod binding_message;
pub(crate) mod poll;
pub(crate) mod poll_error;
pub(crate) mod transliteration;

pub use approval_code::ApprovalCode;
pub use approver::{ApproverError, validate_approver};
pub use authorization_details::{AuthorizationDetails, CallDetails, GUARDIAN_DETAILS_TYPE};
pub use authorization_details_error::AuthorizationDetailsError;
pub use backchannel::{
    BackchannelInput, LONGEST_EXPIRY_SECONDS, PUSH_EXPIRY_SECONDS, PendingAuthorization, backchannel_request,
    backchannel_response,
};
pub use backchannel_error::{BackchannelError, USER_DENIED};
pub use binding_message::{BindingMessage, BindingMessageError};
pub use poll::{ApprovedTokens, NextPoll, poll_request, poll_response};
pub use poll_error::PollError;
