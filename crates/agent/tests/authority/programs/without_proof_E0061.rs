//! A tool is not called without a permit and a grant.
use deputy_agent::{CallContext, Tool};

pub async fn call<T: Tool>(tool: &T, input: T::Input, host: &dyn CallContext) {
    let _ = tool.call(input, host).await;
}
