//! What is embedded and indexed.

/// Which part of an article a passage is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PassageKind {
    /// The title.
    Title,
    /// One variant.
    Variant,
    /// A piece of the answer.
    Answer,
}

impl PassageKind {
    /// The name in explanations and records.
    pub const fn name(self) -> &'static str {
        match self {
            PassageKind::Title => "title",
            PassageKind::Variant => "variant",
            PassageKind::Answer => "answer",
        }
    }
}

/// A piece of text of one article in one locale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    /// Which part it is.
    pub kind: PassageKind,
    /// Position among the passages of its kind, from 0.
    pub ordinal: u32,
    /// The text as it is embedded and segmented: folded.
    pub text: String,
}
