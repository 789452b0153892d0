//! Log-in of a device that has no browser of its own, such as a command line: OAuth 2.0 Device Authorization Grant (RFC 8628).

pub(crate) mod authorization;

pub use authorization::{
    DeviceAuthorization, device_request, device_response, device_token_request, device_token_response,
};
