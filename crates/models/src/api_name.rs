/// The API by which a model is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ModelApi {
    /// Chat completions, which most providers and servers speak.
    #[default]
    ChatCompletions,
    /// OpenAI's Responses API.
    Responses,
}

impl ModelApi {
    /// The API of that name, as settings write it: `completions` (or `chat_completions`, `chat`), `responses`.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "completions" | "chat_completions" | "chat" => Some(Self::ChatCompletions),
            "responses" => Some(Self::Responses),
            _ => None,
        }
    }

    /// Its name, as settings write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::ChatCompletions => "completions",
            Self::Responses => "responses",
        }
    }
}
