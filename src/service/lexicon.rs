//! The editor's files in the data directory that bear on every question: dictionary, synonyms, small talk, blocked topics.
//!
//! They are read at the start and again when one of them changes. A file that cannot be read leaves the present state in force
//! and is told, never half applied.

use std::path::Path;
use std::sync::Arc;

use crate::decide::rules::{BlockedTopics, ChitchatLibrary};
use crate::error::{Code, Coded, Failure};
use crate::text::segment::{Segmenter, parse_dictionary};
use crate::text::synonyms::Synonyms;

/// The editor's dictionary, one word a line.
pub const DICTIONARY: &str = "dictionary.txt";
/// The editor's synonyms.
pub const SYNONYMS: &str = "synonyms.txt";
/// Replaces the built-in small talk.
pub const CHITCHAT: &str = "chitchat.toml";
/// Replaces the built-in blocked topics.
pub const BLOCKED: &str = "blocked.toml";

/// An editor's file that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {problem}")]
pub struct LexiconError {
    file: String,
    problem: String,
}

impl Coded for LexiconError {
    fn code(&self) -> Code {
        Code::FileFormat
    }
}

/// All of them, parsed.
pub struct Lexicon {
    /// Cuts text; the dictionary belongs to the index's fingerprint.
    pub segmenter: Arc<Segmenter>,
    /// Act on the question only.
    pub synonyms: Synonyms,
    /// What the bot says when no question was asked, and the fixed texts.
    pub chitchat: ChitchatLibrary,
    /// Topics that always go to a person.
    pub blocked: BlockedTopics,
    texts: [Option<String>; 4],
}

impl Lexicon {
    /// Reads the files of `dir`; a missing one counts as empty or built-in. A broken one does too, and is told: an editor's slip
    /// must not keep the service from starting.
    ///
    /// **Cost**: building the segmenter's dictionary takes up to a second.
    pub fn load(dir: &Path) -> Result<Self, Failure> {
        let mut texts: [Option<String>; 4] = Default::default();
        for (n, name) in [DICTIONARY, SYNONYMS, CHITCHAT, BLOCKED].into_iter().enumerate() {
            let mut alone: [Option<String>; 4] = Default::default();
            let usable = read_one(dir, name).and_then(|text| {
                alone[n].clone_from(&text);
                check(&alone)?;
                Ok(text)
            });
            texts[n] = usable.unwrap_or_else(|error| {
                tracing::warn!(%error, "an editor's file cannot be used: going on without it");
                None
            });
        }
        Self::parse(texts, None)
    }

    /// The lexicon of the files as they are now; `None` if nothing changed since `present` was read. The segmenter is only built
    /// anew if the dictionary changed.
    pub fn reload(present: &Lexicon, dir: &Path) -> Result<Option<Self>, Failure> {
        let texts = read_all(dir)?;
        if texts == present.texts {
            return Ok(None);
        }
        let segmenter = (texts[0] == present.texts[0]).then(|| present.segmenter.clone());
        Self::parse(texts, segmenter).map(Some)
    }

    fn parse(texts: [Option<String>; 4], segmenter: Option<Arc<Segmenter>>) -> Result<Self, Failure> {
        let wrong = |file: &str, problem: &dyn std::fmt::Display| LexiconError { file: file.to_owned(), problem: problem.to_string() };
        let segmenter = match segmenter {
            Some(segmenter) => segmenter,
            None => {
                let words = parse_dictionary(texts[0].as_deref().unwrap_or("")).map_err(|e| wrong(DICTIONARY, &e))?;
                Arc::new(Segmenter::new(&words))
            }
        };
        let synonyms = Synonyms::parse(texts[1].as_deref().unwrap_or("")).map_err(|e| wrong(SYNONYMS, &e))?;
        let chitchat = match &texts[2] {
            Some(text) => ChitchatLibrary::parse(text).map_err(|e| wrong(CHITCHAT, &e))?,
            None => ChitchatLibrary::built_in(),
        };
        let blocked = match &texts[3] {
            Some(text) => BlockedTopics::parse(text).map_err(|e| wrong(BLOCKED, &e))?,
            None => BlockedTopics::built_in(),
        };
        Ok(Lexicon { segmenter, synonyms, chitchat, blocked, texts })
    }
}

fn read_all(dir: &Path) -> Result<[Option<String>; 4], LexiconError> {
    Ok([read_one(dir, DICTIONARY)?, read_one(dir, SYNONYMS)?, read_one(dir, CHITCHAT)?, read_one(dir, BLOCKED)?])
}

fn read_one(dir: &Path, name: &str) -> Result<Option<String>, LexiconError> {
    match std::fs::read_to_string(dir.join(name)) {
        Ok(text) => Ok(Some(text.trim_start_matches('\u{feff}').to_owned())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(LexiconError { file: name.to_owned(), problem: error.to_string() }),
    }
}

/// Whether the texts can be parsed; the dictionary is not built.
fn check(texts: &[Option<String>; 4]) -> Result<(), LexiconError> {
    let wrong = |file: &str, problem: &dyn std::fmt::Display| LexiconError { file: file.to_owned(), problem: problem.to_string() };
    parse_dictionary(texts[0].as_deref().unwrap_or("")).map_err(|e| wrong(DICTIONARY, &e))?;
    Synonyms::parse(texts[1].as_deref().unwrap_or("")).map_err(|e| wrong(SYNONYMS, &e))?;
    if let Some(text) = &texts[2] {
        ChitchatLibrary::parse(text).map_err(|e| wrong(CHITCHAT, &e))?;
    }
    if let Some(text) = &texts[3] {
        BlockedTopics::parse(text).map_err(|e| wrong(BLOCKED, &e))?;
    }
    Ok(())
}
