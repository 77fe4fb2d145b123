//! A sentence in both languages, for what is told to people who read either.

use super::locale::Locale;

/// One sentence in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wording {
    /// Chinese.
    pub zh: String,
    /// English: lower case, no full stop.
    pub en: String,
}

impl Wording {
    /// A sentence in both languages.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Wording { zh: zh.into(), en: en.into() }
    }

    /// The sentence in the reader's language.
    pub fn pick(&self, locale: Locale) -> &str {
        locale.pick(&self.zh, &self.en)
    }
}
