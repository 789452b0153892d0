use std::sync::atomic::Ordering;
use std::time::Duration;

use super::answer::{Fault, Reply};
use super::conversation::Conversation;
use super::error::ModelError;
use crate::world::World;

/// What the script says to one request, whichever API it came by.
pub struct Scripted {
    pub reply: Reply,
    pub created_ms: u64,
    number: u64,
}

impl Scripted {
    /// An id that no other answer has.
    pub fn id(&self, prefix: &str) -> String {
        format!("{prefix}{:012x}{:06x}", self.created_ms, self.number)
    }
}

/// The script's answer, or the HTTP error that it wants in its place, after that one's delay.
pub async fn scripted(world: &World, conversation: &Conversation) -> Result<Scripted, ModelError> {
    let reply = world.model().script().answer(conversation);
    if let Some(Fault::Error(error)) = reply.fault {
        tokio::time::sleep(Duration::from_millis(reply.delay_ms)).await;
        return Err(error);
    }
    let number = world.model().answers.fetch_add(1, Ordering::Relaxed);
    Ok(Scripted { reply, created_ms: world.now_ms(), number })
}
