//! The compiling twin of the others: the same names, used as they may be.
use deputy_agent::{CallContext, CallHead, Credentials, Digest, Grant, Permit, Tool};

pub fn digest(call: CallHead) -> Digest {
    call.digest
}

pub fn credentials() -> Credentials {
    Credentials::default()
}

pub async fn call<T: Tool>(tool: &T, input: T::Input, permit: Permit, grant: Grant, host: &dyn CallContext) {
    let _ = tool.call(input, permit, grant, host).await;
}
