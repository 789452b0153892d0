//! Tools of every kind. Each writes down that it ran, and may be held at a gate afterwards.

use deputy_agent::{Authority, CallContext, Effect, Grant, Permit, Registry, Relation, Tool, ToolError};
use deputy_http::BuildRequest;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::world::{Run, World};

/// What every tool here is given.
#[derive(Deserialize, JsonSchema)]
pub struct Input {
    /// About what.
    what: String,
    /// The tool returns when this gate is open.
    #[serde(default)]
    gate: Option<String>,
    /// Size of the result.
    #[serde(default)]
    bytes: usize,
    /// It answers with this sentence instead of a result.
    #[serde(default)]
    refuses: Option<String>,
}

/// All of them.
pub fn registry(world: &World) -> Registry {
    Registry::default()
        .with(Read(world.clone()))
        .with(Sample(world.clone()))
        .with(Note(world.clone()))
        .with(Write(world.clone()))
        .with(Ask(world.clone()))
        .with(Calendar(world.clone()))
        .with(Mail(world.clone()))
        .with(Both(world.clone()))
        .with(Profile(world.clone()))
        .with(Buy(world.clone()))
        .with(Trade(world.clone()))
        .with(Draft(world.clone()))
        .with(View(world.clone()))
        .with(Share(world.clone()))
        .with(Vouch(world.clone()))
        .with(Close(world.clone()))
}

fn vault(connection: &str, scope: &str) -> Authority {
    Authority::Vault { connection: connection.to_owned(), scopes: vec![scope.to_owned()] }
}

