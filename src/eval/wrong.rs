//! What readers of JSON and TOML complain of, in both languages: their own words are English.

use crate::kb::Wording;

/// What is wrong with a JSON text, with the place.
pub fn json(error: &serde_json::Error) -> Wording {
    let en = error.to_string();
    let what = match error.classify() {
        serde_json::error::Category::Eof => "中途断了".to_owned(),
        serde_json::error::Category::Syntax => "写法不合 JSON".to_owned(),
        serde_json::error::Category::Io => "读不出来".to_owned(),
        serde_json::error::Category::Data => data(&en),
    };
    let zh = match (error.line(), error.column()) {
        (0, _) => what,
        (line, column) => format!("{what}（第 {line} 行第 {column} 列）"),
    };
    Wording::new(zh, en)
}

/// What is wrong with the content, by the beginnings of serde's own sentences.
fn data(en: &str) -> String {
    let quoted = en.split('`').nth(1).unwrap_or_default();
    for (beginning, zh) in [("missing field `", "缺少字段"), ("unknown field `", "不认识的字段"), ("duplicate field `", "重复的字段")]
    {
        if en.starts_with(beginning) {
            return format!("{zh} {quoted}");
        }
    }
    "有值不是所要的类型".to_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct One {
        #[serde(rename = "a")]
        _a: u32,
    }

    #[test]
    fn complaints_are_told_in_chinese_with_their_place() {
        for (text, want) in [
            ("{", "中途断了（第 1 行第 1 列）"),
            ("{a}", "写法不合 JSON（第 1 行第 2 列）"),
            ("{}", "缺少字段 a（第 1 行第 2 列）"),
            ("{\"b\":1}", "不认识的字段 b（第 1 行第 4 列）"),
            ("{\"a\":\"x\"}", "有值不是所要的类型（第 1 行第 8 列）"),
        ] {
            assert_eq!(json(&serde_json::from_str::<One>(text).unwrap_err()).zh, want, "{text}");
        }
        assert!(json(&serde_json::from_str::<BTreeMap<String, u8>>("[]").unwrap_err()).zh.starts_with("有值"));
    }
}
