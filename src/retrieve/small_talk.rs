//! Messages that no shop's articles answer: greetings, chatter, fragments, nonsense.
//!
//! How near a question lies to the nearest of them, against how near it lies to an article, tells much of whether it is a question
//! for the articles at all. They stand for everyday chatter where a knowledge base is asked about itself, too.

use std::collections::BTreeSet;

use crate::embed::Embedder;
use crate::error::Failure;
use crate::index::vectors::Vector;
use crate::text::normalize::{bare, fold};

/// The messages, Chinese and English, written for this project.
const MESSAGES: &str = include_str!("out_of_scope.txt");

/// The messages with their vectors.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SmallTalk {
    texts: Vec<String>,
    vectors: Vec<Vector>,
}

impl SmallTalk {
    /// The messages as they are encoded.
    pub fn messages() -> Vec<String> {
        MESSAGES.lines().map(|line| bare(&fold(line)).to_owned()).filter(|line| !line.is_empty()).collect()
    }

    /// Encodes the messages, in batches. **Cost**: a few seconds; keep it.
    pub fn encode(embedder: &dyn Embedder) -> Result<Self, Failure> {
        let texts = Self::messages();
        let vectors = embedder.embed_passages(&texts, &mut |_| ())?;
        let vectors = vectors.iter().map(|v| Vector::new(v, embedder.dims())).collect::<Result<Vec<_>, _>>()?;
        Ok(SmallTalk { texts, vectors })
    }

    /// The messages without an encoder: nothing is near to anything.
    pub fn unencoded() -> Self {
        SmallTalk { texts: Self::messages(), vectors: Vec::new() }
    }

    /// From vectors in the order of [`SmallTalk::messages`]; `None` if their number differs.
    pub fn of(vectors: Vec<Vector>) -> Option<Self> {
        let texts = Self::messages();
        (texts.len() == vectors.len()).then_some(SmallTalk { texts, vectors })
    }

    /// The cosine of the nearest message that is neither the text itself nor `answered`; −1 without vectors.
    pub fn nearest(&self, text: &str, vector: &Vector, answered: &BTreeSet<String>) -> f64 {
        let others = self.texts.iter().zip(&self.vectors).filter(|(own, _)| own.as_str() != text && !answered.contains(*own));
        others.map(|(_, other)| f64::from(vector.cosine(other))).fold(-1.0, f64::max)
    }

    /// Each message with its vector, if it has one.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&Vector>)> {
        self.texts.iter().enumerate().map(|(n, text)| (text.as_str(), self.vectors.get(n)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embed::hashing::HashingEmbedder;

    #[test]
    fn messages_are_many_distinct_and_of_both_languages() {
        let messages = SmallTalk::messages();
        let distinct: BTreeSet<&String> = messages.iter().collect();
        assert!(messages.len() > 200 && distinct.len() * 100 > messages.len() * 98, "{} {}", messages.len(), distinct.len());
        let latin = messages.iter().filter(|m| m.is_ascii()).count();
        assert!(latin > 80 && messages.len() - latin > 80);
    }

    #[test]
    fn a_message_is_not_its_own_neighbour() {
        let talk = SmallTalk::encode(&HashingEmbedder).unwrap();
        let first = SmallTalk::messages().remove(0);
        let vector = Vector::new(&HashingEmbedder.embed_query(&first).unwrap(), HashingEmbedder.dims()).unwrap();
        let none = BTreeSet::new();
        assert!(talk.nearest("", &vector, &none) > 0.999);
        assert!(talk.nearest(&first, &vector, &none) < 0.999);
        assert_eq!(SmallTalk::unencoded().nearest("", &vector, &none), -1.0);
        assert!(talk.nearest("", &vector, &BTreeSet::from([first])) < 0.999, "what an article answers is no small talk");
    }
}
