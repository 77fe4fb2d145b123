//! How Chinese characters sound, without tones: what people who type by sound get wrong sounds right.

use pinyin::ToPinyin;

/// The syllables of a text of Chinese characters; `None` if one has no known sound. Of several sounds the usual one.
pub fn syllables(han: &str) -> Option<Vec<&'static str>> {
    han.to_pinyin().map(|sound| sound.map(|sound| sound.plain())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn homophones_have_the_same_syllables() {
        for (word, typed) in [("发票", "发飘"), ("优惠券", "优慧券"), ("运费", "运肥"), ("订单", "丁单")] {
            assert_eq!(syllables(word), syllables(typed), "{word} {typed}");
        }
        assert_eq!(syllables("退货"), Some(vec!["tui", "huo"]));
        assert_eq!(syllables("a货"), None);
        assert_ne!(syllables("退货"), syllables("退款"));
    }
}
