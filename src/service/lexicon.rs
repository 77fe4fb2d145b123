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
    texts: Texts,
}

/// What the files hold; `None` where there is none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Texts([Option<String>; 4]);

impl Texts {
    /// Reads the files of `dir`.
    pub fn read(dir: &Path) -> Result<Self, LexiconError> {
        Ok(Texts([read_one(dir, DICTIONARY)?, read_one(dir, SYNONYMS)?, read_one(dir, CHITCHAT)?, read_one(dir, BLOCKED)?]))
    }
}

impl Lexicon {
    /// Reads the files of `dir`; a missing one counts as empty or built-in. A broken one does too, and is told: an editor's slip
    /// must not keep the service from starting.
    ///
    /// **Cost**: building the segmenter's dictionary takes up to a second.
    pub fn load(dir: &Path) -> Result<Self, Failure> {
        let mut texts = Texts::default();
        for (n, name) in [DICTIONARY, SYNONYMS, CHITCHAT, BLOCKED].into_iter().enumerate() {
            let mut alone = Texts::default();
            let usable = read_one(dir, name).and_then(|text| {
                alone.0[n].clone_from(&text);
                check(&alone)?;
                Ok(text)
            });
            texts.0[n] = usable.unwrap_or_else(|error| {
                tracing::warn!(%error, "an editor's file cannot be used: going on without it");
                None
            });
        }
        Self::parse(texts, None)
    }

    /// Whether it was made of these texts.
    pub fn is_of(&self, texts: &Texts) -> bool {
        self.texts == *texts
    }

    /// The lexicon of changed texts. The segmenter is only built anew if the dictionary changed.
    pub fn changed(&self, texts: Texts) -> Result<Self, Failure> {
        let segmenter = (texts.0[0] == self.texts.0[0]).then(|| self.segmenter.clone());
        Self::parse(texts, segmenter)
    }

    fn parse(texts: Texts, segmenter: Option<Arc<Segmenter>>) -> Result<Self, Failure> {
        let wrong = |file: &str, problem: &dyn std::fmt::Display| LexiconError { file: file.to_owned(), problem: problem.to_string() };
        let segmenter = match segmenter {
            Some(segmenter) => segmenter,
            None => {
                let words = parse_dictionary(texts.0[0].as_deref().unwrap_or("")).map_err(|e| wrong(DICTIONARY, &e))?;
                Arc::new(Segmenter::new(&words))
            }
        };
        let synonyms = Synonyms::parse(texts.0[1].as_deref().unwrap_or("")).map_err(|e| wrong(SYNONYMS, &e))?;
        let chitchat = match &texts.0[2] {
            Some(text) => ChitchatLibrary::parse(text).map_err(|e| wrong(CHITCHAT, &e))?,
            None => ChitchatLibrary::built_in(),
        };
        let blocked = match &texts.0[3] {
            Some(text) => BlockedTopics::parse(text).map_err(|e| wrong(BLOCKED, &e))?,
            None => BlockedTopics::built_in(),
        };
        Ok(Lexicon { segmenter, synonyms, chitchat, blocked, texts })
    }
}

fn read_one(dir: &Path, name: &str) -> Result<Option<String>, LexiconError> {
    match std::fs::read_to_string(dir.join(name)) {
        Ok(text) => Ok(Some(text.trim_start_matches('\u{feff}').to_owned())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(LexiconError { file: name.to_owned(), problem: error.to_string() }),
    }
}

/// Whether the texts can be parsed; the dictionary is not built.
fn check(Texts(texts): &Texts) -> Result<(), LexiconError> {
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
