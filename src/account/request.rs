use serde::Serialize;
use serde::de::DeserializeOwned;

use super::core::{Core, Ports};
use crate::objects::Refusal;

/// A request that an account answers. A request from a chat names the chat, the tool call and the authority; the account checks
/// the chat against its own index before it answers.
pub trait AccountRequest: Serialize + DeserializeOwned {
    /// What it is called on the way.
    const NAME: &'static str;
    /// What it is answered with.
    type Reply: Serialize + DeserializeOwned;

    /// The answer.
    async fn answer<P: Ports>(self, account: &Core<P>) -> Result<Self::Reply, Refusal>;
}
