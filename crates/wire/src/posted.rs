use crate::{ChatRequest, FrameError, FrameProblem, MAX_FRAME_BYTES, MAX_UPLOAD_BYTES, chat_request, long_request};

impl ChatRequest {
    /// A request that came without an envelope: the body that the AI SDK's `DefaultChatTransport` posts. `id` is ours.
    ///
    /// # Errors
    /// A [`FrameError`] for a body that is too large, not a JSON object, or lacks what a turn needs.
    pub fn from_body(id: &str, body: &str) -> Result<Self, FrameError> {
        if body.len() > MAX_UPLOAD_BYTES {
            return Err(FrameProblem::FrameTooLarge { bytes: body.len() }.into());
        }
        let mut request = Self::empty(id, "POST".to_owned(), false);
        if body.len() > MAX_FRAME_BYTES {
            long_request::body_into(&mut request, body)?;
        } else {
            chat_request::read_body(&mut request, body)?;
        }
        Ok(request)
    }
}
