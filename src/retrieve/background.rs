//! What customers say that no article of the knowledge base need answer.

use std::path::Path;

use super::elsewhere::Elsewhere;
use super::small_talk::SmallTalk;
use crate::embed::Embedder;
use crate::error::Failure;

/// It belongs to the program and an encoder, not to a knowledge base.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Background {
    /// Messages that no shop's articles answer.
    pub small_talk: SmallTalk,
    /// Questions that customers ask elsewhere.
    pub elsewhere: Elsewhere,
}

impl Background {
    /// Encodes what is not known yet of it; `dir` keeps what takes long ([`Elsewhere::open`]).
    pub fn open(embedder: &dyn Embedder, dir: &Path) -> Result<Self, Failure> {
        Ok(Background { small_talk: SmallTalk::encode(embedder)?, elsewhere: Elsewhere::open(embedder, dir)? })
    }

    /// Without an encoder.
    pub fn unencoded() -> Self {
        Background { small_talk: SmallTalk::unencoded(), elsewhere: Elsewhere::default() }
    }
}
