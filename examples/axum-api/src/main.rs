//! `AUTH0_DOMAIN=… AUTH0_AUDIENCE=… cargo run -p deputy-axum-api`, then `curl -H "Authorization: Bearer $TOKEN" localhost:3010/api/private`.

use std::io::{Error, ErrorKind};
use std::sync::Arc;

use deputy_auth0::{Issuer, ResourceServer};
use deputy_axum_api::{Auth, router};
use deputy_error::Explained;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let setting = |name: &str| std::env::var(name).unwrap_or_default();
    let refused = |sentence: String| Error::new(ErrorKind::InvalidInput, sentence);
    let issuer =
        Issuer::from_domain(&setting("AUTH0_DOMAIN")).map_err(|error| refused(error.developer_fix().into_owned()))?;
    let audience = setting("AUTH0_AUDIENCE");
    if audience.is_empty() {
        return Err(refused("Set AUTH0_AUDIENCE to the identifier of this API.".to_owned()));
    }
    let auth = Auth::new(ResourceServer { issuer, audience, allowed_clients: None });
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 3010)).await?;
    axum::serve(listener, router(Arc::new(auth))).await
}
