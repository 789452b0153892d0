use deputy_mcp::server::{Fault, Offer};
use worker::Env;

/// What a Worker serves.
#[allow(async_fn_in_trait, reason = "workers have one thread; nothing here is Send")]
pub trait Serves: 'static {
    /// What is offered to one caller.
    type Offer: Offer + 'static;

    /// Binding of the class whose objects are [`SessionObject`](crate::SessionObject)s of this.
    const BINDING: &'static str;

    /// What is offered to the caller of that [`Caller::text`]: once for each request, in the Worker or in an object.
    async fn offer(env: &Env, caller: &str) -> Result<Self::Offer, Fault>;
}

/// Who asks, as the Worker found out.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Whose sessions these are, and whom changes concern: the same for the same user with the same client, another for everybody else.
    pub owner: String,
    /// What [`Serves::offer`] is told; nothing that may not be handed to an object.
    pub text: String,
}
