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

/// What is wrong with a calibration file, by the sentences of `decide::confidence`.
pub fn calibration(problem: &str) -> Wording {
    let toml = problem.strip_prefix("TOML parse error at line ").and_then(|rest| {
        let (place, _) = rest.split_once('\n')?;
        let (line, column) = place.split_once(", column ")?;
        Some((line, column, problem.lines().rfind(|line| !line.trim().is_empty())?.trim()))
    });
    if let Some((line, column, what)) = toml {
        let zh = if what.contains(" field `") { data(what) } else { "写法不合 TOML".to_owned() };
        return Wording::new(format!("第 {line} 行第 {column} 列：{zh}"), format!("line {line}, column {column}: {what}"));
    }
    let words: Vec<&str> = problem.split(' ').collect();
    let zh = match words[..] {
        ["the", "factor", factor, "has", "no", "bias"] => format!("{factor} 没有 bias"),
        ["feature", name, "has", "no", "weight", "for", factor] => format!("{factor} 里没有特征 {name} 的权重"),
        ["feature", name, "may", "not", "have", "the", "weight", weight] => format!("特征 {name} 的权重不能是 {weight}"),
        ["feature", name, "is", "unknown", "to", factor] => format!("{factor} 里没有名为 {name} 的特征"),
        ["more", "evidence", ..] => "证据更多，把握度不能更低".to_owned(),
        ["few", ..] => "few 应是一个不小于 0 的斜率和一个偏移".to_owned(),
        ["lines", ..] => "lines 应是准确率和概率的数对，依次上升".to_owned(),
        _ => "内容不合要求".to_owned(),
    };
    Wording::new(zh, problem)
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
    use crate::decide::confidence::Confidence;

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
        for (text, zh, en) in [
            ("{", "第 1 行第 1 列：写法不合 TOML", "line 1, column 1: "),
            ("fitted_on = []\n", "列：缺少字段 full", "missing field `full`"),
        ] {
            let problem = Confidence::parse(text).unwrap_err().problem;
            let Wording { zh: said, en: english } = calibration(&problem);
            assert!(said.contains(zh) && english.contains(en) && !english.contains('\n'), "{said} {english}");
        }
        let prior = include_str!("../decide/prior.toml");
        for (from, to, zh) in [("few = [", "few = [-", "few 应是"), ("bias = ", "bais = ", "in_scope 没有 bias")] {
            let problem = Confidence::parse(&prior.replacen(from, to, 1)).unwrap_err().problem;
            assert!(calibration(&problem).zh.contains(zh), "{problem}");
        }
        assert!(json(&serde_json::from_str::<BTreeMap<String, u8>>("[]").unwrap_err()).zh.starts_with("有值"));
    }
}
