//! Identifiers. Machine ids are UUIDv7 (they sort by time); what people read out loud has a key of its own: an article's id is
//! a slug, a ticket's number counts up.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

/// A text that is not an identifier of the kind asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{given:?} is not a valid {kind}")]
pub struct InvalidId {
    /// What was to be read.
    pub kind: &'static str,
    /// What was given, cut to 80 characters.
    pub given: String,
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id of this moment.
            pub fn new() -> Self { $name(Uuid::now_v7()) }
            /// The 16 bytes, big endian.
            pub fn as_bytes(&self) -> &[u8; 16] { self.0.as_bytes() }
        }
        impl Default for $name { fn default() -> Self { Self::new() } }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.hyphenated().fmt(f) }
        }
        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Uuid::try_parse(text).map($name).map_err(|_| InvalidId { kind: $kind, given: text.chars().take(80).collect() })
            }
        }
    };
}

uuid_id!(/// One decision about one question.
    DecisionId, "decision id");
uuid_id!(/// One conversation of one visitor.
    ConversationId, "conversation id");
uuid_id!(/// One message in a conversation.
    MessageId, "message id");
uuid_id!(/// One API key (the key's name, not its secret).
    KeyId, "key id");
uuid_id!(/// One piece of feedback.
    FeedbackId, "feedback id");
uuid_id!(/// One labelled question.
    LabelId, "label id");
uuid_id!(/// One event that waits to be delivered to the outside.
    OutboxId, "outbox id");

/// The longest article id, in bytes.
pub const ARTICLE_ID_MAX: usize = 128;

/// An article's id: text, as the editor wrote it (`0012` is not `12`), trimmed, 1 to 128 bytes, without control characters or
/// slashes. Equal ids mean the same article in every locale.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ArticleId(String);

impl ArticleId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ArticleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ArticleId {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let id = text.trim();
        let valid = !id.is_empty()
            && id.len() <= ARTICLE_ID_MAX
            && !id.chars().any(|c| c.is_control() || c == '/' || c == '\\')
            && id != "."
            && id != "..";
        if !valid {
            return Err(InvalidId {
                kind: "article id (1–128 bytes, no control characters, no slashes)",
                given: text.chars().take(80).collect(),
            });
        }
        Ok(ArticleId(id.to_owned()))
    }
}

/// A ticket's number: counts up from 1, never reused, read out over the telephone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TicketNumber(pub i64);

/// The state of the knowledge base: counts up with every change of an article.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct KbRevision(pub i64);

/// The visitor behind a conversation, as the shop or the widget names them; opaque text of at most 200 bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct VisitorId(pub String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn article_ids_are_text() {
        assert_eq!("  0012 ".parse::<ArticleId>().unwrap().as_str(), "0012");
        assert_ne!("0012".parse::<ArticleId>().unwrap(), "12".parse::<ArticleId>().unwrap());
        for wrong in ["", "  ", "a/b", "a\u{0}b", "..", &"长".repeat(43)] {
            assert!(wrong.parse::<ArticleId>().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn uuids_round_trip_and_refuse_other_text() {
        let id = DecisionId::new();
        assert_eq!(id.to_string().parse::<DecisionId>().unwrap(), id);
        assert_eq!("x".parse::<DecisionId>().unwrap_err().kind, "decision id");
    }
}
