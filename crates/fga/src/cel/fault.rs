//! What is wrong with a text, and where.

/// What is wrong at a byte of the source.
#[derive(Debug)]
pub struct Fault {
    pub offset: usize,
    pub message: String,
}

impl Fault {
    pub fn new(offset: usize, message: impl Into<String>) -> Self {
        Self { offset, message: message.into() }
    }
}
