//! The names that columns and JSON keys go by, in Chinese and English.

use super::Field;
use crate::text::normalize::phrasing_key;

const NAMES: [(Field, &[&str]); 12] = [
    (
        Field::Id,
        &["id", "编号", "文章编号", "文章id", "问题编号", "问题id", "知识编号", "知识id", "articleid", "faqid", "qnaid", "key", "slug"],
    ),
    (
        Field::Title,
        &[
            "title",
            "question",
            "q",
            "standardquestion",
            "标题",
            "问题",
            "问",
            "标准问",
            "标准问题",
            "标准问法",
            "主问题",
            "主问法",
            "提问",
            "知识标题",
            "问题标题",
        ],
    ),
    (
        Field::Answer,
        &[
            "answer",
            "a",
            "reply",
            "response",
            "content",
            "body",
            "答案",
            "答",
            "回答",
            "回复",
            "答复",
            "标准答案",
            "机器人回答",
            "机器人回复",
            "回复内容",
            "答案内容",
            "内容",
            "正文",
        ],
    ),
    (
        Field::Category,
        &["category", "topic", "folder", "group", "分类", "类别", "类目", "目录", "分组", "问题分类", "知识分类", "所属分类"],
    ),
    (Field::Tags, &["tags", "tag", "labels", "label", "keywords", "标签", "关键词", "关键字"]),
    (Field::Locale, &["locale", "language", "lang", "语言", "语种"]),
    (Field::Status, &["status", "state", "状态", "发布状态"]),
    (
        Field::ValidFrom,
        &[
            "validfrom",
            "effectivefrom",
            "from",
            "start",
            "startdate",
            "生效时间",
            "生效日期",
            "开始时间",
            "开始日期",
            "有效期起",
            "有效期开始",
        ],
    ),
    (
        Field::ValidUntil,
        &[
            "validuntil",
            "validto",
            "until",
            "end",
            "enddate",
            "expires",
            "expiry",
            "失效时间",
            "失效日期",
            "结束时间",
            "结束日期",
            "到期时间",
            "到期日期",
            "截止时间",
            "截止日期",
            "有效期止",
            "有效期结束",
            "有效期至",
        ],
    ),
    (Field::Related, &["related", "relatedarticles", "相关", "相关文章", "相关问题", "关联文章", "关联问题"]),
    (Field::Channels, &["channels", "channel", "渠道", "适用渠道", "展示渠道"]),
    (
        Field::Variants,
        &[
            "variants",
            "variant",
            "phrasings",
            "alternatephrasings",
            "alternates",
            "alternatives",
            "alternativequestions",
            "alternatequestions",
            "similarquestions",
            "similarquestion",
            "相似问",
            "相似问题",
            "相似问法",
            "扩展问",
            "扩展问题",
            "扩展问法",
            "其他问法",
            "更多问法",
            "问法",
            "同义问",
        ],
    ),
];

/// Columns of our own lists and of running numbers, which carry nothing to import.
const IGNORED: &[&str] = &["error", "错误", "错误原因", "失败原因", "序号", "行号", "line", "no", "number"];

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// A field of the article.
    Field(Field),
    /// Whether the article is switched off: the status, inverted.
    Disabled,
    /// Questions that must not find the article: no variants, not imported.
    Negatives,
    /// Follow-up prompts of QnA Maker.
    Prompts,
    /// Metadata of QnA Maker.
    Metadata,
    /// A column that marks a file of QnA Maker and carries nothing to import.
    QnaSource,
    /// Text of a refused row that found no field.
    Rest,
    /// Nothing to import.
    Ignored,
    /// A column without a name.
    Nameless,
    /// A column with a name that means nothing here.
    Unknown,
}

