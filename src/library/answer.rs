use super::core::{Core, Ports};
use super::requests::LibraryRequest;
use crate::objects::Refusal;

/// How a library answers a request. Beside the feature; what is asked and answered is in [`requests`](super::requests).
pub trait Answer: LibraryRequest {
    /// The answer, for what whoever asks may.
    async fn answer<P: Ports>(self, library: &Core<P>) -> Result<Self::Reply, Refusal>;
}
