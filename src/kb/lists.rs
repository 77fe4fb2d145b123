//! Several values in one cell.
//!
//! Variants separate at a newline, `|`, `;`, `；` and, but at the start of a line where it is a heading, at `##`; other lists
//! also at `，`, `、` and `,`. A backslash before a separator makes it part of the value; a backslash elsewhere is itself. So any list
//! of one-line values can be [`join`]ed and [`split`] again.

/// What separates the values of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Separators {
    /// Of phrasings, which contain commas.
    Phrasings,
    /// Of labels and ids.
    Labels,
}

impl Separators {
    fn has(self, c: char) -> bool {
        matches!(c, '|' | ';' | '；') || (self == Separators::Labels && matches!(c, '，' | '、' | ','))
    }

    /// Length in bytes of the separator that `text` begins with, a newline aside.
    fn at(self, text: &str) -> Option<usize> {
        let first = text.chars().next()?;
        if self.has(first) {
            return Some(first.len_utf8());
        }
        (self == Separators::Phrasings && text.starts_with("##")).then_some(2)
    }
}

/// The values of a cell, trimmed, without empty ones.
pub fn split(cell: &str, separators: Separators) -> Vec<String> {
    let mut values = Vec::new();
    for line in cell.split(['\n', '\r']) {
        let mut value = String::new();
        let mut rest = line;
        while let Some(c) = rest.chars().next() {
            if c == '#' && rest.len() == line.len() {
                let run = line.len() - line.trim_start_matches('#').len();
                value.push_str(&line[..run]);
                rest = &line[run..];
                continue;
            }
            if c == '\\' {
                let run = rest.len() - rest.trim_start_matches('\\').len();
                let after = &rest[run..];
                if let Some(length) = separators.at(after) {
                    value.extend(std::iter::repeat_n('\\', run / 2));
                    if run % 2 == 1 {
                        value.push_str(&after[..length]);
                        rest = &after[length..];
                    } else {
                        rest = after;
                    }
                } else {
                    value.push_str(&rest[..run]);
                    rest = after;
                }
            } else if let Some(length) = separators.at(rest) {
                push(&mut values, &mut value);
                rest = &rest[length..];
            } else {
                value.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
        push(&mut values, &mut value);
    }
    values
}

fn push(values: &mut Vec<String>, value: &mut String) {
    let trimmed = value.trim();
    if !trimmed.is_empty() {
        values.push(trimmed.to_owned());
    }
    value.clear();
}

/// One cell that [`split`]s into `values` (newlines within a value become spaces): a line each.
pub fn join<'a>(values: impl IntoIterator<Item = &'a str>, separators: Separators) -> String {
    let mut cell = String::new();
    for (i, value) in values.into_iter().enumerate() {
        if i > 0 {
            cell.push('\n');
        }
        let line = value.replace(['\n', '\r'], " ");
        let marks = line.len() - line.trim_start_matches('#').len();
        cell.push_str(&line[..marks]);
        let mut rest = &line[marks..];
        while let Some(c) = rest.chars().next() {
            let run = rest.len() - rest.trim_start_matches('\\').len();
            let after = &rest[run..];
            if let Some(length) = separators.at(after) {
                cell.extend(std::iter::repeat_n('\\', 2 * run + 1));
                cell.push_str(&after[..length]);
                rest = &after[length..];
            } else if run > 0 {
                cell.push_str(&rest[..run]);
                rest = after;
            } else {
                cell.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
    }
    cell
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn variants_and_labels_separate_at_their_own_marks() {
        let variants = |cell| split(cell, Separators::Phrasings);
        assert_eq!(
            variants("怎么退？\n能退吗|不想要了;退货；还能退不、多久"),
            ["怎么退？", "能退吗", "不想要了", "退货", "还能退不、多久"]
        );
        assert_eq!(variants("能退吗##怎么退 ## 退货"), ["能退吗", "怎么退", "退货"]);
        assert_eq!(variants("## 退货\r\n|;"), ["## 退货"]);
        assert_eq!(variants(r"A\|B 款;C:\盘\\;"), ["A|B 款", r"C:\盘\"]);
        assert_eq!(split("退货，售后、运费,7天；a|b", Separators::Labels), ["退货", "售后", "运费", "7天", "a", "b"]);
    }

    proptest! {
        #[test]
        fn any_list_survives_a_cell(values in prop::collection::vec(r"[\\;；|#、，,a退 ]{1,8}", 0..5)) {
            let values: Vec<String> = values.iter().map(|v| v.trim().to_owned()).filter(|v| !v.is_empty()).collect();
            for separators in [Separators::Phrasings, Separators::Labels] {
                let cell = join(values.iter().map(String::as_str), separators);
                prop_assert_eq!(&split(&cell, separators), &values, "{}", cell);
            }
        }
    }
}
