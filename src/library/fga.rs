use deputy_http::{Method, ReadResponse as _, request};

use super::answer::Answer;
use super::core::{Core, Ports};
use super::error::LibraryError;
use super::requests::{FgaCall, FgaReply};
use crate::objects::Refusal;

impl Answer for FgaCall {
    async fn answer<P: Ports>(self, library: &Core<P>) -> Result<FgaReply, Refusal> {
        let method = Method::from_bytes(self.method.as_bytes()).unwrap_or(Method::TRACE);
        let mut call = request(method, &self.path);
        *call.body_mut() = self.body.into();
        let response = library.rights.api(&library.ports, &call).ok_or(LibraryError::DecidedElsewhere)?;
        let text = |value: &http::HeaderValue| value.to_str().ok().map(str::to_owned);
        let headers = response.headers();
        Ok(FgaReply {
            status: response.status().as_u16(),
            headers: headers.iter().filter_map(|(name, value)| Some((name.to_string(), text(value)?))).collect(),
            body: response.text(),
        })
    }
}
