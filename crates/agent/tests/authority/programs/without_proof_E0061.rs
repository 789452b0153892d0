//! A tool is not called without a permit and a grant.
use deputy_agent::{Host, Tool};

pub async fn call<T: Tool>(tool: &T, input: T::Input, host: &dyn Host) {
    let _ = tool.call(input, host).await;
}
