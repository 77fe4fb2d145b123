//! Tables exported by QnA Maker: a row a phrasing, grouped into articles.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::lists::{self, Separators};
use super::table::Cells;
use super::wording::Notice;
use super::{Field, RawRow, ReadOptions, Row, draft};
use crate::domain::ids::ArticleId;

/// Groups the rows by their id, or in old files without ids by their answer: the first is the title, the others are variants.
///
/// In cells `\n` is a newline and `\\` a backslash; metadata (`k:v|k:v`) become tags, prompts relations. Prompts may go in circles;
/// those whose target is not in the file are dropped with a warning.
pub fn rows(records: Vec<Cells>, options: &ReadOptions) -> Vec<Row> {
    let mut groups: Vec<Group> = Vec::new();
    let mut by_key: HashMap<String, usize> = HashMap::new();
    for cells in records {
        let key = match cells.raw.get(Field::Id).map(str::trim).filter(|id| !id.is_empty()) {
            Some(id) => format!("id {id}"),
            None => format!("answer {}", cells.raw.get(Field::Answer).unwrap_or_default()),
        };
        let fresh = cells.refusal.is_some() || !cells.raw.rest.is_empty();
        match by_key.get(&key).filter(|_| !fresh) {
            Some(&at) => groups[at].phrasings.push(unescape(cells.raw.get(Field::Title).unwrap_or_default())),
            None => {
                if !fresh {
                    by_key.insert(key, groups.len());
                }
                groups.push(Group { cells, phrasings: Vec::new() });
            }
        }
    }
    let known: HashSet<String> = groups.iter().filter_map(|group| group.cells.raw.get(Field::Id)).map(|id| id.trim().to_owned()).collect();
    groups.into_iter().map(|group| group.into_row(&known, options)).collect()
}

struct Group {
    cells: Cells,
    phrasings: Vec<String>,
}

impl Group {
    fn into_row(self, known: &HashSet<String>, options: &ReadOptions) -> Row {
        let Cells { place, raw: read, refusal, mut warnings, extra: [metadata, prompts] } = self.cells;
        let mut raw = RawRow::unreadable(read.rest.clone());
        for (field, text) in read.cells() {
            raw.set(field, unescape(text));
        }
        let variants = lists::split(read.get(Field::Variants).unwrap_or_default(), Separators::Phrasings);
        let variants = variants.iter().chain(&self.phrasings).map(String::as_str);
        raw.set(Field::Variants, lists::join(variants, Separators::Phrasings));
        raw.set(Field::Tags, lists::join(metadata.split('|').map(str::trim).filter(|tag| !tag.is_empty()), Separators::Labels));
        let targets = targets(&prompts);
        if targets.is_none() {
            warnings.push(Notice::of_row("prompts_unreadable", "Prompts 列不是 JSON，已忽略", "the prompts are no JSON: ignored"));
        }
        let mut related = Vec::new();
        for target in targets.unwrap_or_default() {
            if known.contains(&target) && target.parse::<ArticleId>().is_ok() {
                related.push(target);
            } else {
                warnings.push(Notice::of_row(
                    "prompt_target_missing",
                    format!("后续提示指向的 QnA {target} 不在文件中，已去掉"),
                    format!("a prompt leads to QnA {target}, which is not in the file: dropped"),
                ));
            }
        }
        raw.set(Field::Related, lists::join(related.iter().map(String::as_str), Separators::Labels));
        let outcome = match refusal {
            Some(refusal) => Err(refusal),
            None => draft::article(&raw, None, options, &mut warnings),
        };
        Row { place, outcome, warnings, raw }
    }
}

/// `\n`, `\r`, `\t` and `\\` written as two characters; any other backslash is itself.
fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let escaped = match (c, chars.peek()) {
            ('\\', Some('n' | 'r')) => Some('\n'),
            ('\\', Some('t')) => Some('\t'),
            ('\\', Some('\\')) => Some('\\'),
            _ => None,
        };
        if escaped.is_some() {
            chars.next();
        }
        plain.push(escaped.unwrap_or(c));
    }
    plain
}

/// The ids that prompts lead to; `None` if they are no JSON.
fn targets(prompts: &str) -> Option<Vec<String>> {
    if prompts.trim().is_empty() {
        return Some(Vec::new());
    }
    let value: Value = serde_json::from_str(prompts).ok()?;
    // Newer exports wrap the list: {"isContextOnly": …, "prompts": […]}.
    let list = value.as_array().or_else(|| value.get("prompts").and_then(Value::as_array))?;
    let id = |prompt: &Value| {
        let (_, id) = prompt.as_object()?.iter().find(|(key, _)| key.eq_ignore_ascii_case("qnaid"))?;
        id.as_str().map(|id| id.trim().to_owned()).or_else(|| id.as_u64().map(|id| id.to_string()))
    };
    Some(list.iter().filter_map(id).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kb::{Document, read_bytes};

    fn read(text: &str) -> Document {
        read_bytes("qna.tsv", text.as_bytes(), &ReadOptions::default()).unwrap()
    }

    #[test]
    fn phrasings_group_by_id_and_prompts_become_relations() {
        let document = read(concat!(
            "Question\tAnswer\tSource\tMetadata\tSuggestedQuestions\tIsContextOnly\tPrompts\tQnaId\tSourceDisplayName\n",
            "怎么退货\t第一步\\n路径 C:\\\\盘\tEditorial\ttopic:退货|level:1\t[]\tFalse\t",
            "[{\"displayOrder\":0,\"qnaId\":2,\"displayText\":\"运费\"},{\"qnaId\":9,\"displayText\":\"x\"}]\t1\tEditorial\n",
            "运费谁付\t看原因\tEditorial\t\t[]\tFalse\t[{\"qnaId\":1}]\t2\tEditorial\n",
            "能退吗\t第一步\\n路径 C:\\\\盘\tEditorial\ttopic:退货|level:1\t[]\tFalse\t[]\t1\tEditorial\n",
        ));
        assert_eq!(document.rows.len(), 2);
        let first = document.rows[0].outcome.as_ref().unwrap();
        assert_eq!((first.id.as_str(), first.title.as_str(), &first.variants[..]), ("1", "怎么退货", &["能退吗".to_owned()][..]));
        assert_eq!(first.answer, "第一步\n路径 C:\\盘");
        assert_eq!(first.tags, ["topic:退货", "level:1"]);
        assert_eq!(first.related, ["2".parse().unwrap()]);
        assert_eq!(document.rows[0].warnings.iter().map(|w| w.code).collect::<Vec<_>>(), ["prompt_target_missing"]);
        assert_eq!(document.rows[1].outcome.as_ref().unwrap().related, ["1".parse().unwrap()]);
    }

    #[test]
    fn old_files_group_by_answer() {
        for tail in ["", "\tkey:v"] {
            let header = if tail.is_empty() { "Question\tAnswer\tSource" } else { "Question\tAnswer\tSource\tMetadata" };
            let document = read(&format!(
                "{header}\nhi there\tHello!\tEditorial{tail}\nhow to return\tUse the app\tEditorial{tail}\nhey\tHello!\tEditorial{tail}\n"
            ));
            let articles: Vec<_> = document.rows.iter().map(|row| row.outcome.as_ref().unwrap()).collect();
            assert_eq!(articles.len(), 2);
            assert_eq!((articles[0].id.as_str(), &articles[0].variants[..]), ("hithere", &["hey".to_owned()][..]));
        }
    }
}