macro_rules! tool {
    ($(#[$doc:meta])* $type:ident, $name:literal, $effect:ident, $authority:expr) => {
        $(#[$doc])*
        struct $type(World);

        impl Tool for $type {
            type Input = Input;
            const NAME: &'static str = $name;
            const DESCRIPTION: &'static str = "of the tests";
            const EFFECT: Effect = Effect::$effect;
            // Those of `profile` and `both` are: one kind of result each.
            const UNTRUSTED: bool = matches!($name.as_bytes(), b"profile" | b"both");
            const PROGRAMS_ONLY: bool = matches!($name.as_bytes(), b"sample");

            fn authority(&self, _input: &Input) -> Vec<Authority> {
                $authority
            }

            async fn call(&self, input: Input, _: Permit, grant: Grant, host: &dyn CallContext) -> Result<Value, ToolError> {
                run(&self.0, $name, Effect::$effect, input, &grant, host).await
            }
        }
    };
}

tool!(/** Reads, free. */ Read, "read", Reads, vec![Authority::None]);
tool!(/** Reads, free, for programs alone. */ Sample, "sample", Reads, vec![Authority::None]);
tool!(/** Writes a note of the agent's own. */ Note, "note", Own, vec![Authority::None]);
tool!(/** Writes: asks in the chat. */ Write, "write", Writes, vec![Authority::None]);
tool!(/** Reads, but declares that it asks. */ Ask, "ask", Reads, vec![Authority::Confirmation]);
tool!(/** Reads at a provider. */ Calendar, "calendar", Reads, vec![vault("google", "cal")]);
tool!(/** Sends at a provider: asks, and needs a connection. */ Mail, "mail", Sends, vec![vault("google", "mail")]);
tool!(/** Reads at two providers. */ Both, "both", Reads, vec![vault("google", "cal"), vault("slack", "chat")]);
tool!(/** Reads with the user's own token. */ Profile, "profile", Reads, vec![Authority::Session]);
tool!(/** Spends: asks on a device. */ Buy, "buy", Spends, vec![Authority::None]);
tool!(
    /** Sends at a provider, and declares that it asks on a device. */
    Trade,
    "trade",
    Sends,
    vec![vault("google", "cal"), approval()]
);

fn approval() -> Authority {
    Authority::Approval {
        audience: "market".to_owned(),
        scopes: vec!["trade".to_owned()],
        binding_message: "Do you want to trade".to_owned(),
        requested_expiry: None,
    }
}

macro_rules! related_tool {
    ($(#[$doc:meta])* $type:ident, $name:literal, $effect:ident, $relation:literal, $more:expr, $offered:expr) => {
        $(#[$doc])*
        struct $type(World);

        impl Tool for $type {
            type Input = Input;
            const NAME: &'static str = $name;
            const DESCRIPTION: &'static str = "of the tests";
            const EFFECT: Effect = Effect::$effect;
            const UNTRUSTED: bool = false;

            fn authority(&self, input: &Input) -> Vec<Authority> {
                let related = Authority::Relation(Relation::of($relation, "doc", &input.what));
                $more.into_iter().chain([related]).collect()
            }

            fn offered_to(&self) -> Option<Relation> {
                $offered
            }

            async fn call(&self, input: Input, _: Permit, grant: Grant, host: &dyn CallContext) -> Result<Value, ToolError> {
                let needed = format!("{} doc:{}", $relation, input.what);
                assert!(self.0.account.borrow().relations.contains(&needed), "it runs without {needed}");
                run(&self.0, $name, Effect::$effect, input, &grant, host).await
            }
        }
    };
}

related_tool!(/** Reads what the user may see. */ View, "view", Reads, "can_view", [], None);
related_tool!(/** Writes to what is the user's: asks in the chat. */ Share, "share", Writes, "owner", [], None);
related_tool!(
    /** Sends at a provider after a yes on a device, about what the user may see. */
    Vouch,
    "vouch",
    Sends,
    "can_view",
    [vault("google", "cal"), approval()],
    None
);
related_tool!(
    /** Reads, and is offered to some alone. */
    Close,
    "close",
    Reads,
    "can_view",
    [],
    Some(Relation::of("member", "team", "finance"))
);

/// Writes, and can look whether it has.
struct Draft(World);

impl Tool for Draft {
    type Input = Input;
    const NAME: &'static str = "draft";
    const DESCRIPTION: &'static str = "of the tests";
    const EFFECT: Effect = Effect::Writes;
    const CHECKS: bool = true;

    fn authority(&self, _input: &Input) -> Vec<Authority> {
        vec![Authority::None]
    }

    async fn call(&self, input: Input, _: Permit, grant: Grant, host: &dyn CallContext) -> Result<Value, ToolError> {
        run(&self.0, "draft", Effect::Writes, input, &grant, host).await
    }

    async fn check(&self, input: Input, _: Grant, host: &dyn CallContext) -> Result<Option<Value>, ToolError> {
        if let Some(sentence) = input.refuses {
            return Err(ToolError::Answer(sentence));
        }
        let happened = self.0.runs.borrow().iter().any(|run| run.call_id == host.call_id());
        Ok(happened.then(|| json!("found")))
    }
}

async fn run(
    world: &World,
    tool: &'static str,
    effect: Effect,
    input: Input,
    grant: &Grant,
    host: &dyn CallContext,
) -> Result<Value, ToolError> {
    let mut what = input.what.clone();
    for connection in ["google", "slack"] {
        if let Some(token) = grant.vault(connection) {
            what.push_str(&format!(" with {}", token.expose()));
            let request = deputy_http::get(format!("https://{connection}.test/")).bearer(token);
            if host.send(request).await?.status() == 401 {
                let message = format!("Authorization required to access the Token Vault connection: {connection}.");
                return Err(ToolError::Unauthorized { connection: connection.to_owned(), message });
            }
        }
    }
    if let Some(token) = grant.approval() {
        what.push_str(&format!(" with {}", token.expose()));
    }
    if tool == "profile" && grant.session().is_none() {
        return Err(ToolError::Answer("There is no session.".to_owned()));
    }
    world.ran(Run { tool, effect, call_id: host.call_id(), what });
    if let Some(gate) = &input.gate {
        world.gates.pass(gate).await;
    }
    if let Some(sentence) = input.refuses {
        return Err(ToolError::Answer(sentence));
    }
    if input.bytes > 0 {
        return Ok(json!("x".repeat(input.bytes)));
    }
    Ok(json!(format!("{tool} of {} done", input.what)))
}
