//! What the bot says without an article: phrases for small talk and the fixed texts of hand-offs and waiting.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{ChitchatKind, RuleFileError};
use crate::domain::decision::named;
use crate::domain::locale::Locale;
use crate::domain::wording::Wording;
use crate::text::unreadable;

const FILE: &str = "chitchat.toml";
const BUILT_IN: &str = include_str!("../../../kb/chitchat.toml");

named! {
    /// The fixed texts.
    FixedText {
        /// Hand-off: too unsure.
        HandoffLowConfidence = "handoff_low_confidence",
        /// Hand-off: not what the knowledge base is about.
        HandoffOutOfScope = "handoff_out_of_scope",
        /// Hand-off: needs a look at the customer's own case.
        HandoffPersonalOrder = "handoff_personal_order",
        /// Hand-off: the customer wants a person.
        HandoffCustomerRequest = "handoff_customer_request",
        /// Hand-off: a topic for people.
        HandoffBlockedTopic = "handoff_blocked_topic",
        /// Hand-off: the same question again.
        HandoffRepeated = "handoff_repeated",
        /// Hand-off: the encoder did not take part.
        HandoffDegraded = "handoff_degraded",
        /// Hand-off: misuse.
        HandoffUnsafe = "handoff_unsafe",
        /// A person was asked for already.
        Waiting = "waiting",
        /// A person owns the conversation; may be empty.
        AgentOwned = "agent_owned",
        /// Above a list of options.
        ClarifyIntro = "clarify_intro",
        /// Above the same list again: it is unclear which option is meant.
        OptionUnclear = "option_unclear",
        /// Hand-off: all options were rejected.
        OptionsRejected = "options_rejected",
        /// Above an article in the other language than the customer's.
        OtherLanguageNote = "other_language_note",
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileForm {
    chitchat: BTreeMap<String, PhrasesForm>,
    text: BTreeMap<String, TextForm>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PhrasesForm {
    zh: Vec<String>,
    en: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TextForm {
    zh: String,
    en: String,
}

/// Phrases per kind of small talk and the fixed texts, in both languages.
#[derive(Debug, Clone)]
pub struct ChitchatLibrary {
    phrases: BTreeMap<ChitchatKind, [Vec<String>; 2]>,
    texts: BTreeMap<FixedText, [String; 2]>,
}

impl ChitchatLibrary {
    /// The library that comes with the program.
    pub fn built_in() -> Self {
        ChitchatLibrary::parse(BUILT_IN).expect("the built-in library is tested")
    }

    /// Reads a library file of the shop.
    ///
    /// **Errors**: not the form that the built-in file describes, an unknown kind or name, a missing or empty list or text
    /// (only `agent_owned` may be empty, and where `identity` or `option_unclear` is missing the built-in one serves).
    pub fn parse(toml: &str) -> Result<Self, RuleFileError> {
        let form: FileForm =
            toml::from_str(toml).map_err(|error| RuleFileError::Form { file: FILE, problem: unreadable::toml(&error, toml) })?;
        let unknown = |name: &str| RuleFileError::Form {
            file: FILE,
            problem: Wording::new(format!("没有 {name} 这一节"), format!("there is no {name}")),
        };
        let missing = |zh: String, en: String| RuleFileError::Missing { file: FILE, missing: Wording::new(zh, en) };
        let mut library = ChitchatLibrary { phrases: BTreeMap::new(), texts: BTreeMap::new() };
        for (name, list) in form.chitchat {
            let kind = ChitchatKind::parse(&name).ok_or_else(|| unknown(&format!("[chitchat.{name}]")))?;
            if [&list.zh, &list.en].iter().any(|list| list.is_empty() || list.iter().any(|phrase| phrase.trim().is_empty())) {
                return Err(missing(format!(" [chitchat.{name}] 里的话术"), format!("phrases in [chitchat.{name}]")));
            }
            library.phrases.insert(kind, [list.zh, list.en]);
        }
        for (name, text) in form.text {
            let key = FixedText::parse(&name).ok_or_else(|| unknown(&format!("[text.{name}]")))?;
            if key != FixedText::AgentOwned && (text.zh.trim().is_empty() || text.en.trim().is_empty()) {
                return Err(missing(format!(" [text.{name}] 里的文字"), format!("a text in [text.{name}]")));
            }
            library.texts.insert(key, [text.zh, text.en]);
        }
        // A file written before these were known still serves.
        if !library.phrases.contains_key(&ChitchatKind::Identity) {
            library.phrases.extend(ChitchatLibrary::built_in().phrases.remove_entry(&ChitchatKind::Identity));
        }
        if !library.texts.contains_key(&FixedText::OptionUnclear) {
            library.texts.extend(ChitchatLibrary::built_in().texts.remove_entry(&FixedText::OptionUnclear));
        }
        if let Some(kind) = ChitchatKind::ALL.iter().find(|kind| !library.phrases.contains_key(kind)) {
            return Err(missing(format!(" [chitchat.{kind}]"), format!("[chitchat.{kind}]")));
        }
        if let Some(name) = FixedText::ALL.iter().find(|name| !library.texts.contains_key(name)) {
            return Err(missing(format!(" [text.{name}]"), format!("[text.{name}]")));
        }
        Ok(library)
    }

    /// A phrase for small talk; the same seed gives the same phrase.
    pub fn reply(&self, kind: ChitchatKind, locale: Locale, seed: u64) -> &str {
        let [zh, en] = &self.phrases[&kind];
        let list = locale.pick(zh, en);
        &list[(seed % list.len() as u64) as usize]
    }

    /// A fixed text; empty only for [`FixedText::AgentOwned`].
    pub fn text(&self, name: FixedText, locale: Locale) -> &str {
        let [zh, en] = &self.texts[&name];
        locale.pick(zh, en)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_and_text_is_there_in_both_languages() {
        let library = ChitchatLibrary::built_in();
        for locale in Locale::ALL {
            for kind in ChitchatKind::ALL {
                let replies: std::collections::BTreeSet<&str> = (0..6).map(|seed| library.reply(*kind, locale, seed)).collect();
                assert!(replies.len() >= 3, "{kind} {locale}");
                assert_eq!(library.reply(*kind, locale, 4), library.reply(*kind, locale, 4));
            }
            for name in FixedText::ALL {
                assert_eq!(library.text(*name, locale).is_empty(), *name == FixedText::AgentOwned, "{name}");
            }
        }
        assert_eq!(library.text(FixedText::ClarifyIntro, Locale::ZhCn), "您是不是想问：");
    }

    #[test]
    fn faults_are_named() {
        for (old, new, named) in [
            ("[text.waiting]", "[text.wating]", "wating"),
            ("[chitchat.filler]", "[chitchat.fillers]", "fillers"),
            ("zh = \"您是不是想问：\"", "zh = \" \"", "clarify_intro"),
            ("zh = \"您是不是想问：\"", "zh = 3", "line"),
            ("zh = \"您是不是想问：\"", "de = \"x\"\nzh = \"x\"", "de"),
        ] {
            let error = ChitchatLibrary::parse(&BUILT_IN.replacen(old, new, 1)).unwrap_err().to_string();
            assert!(error.contains(named), "{error}");
        }
        let (start, end) = (BUILT_IN.find("[chitchat.identity]").unwrap(), BUILT_IN.find("[text.handoff_low").unwrap());
        let without = ChitchatLibrary::parse(&format!("{}{}", &BUILT_IN[..start], &BUILT_IN[end..])).unwrap();
        assert!(without.reply(ChitchatKind::Identity, Locale::En, 0).contains("assistant"));
        let (start, end) = (BUILT_IN.find("[text.option_unclear]").unwrap(), BUILT_IN.find("[text.options_rejected]").unwrap());
        let without = ChitchatLibrary::parse(&format!("{}{}", &BUILT_IN[..start], &BUILT_IN[end..])).unwrap();
        assert!(without.text(FixedText::OptionUnclear, Locale::ZhCn).contains("序号"));
        let end = BUILT_IN.find("[text.other_language_note]").unwrap();
        let error = ChitchatLibrary::parse(&BUILT_IN[..end]).unwrap_err();
        assert!(matches!(error, RuleFileError::Missing { ref missing, .. } if missing.en == "[text.other_language_note]"), "{error}");
    }
}
