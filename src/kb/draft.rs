//! From a row of texts to an article, or to the reason why there is none.

use sha2::{Digest, Sha256};

use super::dates::{self, End, Limit};
use super::lists::{self, Separators};
use super::wording::{Notice, Refusal, quoted};
use super::{Field, RawRow, ReadOptions, lint};
use crate::domain::article::{Article, ArticleStatus};
use crate::domain::ids::ArticleId;
use crate::domain::locale::Locale;
use crate::domain::time::Timestamp;
use crate::domain::wording::Wording;
use crate::text::normalize::phrasing_key;

/// The longest derived id before it is cut and a hash appended, in bytes.
const DERIVED_ID_MAX: usize = 96;

/// Makes an article of a row. `locale` is that of the path, if the path names one.
pub fn article(raw: &RawRow, locale: Option<Locale>, options: &ReadOptions, warnings: &mut Vec<Notice>) -> Result<Article, Refusal> {
    if !raw.rest.trim().is_empty() {
        return Err(unplaced(&raw.rest));
    }
    if let Some((field, _)) = raw.cells().find(|(_, text)| text.contains('\u{fffd}')) {
        return Err(lint::ArticleFault::Unreadable { field: field.name() }.refusal());
    }
    let title = lint::one_line(raw.get(Field::Title).unwrap_or_default());
    if title.is_empty() {
        return Err(lint::ArticleFault::Empty { field: Field::Title.name() }.refusal());
    }
    let id = id(raw, &title, warnings)?;
    let locale = read_locale(raw)?.or(locale).unwrap_or(options.default_locale);

    let mut article = Article::new(id, locale, title, lint::tidy_answer(raw.get(Field::Answer).unwrap_or_default()));
    let variants = values(raw, Field::Variants, Separators::Phrasings);
    let merged = lint::merge_phrasings(&article.title, variants.iter().map(|variant| lint::one_line(variant)));
    for (repeat, earlier) in &merged.repeats {
        let (repeat, earlier) = (quoted(repeat), quoted(earlier));
        warnings.push(Notice::of_row(
            "variant_repeated",
            format!("问法“{repeat}”与“{earlier}”相同，已合并"),
            format!("the variant {repeat:?} is the same question as {earlier:?}: merged"),
        ));
    }
    article.variants = merged.kept;
    article.category = lint::tidy_category(raw.get(Field::Category).unwrap_or_default());
    article.tags = lint::labels(&values(raw, Field::Tags, Separators::Labels));
    article.channels = lint::labels(&values(raw, Field::Channels, Separators::Labels));
    article.status = status(raw)?;
    article.valid_from = validity(raw, Field::ValidFrom, End::From, options)?;
    article.valid_until = validity(raw, Field::ValidUntil, End::Until, options)?;
    article.related = related(raw, &article.id, warnings)?;
    lint::check_article(&article).map_err(|fault| fault.refusal())?;
    Ok(article)
}

/// The refusal of a row with text that belongs to no field.
pub fn unplaced(rest: &str) -> Refusal {
    let rest = quoted(rest.trim());
    Refusal::new(
        "text_without_field",
        Wording::new(format!("“{rest}”不属于任何字段"), format!("{rest:?} belongs to no field")),
        Wording::new(
            "请把这段文字移到正确的列，再清空“其余/rest”列。",
            "Move this text into the right column, then empty the column “rest”.",
        ),
    )
}

/// The id of an article that names none: the letters and digits of its title, which stay the same when rows are reordered or the
/// punctuation changes; a long one is cut and told apart by a hash.
pub fn derived_id(title: &str) -> Option<ArticleId> {
    let key: String = phrasing_key(title).chars().map(|c| if c.is_control() || c == '/' || c == '\\' { '-' } else { c }).collect();
    if key.len() <= DERIVED_ID_MAX && key != "." && key != ".." {
        return key.parse().ok();
    }
    let digest = Sha256::digest(key.as_bytes());
    let hash: String = digest[..6].iter().map(|byte| format!("{byte:02x}")).collect();
    let end = key.floor_char_boundary(DERIVED_ID_MAX);
    format!("{}-{hash}", key[..end].trim()).parse().ok()
}

