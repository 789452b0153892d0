use deputy_http::{BuildRequest, Method, ReadResponse, Request, Response, Secret, append_query};
use serde::Deserialize;

use crate::connected_accounts::connect::ConnectedAccount;
use crate::connected_accounts::my_account_error::MyAccountError;
use crate::oauth::tenant::Tenant;

/// Reads the connected accounts page by page (20 a page), with a guard against a tenant that never ends.
#[derive(Debug, Default)]
pub struct AccountList {
    accounts: Vec<ConnectedAccount>,
    cursors: Vec<String>,
}

impl AccountList {
    /// `GET /connected-accounts/accounts`: the request of the next page; at first that of the first page.
    /// `connection` filters.
    pub fn request(&self, tenant: &Tenant, my_account_token: &Secret, connection: Option<&str>) -> Request {
        let url = format!("{}/connected-accounts/accounts", tenant.endpoints.my_account);
        let filter = connection.map(|connection| ("connection", connection));
        let from = self.cursors.last().map(|cursor| ("from", cursor.as_str()));
        deputy_http::get(append_query(&url, filter.into_iter().chain(from)))
            .header("accept", "application/json")
            .bearer(my_account_token)
    }

    /// Takes one page in. True if there is another to [`request`](Self::request).
    pub fn page(&mut self, response: Response, now_ms: u64) -> Result<bool, MyAccountError> {
        const MOST_PAGES: usize = 100;
        if !response.status().is_success() {
            return Err(MyAccountError::from_response(&response, now_ms));
        }
        let page: Page = response.json().map_err(|_| MyAccountError::Malformed)?;
        self.accounts.extend(page.accounts);
        let Some(next) = page.next.filter(|next| !next.is_empty()) else { return Ok(false) };
        if self.cursors.contains(&next) || self.cursors.len() >= MOST_PAGES {
            return Err(MyAccountError::Malformed);
        }
        self.cursors.push(next);
        Ok(true)
    }

    /// All accounts read so far.
    pub fn into_accounts(self) -> Vec<ConnectedAccount> {
        self.accounts
    }
}

/// `DELETE /connected-accounts/accounts/{id}`. The vault forgets the tokens; the provider's consent stays until the
/// user revokes it there.
pub fn delete_request(tenant: &Tenant, my_account_token: &Secret, id: &str) -> Result<Request, MyAccountError> {
    let valid = id
        .strip_prefix("cac_")
        .is_some_and(|rest| !rest.is_empty() && rest.len() <= 128 && rest.bytes().all(|b| b.is_ascii_alphanumeric()));
    if !valid {
        return Err(MyAccountError::NotFound);
    }
    let url = format!("{}/connected-accounts/accounts/{id}", tenant.endpoints.my_account);
    Ok(deputy_http::request(Method::DELETE, url).header("accept", "application/json").bearer(my_account_token))
}

/// 204
pub fn delete_response(response: Response, now_ms: u64) -> Result<(), MyAccountError> {
    if response.status().is_success() { Ok(()) } else { Err(MyAccountError::from_response(&response, now_ms)) }
}

#[derive(Deserialize)]
struct Page {
    accounts: Vec<ConnectedAccount>,
    #[serde(default)]
    next: Option<String>,
}
