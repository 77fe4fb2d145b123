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

    /// The sentence with the line of a file, from 1, that it is about.
    pub fn at_line(&self, line: usize) -> Self {
        Wording::new(format!("第 {line} 行：{}", self.zh), format!("line {line}: {}", self.en))
    }

    /// The sentence in the reader's language.
    pub fn pick(&self, locale: Locale) -> &str {
        locale.pick(&self.zh, &self.en)
    }
}
