//! A context that is too long, in anybody's words.

/// Words that mean nothing else.
const CERTAIN: [&str; 30] = [
    "context length",
    "context_length",
    "context window",
    "context size",
    "context limit",
    "maximum context",
    "max context",
    "context the overflows",
    "model token limit",
    "prompt is too long",
    "prompt too long",
    "input is too long",
    "inputs are too long",
    "input too long",
    "prompt exceeds max",
    "maximum prompt length",
    "maximum model length",
    "max model len",
    "maximum input length",
    "max input",
    "range of input length",
    "input validation error: `inputs`",
    "reduce the length of",
    "reduce your message size",
    "reduce the length",
    "reduce your prompt",
    "too many input tokens",
    "request body too large for",
    "conversation is too long",
    "too large for model",
];

/// Words of a limit that was passed, beside words of what has the length.
const PASSED: [&str; 9] = [
    "exceed",
    "too long",
    "too large",
    "too many",
    "longer than",
    "greater than",
    "must have less than",
    "cannot be more",
    "over the limit",
];
const LENGTHS: [&str; 2] = ["token", "sequence length"];
const WHOSE: [&str; 7] = ["prompt", "input", "context", "message", "request", "sequence", "conversation"];

/// Words of another limit: one that time heals, that of the answer, or that of a login.
const OTHERS: [&str; 14] = [
    "per minute",
    "per day",
    "per hour",
    "per second",
    "rate limit",
    "rate_limit",
    "quota",
    "(tpm)",
    "completion tokens",
    "output tokens",
    "access token",
    "api token",
    "auth",
    "invalid token",
];

/// True when the words, in lower case, say that the conversation is longer than the model reads.
pub(crate) fn is_too_long(words: &str) -> bool {
    let any = |list: &[&str]| list.iter().any(|word| words.contains(word));
    // A request that alone is larger than the budget of a minute is never let through.
    let alone = words.contains("request too large for model");
    alone
        || any(&CERTAIN) && !words.contains("per minute")
        || !any(&OTHERS) && any(&PASSED) && any(&LENGTHS) && any(&WHOSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// T15: how the providers say it, and what sounds like it and is something else.
    #[test]
    fn t15_context_too_long_in_the_words_of_many() {
        for words in [
            "This model's maximum context length is 8192 tokens. However, your messages resulted in 9310 tokens.",
            "Your input exceeds the context window of this model. Please adjust your input and try again.",
            "prompt is too long: 210034 tokens > 200000 maximum",
            "input length and `max_tokens` exceed context limit: 199000 + 8192 > 200000",
            "The input token count (1200001) exceeds the maximum number of tokens allowed (1048576).",
            "Prompt contains 40012 tokens and 0 draft tokens, too large for model with 32768 maximum context length",
            "Please reduce the length of the messages or completion.",
            "Request too large for model `llama` in organization on tokens per minute (TPM): Limit 6000, Requested 7321, please reduce your message size and try again.",
            "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4097. Given: 5000",
            "Input validation error: `inputs` must have less than 1024 tokens. Given: 2011",
            "The decoder prompt (length 5021) is longer than the maximum model length of 4096.",
            "the request exceeds the available context size. try increasing the context size or enable context shift",
            "Trying to keep the first 5012 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens",
            "the input length exceeds the context length",
            "too many tokens: total number of tokens in the prompt cannot exceed 4081 - received 5001.",
            "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
            "Input is too long for requested model.",
            "invalid params, context window exceeds limit (2013)",
            "Range of input length should be [1, 30720]",
            "Prompt exceeds max length",
            "Invalid request: Your request exceeded model token limit: 8192",
            "prompt token count of 130214 exceeds the limit of 128000",
            "Request body too large for gpt-4o model. Max size: 8000 tokens.",
            "The estimated number of input and maximum output tokens (31200) exceeded this model context window limit (24000).",
            "The maximum context length of this model is 8192 tokens, 9310 were sent.",
            "Requested tokens (5120) exceed context window of 4096",
            "The total number of tokens of your messages is greater than allowed",
            "Too many input tokens",
        ] {
            assert!(is_too_long(&words.to_ascii_lowercase()), "{words}");
        }
        for words in [
            "Rate limit reached: too many input tokens per minute, try again in 6 s",
            "You have exceeded the number of tokens per day in your request quota",
            "max_tokens is too large: 5000. This model supports at most 4096 completion tokens",
            "Invalid 'tools': array too long. Expected an array with maximum length 128",
            "The access token of this request exceeds its lifetime",
            "Unexpected token < in JSON",
            "The server had an error while processing your request",
            "messages[2].tool_calls[0].id is too long",
            "",
        ] {
            assert!(!is_too_long(&words.to_ascii_lowercase()), "{words}");
        }
    }
}