/// What the columns of a header hold. Nameless columns behind the variants continue them; a field's second column is unknown.
pub fn columns(header: &[String]) -> Vec<Column> {
    let mut columns: Vec<Column> = Vec::with_capacity(header.len());
    for name in header {
        let column = match column(name) {
            Column::Nameless if columns.last() == Some(&Column::Field(Field::Variants)) => Column::Field(Field::Variants),
            Column::Field(field) if field != Field::Variants && columns.contains(&Column::Field(field)) => Column::Unknown,
            column => column,
        };
        columns.push(column);
    }
    columns
}

fn column(header: &str) -> Column {
    if let Some(field) = field_of(header) {
        return Column::Field(field);
    }
    match key(header).as_str() {
        "" => Column::Nameless,
        "是否停用" | "停用" | "是否禁用" | "disabled" => Column::Disabled,
        "反例问题" | "反例" | "负例" | "negativequestions" | "negatives" => Column::Negatives,
        "prompts" => Column::Prompts,
        "metadata" => Column::Metadata,
        "source" | "suggestedquestions" | "iscontextonly" | "sourcedisplayname" => Column::QnaSource,
        "其余" | "rest" => Column::Rest,
        name if IGNORED.contains(&name) => Column::Ignored,
        _ => Column::Unknown,
    }
}

/// The field that a column or key names: without stars and bracketed notes (`问题*（必填）`), in either script, in any case.
pub fn field_of(header: &str) -> Option<Field> {
    // The names that we write ourselves need no folding, which would cost more than the rest of a JSON line.
    if let Some(field) = Field::ALL.into_iter().find(|field| field.name() == header) {
        return Some(field);
    }
    let key = key(header);
    let find = |key: &str| NAMES.iter().find(|(_, names)| names.contains(&key)).map(|(field, _)| *field);
    // 相似问1, 相似问2 …, variant 3: each of them continues the variants.
    find(&key).or_else(|| find(key.trim_end_matches(|c: char| c.is_ascii_digit())).filter(|field| *field == Field::Variants))
}

/// Whether a column is known to carry nothing to import.
pub fn is_ignored(header: &str) -> bool {
    IGNORED.contains(&key(header).as_str())
}

/// A header without its stars and notes, folded.
pub fn key(header: &str) -> String {
    let mut plain = String::with_capacity(header.len());
    let mut depth = 0u32;
    for c in header.chars() {
        match c {
            '(' | '（' | '[' | '【' | '〔' | '<' => depth += 1,
            ')' | '）' | ']' | '】' | '〕' | '>' => depth = depth.saturating_sub(1),
            _ if depth == 0 => plain.push(c),
            _ => {}
        }
    }
    phrasing_key(plain.trim_matches(|c: char| c.is_whitespace() || matches!(c, '*' | '＊' | '★' | '☆' | ':' | '：')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_both_languages_and_scripts() {
        for (header, field) in [
            ("问题", Field::Title),
            ("＊問題（必填）", Field::Title),
            ("標題", Field::Title),
            ("Question*", Field::Title),
            ("机器人回答(必填-多个用##分隔)", Field::Answer),
            (" Valid From ", Field::ValidFrom),
            ("valid_until", Field::ValidUntil),
            ("失效日期：", Field::ValidUntil),
            ("相似问法 2", Field::Variants),
            ("variant3", Field::Variants),
            ("ＩＤ", Field::Id),
            ("QnaId", Field::Id),
            ("分類", Field::Category),
        ] {
            assert_eq!(field_of(header), Some(field), "{header}");
        }
        for header in ["", "问题描述图片", "title2", "反例问题", "错误"] {
            assert_eq!(field_of(header), None, "{header}");
        }
        assert!(is_ignored("错误 error") || is_ignored("错误"));
    }

    #[test]
    fn names_are_folded_and_belong_to_one_field() {
        let mut seen = std::collections::HashSet::new();
        for (field, names) in NAMES {
            for name in names {
                assert_eq!(key(name), *name, "{field:?}");
                assert!(seen.insert(*name), "{name} stands twice");
            }
            assert_eq!(field_of(field.name()), Some(field));
        }
    }
}
