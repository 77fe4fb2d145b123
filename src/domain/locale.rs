//! The two languages that Jieda speaks.

use std::fmt;
use std::str::FromStr;

/// A locale of articles and of what customers, agents and editors read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Locale {
    /// Simplified Chinese, `zh-CN`; also meant by `zh`, `zh-Hans`, `zh_TW` and other Chinese tags.
    #[default]
    ZhCn,
    /// English, `en`; also meant by `en-US`, `en_GB` ….
    En,
}

impl Locale {
    /// Both, in the order in which pages list them.
    pub const ALL: [Locale; 2] = [Locale::ZhCn, Locale::En];

    /// The BCP 47 tag.
    pub const fn tag(self) -> &'static str {
        match self {
            Locale::ZhCn => "zh-CN",
            Locale::En => "en",
        }
    }

    /// Picks the text of this locale.
    pub fn pick<T>(self, zh: T, en: T) -> T {
        match self {
            Locale::ZhCn => zh,
            Locale::En => en,
        }
    }

    /// The other locale.
    pub const fn other(self) -> Locale {
        match self {
            Locale::ZhCn => Locale::En,
            Locale::En => Locale::ZhCn,
        }
    }
}

impl fmt::Display for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

/// A language tag that is neither Chinese nor English.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("locale {0:?} is not supported: use zh-CN or en")]
pub struct UnknownLocale(pub String);

impl FromStr for Locale {
    type Err = UnknownLocale;
    fn from_str(tag: &str) -> Result<Self, UnknownLocale> {
        let language = tag.trim().split(['-', '_', '.']).next().unwrap_or("").to_ascii_lowercase();
        match language.as_str() {
            "zh" => Ok(Locale::ZhCn),
            "en" => Ok(Locale::En),
            _ => Err(UnknownLocale(tag.chars().take(40).collect())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_of_both_languages_are_read() {
        for (tag, want) in
            [("zh", Locale::ZhCn), ("zh-CN", Locale::ZhCn), ("ZH_tw", Locale::ZhCn), ("en", Locale::En), ("en_US.UTF-8", Locale::En)]
        {
            assert_eq!(tag.parse::<Locale>().unwrap(), want);
        }
        assert!("fr".parse::<Locale>().is_err() && "".parse::<Locale>().is_err());
    }
}
