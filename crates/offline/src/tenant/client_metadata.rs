//! Applications known by the address of their metadata document (OAuth Client ID Metadata Document, as the MCP specification uses
//! it). The tenant fetches the document each time such an application begins a login.

use serde_json::{Value, json};
use url::Url;

use super::{
    outbound::{self, OutboundError},
    token::{GRANT_AUTHORIZATION_CODE, GRANT_REFRESH_TOKEN},
};
use crate::world::{Client, World};

/// The draft's recommendation.
const MOST_BYTES: usize = 5 * 1024;

/// Why an address names no application.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientMetadataError {
    /// The address itself.
    #[error(
        "The client_id is an address that cannot be one: it needs a path and has no user, dot segments or fragment."
    )]
    Address,
    /// The document did not come.
    #[error("The client's metadata document could not be fetched: {0}.")]
    Fetch(#[from] OutboundError),
    /// Another status than 200, or no JSON.
    #[error("The client's metadata document is not there, or is not JSON.")]
    NoDocument,
    /// Something in it.
    #[error("The client's metadata document cannot be used: {0}")]
    Document(&'static str),
}

/// Learns the application anew, if its id is an address and the policy is on; any other id is left alone.
///
/// # Errors
/// [`ClientMetadataError`], for the user to read: nothing is redirected.
pub(crate) async fn learn(world: &World, client_id: &str) -> Result<(), ClientMetadataError> {
    let on = world.state().directory.policies.client_id_metadata_documents;
    if !on || !(client_id.starts_with("https://") || client_id.starts_with("http://")) {
        return Ok(());
    }
    let url = address(client_id).ok_or(ClientMetadataError::Address)?;
    let answer = outbound::get(&url, MOST_BYTES).await?;
    if answer.status != 200 || !answer.content_type.starts_with("application/json") {
        return Err(ClientMetadataError::NoDocument);
    }
    let document: Value = serde_json::from_slice(&answer.body).map_err(|_| ClientMetadataError::NoDocument)?;
    let client = client(client_id, &document).map_err(ClientMetadataError::Document)?;
    let clients = &mut world.state().directory.clients;
    clients.retain(|known| known.client_id != client_id);
    clients.push(client);
    Ok(())
}

/// As it is written and as it is understood must be the same, or two addresses would be one client.
fn address(client_id: &str) -> Option<Url> {
    let url = Url::parse(client_id).ok()?;
    let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    (plain && url.path() != "/" && url.as_str() == client_id).then_some(url)
}

fn client(client_id: &str, document: &Value) -> Result<Client, &'static str> {
    let text = |name: &str| document.get(name).and_then(Value::as_str);
    if text("client_id") != Some(client_id) {
        return Err("its client_id is not its address.");
    }
    if document.get("client_secret").is_some() || text("token_endpoint_auth_method").unwrap_or("none") != "none" {
        return Err("a client of this kind has no secret; token_endpoint_auth_method must be none.");
    }
    let callbacks = document.get("redirect_uris").and_then(Value::as_array).filter(|uris| !uris.is_empty());
    let callbacks = callbacks.ok_or("it names no redirect_uris.")?;
    if !callbacks
        .iter()
        .all(|uri| uri.as_str().is_some_and(|uri| Url::parse(uri).is_ok_and(|uri| uri.fragment().is_none())))
    {
        return Err("a redirect URI is no absolute address.");
    }
    serde_json::from_value(json!({
        "client_id": client_id, "client_secret": null, "name": text("client_name").unwrap_or(client_id), "app_type": "native",
        "is_first_party": false, "callbacks": callbacks, "grant_types": [GRANT_AUTHORIZATION_CODE, GRANT_REFRESH_TOKEN],
    }))
    .map_err(|_| "its members have other types than expected.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_can_be_a_client() {
        for good in ["https://a.example/client.json", "http://localhost:1/x?y=1"] {
            assert!(address(good).is_some(), "{good}");
        }
        for bad in [
            "https://a.example",
            "https://a.example/",
            "https://u@a.example/x",
            "https://a.example/x#f",
            "https://a.example/x/../y",
            "https://A.example/x",
        ] {
            assert!(address(bad).is_none(), "{bad}");
        }
    }
}
