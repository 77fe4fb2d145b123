//! The editor's files in the data directory that bear on every question: dictionary, synonyms, small talk, blocked topics.
//!
//! They are read at the start and again when one of them changes. A file that cannot be read leaves the present state in force
//! and is told, never half applied.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use crate::decide::rules::{BlockedTopics, ChitchatLibrary};
use crate::domain::locale::Locale;
use crate::domain::time::Timestamp;
use crate::domain::wording::Wording;
use crate::error::{Code, Coded, Failure, chain};
use crate::text::segment::{EditorWord, Segmenter, parse_dictionary};
use crate::text::synonyms::Synonyms;

/// The editor's dictionary, one word a line.
pub const DICTIONARY: &str = "dictionary.txt";
/// The editor's synonyms.
pub const SYNONYMS: &str = "synonyms.txt";
/// Replaces the built-in small talk.
pub const CHITCHAT: &str = "chitchat.toml";
/// Replaces the built-in blocked topics.
pub const BLOCKED: &str = "blocked.toml";

/// All of them, in the order of [`Texts`].
const NAMES: [&str; 4] = [DICTIONARY, SYNONYMS, CHITCHAT, BLOCKED];

/// An editor's file that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {detail}")]
pub struct LexiconError {
    /// Its name in the data directory.
    pub file: &'static str,
    /// Of what kind the problem is.
    pub code: Code,
    /// What is wrong. Nothing of the file's content but names of its sections: it may be shown without a key.
    pub problem: Wording,
    /// What is wrong, for the log: with the line or pattern.
    pub detail: String,
}

impl LexiconError {
    fn of(file: &'static str, error: &impl Coded, problem: Wording) -> Self {
        LexiconError { file, code: error.code(), problem, detail: error.to_string() }
    }

    /// A dictionary with which no index could be built.
    pub(super) fn unbuilt(failure: &Failure) -> Self {
        LexiconError {
            file: DICTIONARY,
            code: failure.code(),
            problem: Wording::new("不能按它重建索引", "the index cannot be built with it"),
            detail: chain(failure.get()),
        }
    }
}

impl Coded for LexiconError {
    fn code(&self) -> Code {
        self.code
    }

    fn message(&self, locale: Locale) -> String {
        locale.pick(format!("{}：{}", self.file, self.problem.zh), format!("{}: {}", self.file, self.problem.en))
    }
}

/// A file that is not in force as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileProblem {
    /// Why.
    pub error: LexiconError,
    /// Since when, as far as this process knows.
    pub since: Timestamp,
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
    /// Files that could not be used and count as missing; none but at a start.
    pub left_out: Vec<LexiconError>,
    texts: Texts,
}

/// What the files hold; `None` where there is none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Texts([Option<String>; 4]);

impl Texts {
    /// Reads the files of `dir`, and tells those that cannot be read, which count as missing.
    pub fn read(dir: &Path) -> (Self, Vec<LexiconError>) {
        let mut problems = Vec::new();
        let texts = NAMES.map(|name| {
            read_one(dir, name).unwrap_or_else(|problem| {
                problems.push(problem);
                None
            })
        });
        (Texts(texts), problems)
    }

    /// What is wrong with them, at most one problem a file. **Cost**: some milliseconds.
    pub fn problems(&self) -> Vec<LexiconError> {
        let [dictionary, synonyms, chitchat, blocked] = &self.0;
        let found = [
            dictionary.as_ref().and_then(|text| words_of(text).err()),
            synonyms.as_ref().and_then(|text| synonyms_of(text).err()),
            chitchat.as_ref().and_then(|text| chitchat_of(text).err()),
            blocked.as_ref().and_then(|text| blocked_of(text).err()),
        ];
        found.into_iter().flatten().collect()
    }

    /// The same without the files of `problems`.
    fn without(mut self, problems: &[LexiconError]) -> Self {
        for (text, name) in self.0.iter_mut().zip(NAMES) {
            if problems.iter().any(|problem| problem.file == name) {
                *text = None;
            }
        }
        self
    }
}

impl Lexicon {
    /// Reads the files of `dir`; a missing one counts as empty or built-in. A broken one does too, and is told: an editor's slip must
    /// not keep the service from starting.
    ///
    /// **Cost**: building the segmenter's dictionary takes up to a second.
    pub fn load(dir: &Path) -> Result<Self, LexiconError> {
        let (texts, mut problems) = Texts::read(dir);
        problems.extend(texts.problems());
        for problem in &problems {
            tracing::warn!(%problem, "an editor's file cannot be used: going on without it");
        }
        let lexicon = Self::parse(texts.without(&problems), None)?;
        Ok(Lexicon { left_out: problems, ..lexicon })
    }

    /// Whether it was made of these texts.
    pub fn is_of(&self, texts: &Texts) -> bool {
        self.texts == *texts
    }

    /// The lexicon of changed texts, or everything that is wrong with them. The segmenter is only built anew if the dictionary changed.
    pub fn changed(&self, texts: Texts) -> Result<Self, Vec<LexiconError>> {
        let problems = texts.problems();
        if !problems.is_empty() {
            return Err(problems);
        }
        let segmenter = (texts.0[0] == self.texts.0[0]).then(|| self.segmenter.clone());
        Self::parse(texts, segmenter).map_err(|problem| vec![problem])
    }

    fn parse(texts: Texts, segmenter: Option<Arc<Segmenter>>) -> Result<Self, LexiconError> {
        let [dictionary, synonyms, chitchat, blocked] = &texts.0;
        let segmenter = match segmenter {
            Some(segmenter) => segmenter,
            None => Arc::new(Segmenter::new(&words_of(dictionary.as_deref().unwrap_or(""))?)),
        };
        let synonyms = synonyms_of(synonyms.as_deref().unwrap_or(""))?;
        let chitchat = chitchat.as_deref().map_or_else(|| Ok(ChitchatLibrary::built_in()), chitchat_of)?;
        let blocked = blocked.as_deref().map_or_else(|| Ok(BlockedTopics::built_in()), blocked_of)?;
        Ok(Lexicon { segmenter, synonyms, chitchat, blocked, left_out: Vec::new(), texts })
    }
}

fn words_of(text: &str) -> Result<Vec<EditorWord>, LexiconError> {
    parse_dictionary(text).map_err(|error| LexiconError::of(DICTIONARY, &error, error.told()))
}

fn synonyms_of(text: &str) -> Result<Synonyms, LexiconError> {
    Synonyms::parse(text).map_err(|error| LexiconError::of(SYNONYMS, &error, error.told()))
}

fn chitchat_of(text: &str) -> Result<ChitchatLibrary, LexiconError> {
    ChitchatLibrary::parse(text).map_err(|error| LexiconError::of(CHITCHAT, &error, error.told()))
}

fn blocked_of(text: &str) -> Result<BlockedTopics, LexiconError> {
    BlockedTopics::parse(text).map_err(|error| LexiconError::of(BLOCKED, &error, error.told()))
}

fn read_one(dir: &Path, file: &'static str) -> Result<Option<String>, LexiconError> {
    match std::fs::read_to_string(dir.join(file)) {
        Ok(text) => Ok(Some(text.trim_start_matches('\u{feff}').to_owned())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => {
            let (code, problem) = match error.kind() {
                ErrorKind::InvalidData => (Code::FileEncoding, Wording::new("不是 UTF-8 编码", "it is not in UTF-8")),
                _ => (Code::FileUnreadable, Wording::new("读不出来", "it cannot be read")),
            };
            Err(LexiconError { file, code, problem, detail: error.to_string() })
        }
    }
}
