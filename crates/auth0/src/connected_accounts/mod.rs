//! Connected Accounts: Auth0's My Account API, where a user connects a provider.

pub(crate) mod account_list;
pub(crate) mod connect;
pub(crate) mod my_account_error;

pub use account_list::{AccountList, delete_request, delete_response};
pub use connect::{
    ConnectCode, ConnectInput, ConnectedAccount, MY_ACCOUNT_SCOPE, PendingConnect, complete_request, complete_response,
    connect_callback, connect_request, connect_response, my_account_token_request,
};
pub use my_account_error::MyAccountError;
