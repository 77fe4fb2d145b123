//! What the readers of JSON and TOML complain of, in both languages and with its place: their own sentences are English.

use crate::domain::wording::Wording;

/// What is wrong with a JSON text.
pub fn json(error: &serde_json::Error) -> Wording {
    let en = error.to_string();
    let what = match error.classify() {
        serde_json::error::Category::Eof => "中途断了".to_owned(),
        serde_json::error::Category::Syntax => "写法不合 JSON".to_owned(),
        serde_json::error::Category::Io => "读不出来".to_owned(),
        serde_json::error::Category::Data => data(&en).unwrap_or_else(|| "有值不是所要的类型".to_owned()),
    };
    let zh = match (error.line(), error.column()) {
        (0, _) => what,
        (line, column) => format!("{what}（第 {line} 行第 {column} 列）"),
    };
    Wording::new(zh, en)
}

/// What is wrong with `text`, which is to be TOML.
pub fn toml(error: &toml::de::Error, text: &str) -> Wording {
    let en = error.message().trim().replace('\n', ", ");
    let zh = data(&en).unwrap_or_else(|| if en.starts_with("invalid type") { "有值不是所要的类型" } else { "写法不合 TOML" }.to_owned());
    let Some(before) = error.span().and_then(|span| text.get(..span.start)) else { return Wording::new(zh, en) };
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Wording::new(format!("第 {line} 行第 {column} 列：{zh}"), format!("line {line}, column {column}: {en}"))
}

/// What is wrong with the content, by the beginnings of serde's own sentences.
fn data(en: &str) -> Option<String> {
    let quoted = en.split('`').nth(1).unwrap_or_default();
    [("missing field `", "缺少字段"), ("unknown field `", "不认识的字段"), ("duplicate field `", "重复的字段")]
        .into_iter()
        .find(|(beginning, _)| en.starts_with(beginning))
        .map(|(_, zh)| format!("{zh} {quoted}"))
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
    fn complaints_about_json_are_told_in_chinese_with_their_place() {
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

    #[test]
    fn complaints_about_toml_are_one_line_in_both_languages() {
        for (text, zh, en) in [
            ("a = 1\n{", "第 2 行第 1 列：写法不合 TOML", "line 2, column 1: "),
            ("", "第 1 行第 1 列：缺少字段 a", "line 1, column 1: missing field `a`"),
            ("a = 1\nb = 2", "第 2 行第 1 列：不认识的字段 b", "line 2, column 1: unknown field `b`"),
            ("# 注释\na = '字'", "第 2 行第 5 列：有值不是所要的类型", "line 2, column 5: invalid type"),
        ] {
            let said = toml(&toml::from_str::<One>(text).unwrap_err(), text);
            assert_eq!(said.zh, zh, "{said:?}");
            assert!(said.en.starts_with(en) && !said.en.contains('\n'), "{said:?}");
        }
    }
}
