use deputy_fga::client::Ports;
use deputy_http::{Request, Response, TransportError};

use crate::platform::ports::{Clock, Network, Random};

/// The library's ports, as the client of the service needs them.
#[derive(Debug)]
pub struct Outgoing<P>(pub P);

impl<P: Network + Clock + Random> Ports for Outgoing<P> {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.0.send(request).await
    }

    async fn sleep_ms(&self, milliseconds: u64) {
        self.0.sleep(milliseconds).await;
    }

    fn now_ms(&self) -> u64 {
        self.0.now()
    }

    fn random(&self) -> u64 {
        // Without randomness all come back together: no reason not to come back.
        self.0.random::<8>().map_or(0, u64::from_le_bytes)
    }
}