fn id(raw: &RawRow, title: &str, warnings: &mut Vec<Notice>) -> Result<ArticleId, Refusal> {
    let written = raw.get(Field::Id).map(lint::one_line);
    let Some(text) = written.as_deref().filter(|text| !text.is_empty()) else {
        let id = derived_id(title).ok_or_else(|| bad_id(title))?;
        if written.is_some() {
            warnings.push(Notice::of_row(
                "id_derived",
                format!("没有 id，由标题得出：{id}"),
                format!("no id: derived from the title: {id}"),
            ));
        }
        return Ok(id);
    };
    text.parse().map_err(|_| bad_id(text))
}

fn bad_id(text: &str) -> Refusal {
    let text = quoted(text);
    Refusal::new(
        "id_invalid",
        Wording::new(format!("id“{text}”无效"), format!("{text:?} is no valid id")),
        Wording::new("id 最长 128 字节，不含斜杠和控制字符。", "An id has at most 128 bytes, no slashes and no control characters."),
    )
}

fn values(raw: &RawRow, field: Field, separators: Separators) -> Vec<String> {
    raw.get(field).map(|cell| lists::split(cell, separators)).unwrap_or_default()
}

fn read_locale(raw: &RawRow) -> Result<Option<Locale>, Refusal> {
    let text = raw.get(Field::Locale).map(str::trim).unwrap_or_default();
    match text.to_lowercase().as_str() {
        "" => return Ok(None),
        "中文" | "简体中文" | "简体" | "chinese" | "cn" => return Ok(Some(Locale::ZhCn)),
        "英文" | "英语" | "english" => return Ok(Some(Locale::En)),
        _ => {}
    }
    text.parse().map(Some).map_err(|_| {
        let text = quoted(text);
        Refusal::new(
            "locale_unknown",
            Wording::new(format!("不支持语言“{text}”"), format!("the locale {text:?} is not supported")),
            Wording::new("请写 zh-CN 或 en。", "Write zh-CN or en."),
        )
    })
}

fn status(raw: &RawRow) -> Result<ArticleStatus, Refusal> {
    let text = raw.get(Field::Status).unwrap_or_default();
    match phrasing_key(text).as_str() {
        "" | "published" | "publish" | "已发布" | "发布" | "上线" | "已上线" | "启用" | "active" | "enabled" => {
            Ok(ArticleStatus::Published)
        }
        "draft" | "草稿" | "未发布" | "待发布" => Ok(ArticleStatus::Draft),
        "archived" | "archive" | "已归档" | "归档" | "下线" | "已下线" | "停用" | "已停用" | "disabled" | "inactive" => {
            Ok(ArticleStatus::Archived)
        }
        _ => {
            let text = quoted(text);
            Err(Refusal::new(
                "status_unknown",
                Wording::new(format!("未知状态“{text}”"), format!("{text:?} is no status")),
                Wording::new("请写 published（已发布）、draft（草稿）或 archived（已归档）。", "Write published, draft or archived."),
            ))
        }
    }
}

fn validity(raw: &RawRow, field: Field, end: End, options: &ReadOptions) -> Result<Option<Timestamp>, Refusal> {
    let text = raw.get(field).unwrap_or_default();
    match dates::limit(text, end, &options.time_zone) {
        Some(Limit::None) => Ok(None),
        Some(Limit::At(moment)) => Ok(Some(moment)),
        None => {
            let (name, text) = (field.name(), quoted(text));
            Err(Refusal::new(
                "date_invalid",
                Wording::new(format!("{name} 的“{text}”不是可识别的日期"), format!("{name}: {text:?} is no date")),
                Wording::new("请写成 2026-11-26 或 2026-11-26 20:30（年在前）。", "Write 2026-11-26 or 2026-11-26 20:30, year first."),
            ))
        }
    }
}

fn related(raw: &RawRow, own: &ArticleId, warnings: &mut Vec<Notice>) -> Result<Vec<ArticleId>, Refusal> {
    let mut ids: Vec<ArticleId> = Vec::new();
    for text in values(raw, Field::Related, Separators::Labels) {
        let id: ArticleId = lint::one_line(&text).parse().map_err(|_| bad_id(&text))?;
        if id == *own {
            warnings.push(Notice::of_row("related_to_itself", "相关文章中有它自己，已去掉", "the article is related to itself: left out"));
        } else if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Ok(ids)
}
