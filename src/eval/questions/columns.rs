//! What the columns of a table and the keys of an object hold, by name.

use crate::domain::wording::Wording;
use crate::kb::header_key;

/// What a column or key holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// What is asked.
    Question,
    /// The articles that would answer it.
    Expected,
    /// The part of the set.
    Slice,
}

impl Column {
    /// What it is called in Chinese, with the name that files go by.
    pub const fn zh(self) -> &'static str {
        match self {
            Column::Question => "问题（question）",
            Column::Expected => "期望（expected）",
            Column::Slice => "分组（slice）",
        }
    }

    /// What it is called in English.
    pub const fn en(self) -> &'static str {
        match self {
            Column::Question => "question",
            Column::Expected => "expected",
            Column::Slice => "slice",
        }
    }
}

/// The names of columns and keys, folded as headers are.
const NAMES: [(Column, &[&str]); 3] = [
    (Column::Question, &["question", "q", "query", "text", "问题", "问", "提问", "顾客问题", "用户问题", "测试问题"]),
    (
        Column::Expected,
        &[
            "expected",
            "expectedarticle",
            "expectedarticles",
            "article",
            "articles",
            "articleid",
            "articleids",
            "label",
            "期望",
            "预期",
            "期望文章",
            "预期文章",
            "正确文章",
            "应答文章",
            "文章",
            "文章编号",
            "文章id",
            "标注",
        ],
    ),
    (Column::Slice, &["slice", "group", "subset", "分组", "组", "组别", "切片", "类别", "分类"]),
];

fn column(name: &str) -> Option<Column> {
    let key = header_key(name);
    NAMES.iter().find(|(_, names)| names.contains(&key.as_str())).map(|(column, _)| *column)
}

/// Where the columns stand, or the keys of an object.
#[derive(Debug, Default)]
pub struct Columns {
    question: Vec<usize>,
    expected: Vec<usize>,
    slice: Vec<usize>,
    ignored: Vec<usize>,
}

impl Columns {
    /// The columns by their names.
    pub fn of<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let mut columns = Columns::default();
        for (at, name) in names.enumerate() {
            match column(name) {
                Some(Column::Question) => columns.question.push(at),
                Some(Column::Expected) => columns.expected.push(at),
                Some(Column::Slice) => columns.slice.push(at),
                None if name.trim().is_empty() => {}
                None => columns.ignored.push(at),
            }
        }
        columns
    }

    fn all(&self, column: Column) -> &[usize] {
        match column {
            Column::Question => &self.question,
            Column::Expected => &self.expected,
            Column::Slice => &self.slice,
        }
    }

    /// Whether they can be those of labelled questions.
    pub fn are_labelled(&self) -> bool {
        !self.question.is_empty() && !self.expected.is_empty()
    }

    /// The place of a column.
    pub fn place(&self, column: Column) -> Option<usize> {
        self.all(column).first().copied()
    }

    /// The places of what is not read.
    pub fn ignored(&self) -> &[usize] {
        &self.ignored
    }

    /// What is wrong where several hold the same: which of them is meant cannot be told.
    pub fn doubled(&self, name: impl Fn(usize) -> String) -> Option<Wording> {
        let column = [Column::Question, Column::Expected, Column::Slice].into_iter().find(|column| self.all(*column).len() > 1)?;
        let names = |joint: &str| self.all(column).iter().map(|at| name(*at)).collect::<Vec<_>>().join(joint);
        let (zh, en) = match column {
            Column::Expected => ("；几个编号写在一起，用 | 分隔", "; several ids stand together, separated by |"),
            Column::Question | Column::Slice => ("", ""),
        };
        Some(Wording::new(
            format!("{}写了不止一处：{}；请只留一处{zh}", column.zh(), names("、")),
            format!("{} stands more than once: {}; keep one of them{en}", column.en(), names(", ")),
        ))
    }
}
