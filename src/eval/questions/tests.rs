//! Question files as editors write them, good and bad.

use super::*;
use crate::domain::locale::Locale;
use crate::error::{Code, Coded};

fn read_bytes(name: &str, bytes: &[u8]) -> Result<Vec<LabelledQuestion>, QuestionsError> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    Ok(read(&path, LIMITS)?.questions)
}

const LIMITS: Limits<'static> = Limits { known: &|id| !matches!(id.as_str(), "gone" | "none") && is_one_id(id.as_str()), chars: 60 };

fn shown(questions: &[LabelledQuestion]) -> Vec<(usize, &str, Vec<&str>, Option<&str>)> {
    questions
        .iter()
        .map(|q| (q.line, q.question.as_str(), q.expected.iter().map(ArticleId::as_str).collect(), q.slice.as_deref()))
        .collect()
}

#[test]
fn every_form_says_the_same() {
    let want = [
        (2, "退款多久到账？", vec!["refund"], Some("plain")),
        (3, "运费，谁出", vec!["fee", "return"], None),
        (4, "今天天气", vec![], Some("far")),
    ];
    let csv = "问题,期望/文章,分组\n退款多久到账？,refund,plain\n\"运费，谁出\",fee|return,\n今天天气,无,far\n";
    let tsv = "\u{feff}Question\tExpected\tSlice\n退款多久到账？\trefund\tplain\n运费，谁出\tfee；return\t\n今天天气\tNone\tfar\n";
    let gbk = encoding_rs::GB18030.encode(csv).0.into_owned();
    let jsonl = concat!(
        "\n{\"question\":\"退款多久到账？\",\"expected\":\"refund\",\"slice\":\"plain\"}\n",
        "{\"问题\":\"运费，谁出\",\"期望\":[\"fee\",\"return\",\"fee\"],\"分组\":null}\n",
        "{\"question\":\"今天天气\",\"expected\":[],\"slice\":\"far\",\"note\":1}\n"
    );
    for (name, bytes) in [("q.csv", csv.as_bytes()), ("q.tsv", tsv.as_bytes()), ("gbk.csv", &gbk), ("q.jsonl", jsonl.as_bytes())] {
        assert_eq!(shown(&read_bytes(name, bytes).unwrap()), want, "{name}");
    }
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    for (row, cells) in
        [["提问", "期望", "组"], ["退款多久到账？", "refund", "plain"], ["运费，谁出", "fee\nreturn", ""], ["今天天气", "none", "far"]]
            .iter()
            .enumerate()
    {
        for (column, cell) in cells.iter().enumerate() {
            sheet.write_string(row as u32, column as u16, *cell).unwrap();
        }
    }
    assert_eq!(shown(&read_bytes("q.xlsx", &workbook.save_to_buffer().unwrap()).unwrap()), want);
    let mut several = rust_xlsxwriter::Workbook::new();
    for name in ["甲", "乙"] {
        let sheet = several.add_worksheet();
        sheet.set_name(name).unwrap();
        for (row, cells) in [["提问", "期望"], ["退款", "refund"]].iter().enumerate() {
            for (column, cell) in cells.iter().enumerate() {
                sheet.write_string(row as u32, column as u16, *cell).unwrap();
            }
        }
    }
    let several = read_bytes("q.xlsx", &several.save_to_buffer().unwrap()).unwrap();
    let sheets: Vec<Option<&str>> = several.iter().map(|question| question.sheet.as_deref()).collect();
    assert_eq!(sheets, [Some("甲"), Some("乙")], "a line alone would not tell them apart");
    assert_eq!(fingerprint(&read_bytes("q.csv", csv.as_bytes()).unwrap()), fingerprint(&read_bytes("q.jsonl", jsonl.as_bytes()).unwrap()));
}

#[test]
fn what_is_wrong_is_named_with_its_line() {
    for (text, line, want) in [
        ("{\"question\":\"x\",\"expected\":[\"gone\"]}", 1, "gone is not in the knowledge base"),
        ("\n{\"question\":", 2, "no JSON object"),
        ("{\"question\":\"x\",\"expected\":[]}\n{\"question\":", 2, "no JSON object"),
        ("{\"question\":\" \",\"expected\":[]}", 1, "empty"),
        ("{\"question\":\"x\"}", 1, "write none"),
        ("{\"question\":\"x\",\"expected\":null}", 1, "write none"),
        ("{\"question\":\"x\",\"expectd\":[\"a\"]}", 1, "write none"),
        ("{\"question\":\"x\",\"expected\":[\"a/gone\"]}", 1, "not a valid article id"),
        ("{\"question\":\"x\",\"expected\":[1]}", 1, "expected must be a text"),
        ("问题,期望\n退款,a\n\n运费,\n", 4, "write none"),
        ("问题,期望\n退款,a\n运费,a;gone\n", 3, "gone is not in the knowledge base"),
        ("问题,期望\n退款,none;a\n", 2, "none cannot stand beside ids"),
        ("{\"question\":\"x\",\"expected\":[\"a\",\"none\"]}", 1, "none cannot stand beside ids"),
        ("\n[{\"question\":\"x\",\"expected\":[\"a\"]}]\n", 2, "write one object a line"),
        ("问题,期望\n退款,\"a,b\"\n", 2, "a,b is several ids: separate them by |"),
        ("问题,期望\n退款,a、b\n", 2, "a、b is several ids"),
        ("问题,期望\n退款,a，b\n", 2, "a，b is several ids"),
        ("问题,期望\n退款,a/b\n", 2, "a/b is several ids"),
        ("{\"question\":\"x\",\"expected\":\"a|b\"}", 1, "write a list in JSON"),
        ("问题,期望\n退款,\"a,gone\"\n", 2, "article a,gone is not in the knowledge base"),
        ("问题,期望,文章编号\n退款,a,b\n", 1, "expected stands more than once: 期望, 文章编号"),
        ("问题,期望,提问\n退款,a,b\n", 1, "question stands more than once: 问题, 提问"),
        ("{\"question\":\"x\",\"问题\":\"y\",\"expected\":\"a\"}", 1, "question stands more than once"),
        ("问题,期望\n退款多久,a\n退款多久,a|b\n退款多久,b\n", 4, "the same question as in line 2, where a is expected and not b"),
        ("问题,期望\n退款多久,a\n运费,b\n退款多久？,b\n", 4, "the same question as in line 2, where a is expected and not b"),
        ("问题,期望\n退款多久,a\n退款多久,none\n", 3, "where a is expected and not none"),
        ("问题,期望\n退款，运费,a,b\n", 2, "more fields"),
        ("问题,期望\n\"退款,a\n", 2, "never closed"),
        ("问题,期望\n,a\n", 2, "empty"),
        ("退款,a\n", 1, "name the columns"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("q");
        std::fs::write(&path, text).unwrap();
        let error = read(&path, LIMITS).unwrap_err();
        let (en, zh) = (error.message(Locale::En), error.message(Locale::ZhCn));
        assert!(en.starts_with(&format!("{}:{line}: ", path.display())) && en.contains(want) && zh != en, "{text:?}: {en} {zh}");
    }
    assert!(matches!(read_bytes("q.jsonl", b"\n"), Err(QuestionsError::Empty { .. })));
    assert!(matches!(read_bytes("q.csv", "问题,期望\n".as_bytes()), Err(QuestionsError::Empty { .. })));
    let undecodable = read_bytes("q.csv", b"a\0b").unwrap_err();
    let said = undecodable.message(Locale::En) + &undecodable.hint(Locale::En);
    assert!(undecodable.code() == Code::FileEncoding && !said.contains("--encoding") && said.contains("byte-order mark"), "{said}");
}

#[test]
fn a_log_leaves_the_tested_questions_out() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log");
    let tested = read_bytes("q.csv", "问题,期望\n退款多久到账？,a\n".as_bytes()).unwrap();
    std::fs::write(&path, "退款多久到账\n\n{\"question\":\"运费多少\"}\n天气\n").unwrap();
    assert_eq!(read_log(&path, &tested, 9).unwrap(), ["运费多少", "天气"]);
    let error = read_log(&path, &tested, 3).unwrap_err().to_string();
    assert!(error.contains(":1: the question has 6 characters, at most 3 are taken"), "{error}");
    std::fs::write(&path, "天气\n{\"text\":1}\n").unwrap();
    assert!(read_log(&path, &tested, 9).unwrap_err().to_string().contains(":2: "));
    std::fs::write(&path, "退款多久到账!\n").unwrap();
    assert_eq!(read_log(&path, &tested, 9).unwrap(), [""; 0], "only tested ones: nothing is left");
    std::fs::write(&path, "\n").unwrap();
    let error = read_log(&path, &tested, 9).unwrap_err();
    assert!(matches!(error, QuestionsError::Empty { form: Form::Log, .. }) && error.hint(Locale::En).contains("labels are not needed"));
}

#[test]
fn all_wrong_lines_are_named_at_once_up_to_a_number() {
    let rows = |n: usize| (0..n).map(|n| format!("问{n},gone\n")).collect::<String>();
    let error = read_bytes("q.csv", format!("问题,期望\n好,a\n{}坏,\n", rows(2)).as_bytes()).unwrap_err();
    let QuestionsError::Lines { wrong, more: 0, .. } = &error else { panic!("{error:?}") };
    assert_eq!(wrong.iter().map(|wrong| wrong.place.line).collect::<Vec<_>>(), [3, 4, 5]);
    assert_eq!(error.message(Locale::En).lines().count(), 3);
    let error = read_bytes("q.csv", format!("问题,期望\n{}", rows(25)).as_bytes()).unwrap_err();
    let said = error.message(Locale::ZhCn);
    assert!(said.lines().count() == 21 && said.ends_with("另有 5 处"), "{said}");
}

#[test]
fn plain_duplicates_and_none_in_a_list_are_read() {
    let read = read_bytes("q.csv", "问题,期望\n退款,b;a\n退款？,a|b\n".as_bytes()).unwrap();
    assert_eq!(read.len(), 2);
    for none in ["[\"none\"]", "[\"无\"]", "[]", "\"none\""] {
        let read = read_bytes("q.jsonl", format!("{{\"question\":\"x\",\"expected\":{none}}}").as_bytes()).unwrap();
        assert!(!read[0].in_scope(), "{none}");
    }
    let path = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(path.path(), "问题,期望\n退款,a\n退款,b\n").unwrap();
    assert_eq!(read_as_labelled(path.path(), LIMITS).unwrap().questions.len(), 2);
}

#[test]
fn what_is_not_read_is_noted() {
    let noted = |name: &str, text: &str| {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(name), text).unwrap();
        let note = read_as_labelled(&dir.path().join(name), LIMITS).unwrap().note()?;
        let here = format!("{}/", dir.path().display());
        Some([note.zh.replace(&here, ""), note.en.replace(&here, "")])
    };
    assert_eq!(noted("q.csv", "问题,期望,\n退款,a,\n"), None);
    let want = ["没有读取的列：q.csv：expected_2、备注", "columns that are not read: q.csv: expected_2, 备注"];
    assert_eq!(noted("q.csv", "问题,期望,expected_2,备注\n退款,a,b,\n").unwrap(), want);
    let rows = "{\"question\":\"x\",\"expected\":\"a\",\"n\":1}\n{\"question\":\"y\",\"expected\":\"a\",\"n\":1,\"m\":2}\n";
    assert_eq!(noted("q.jsonl", rows).unwrap()[1].split(": ").last(), Some("n, m"));
}

#[test]
fn what_people_write_for_none_is_none_unless_an_article_is_called_so() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("q.csv");
    for none in ["-", "－", "N/A", "n/a", "没有文章", "無", "无"] {
        std::fs::write(&path, format!("问题,期望\n退款,{none}\n")).unwrap();
        assert!(!read(&path, LIMITS).unwrap().questions[0].in_scope(), "{none}");
    }
    std::fs::write(&path, "问题,期望\n退款,-\n").unwrap();
    let known = Limits { known: &|id| id.as_str() == "-", ..LIMITS };
    assert_eq!(read(&path, known).unwrap().questions[0].expected[0].as_str(), "-");
}

#[test]
fn questions_that_no_customer_can_send_are_refused() {
    let error = read_bytes("q.csv", format!("问题,期望\n运费,a\n{},a\n", "退".repeat(61)).as_bytes()).unwrap_err();
    let (zh, en) = (error.message(Locale::ZhCn), error.message(Locale::En));
    assert!(en.contains(":3: the question has 61 characters, at most 60 are taken"), "{en}");
    assert!(zh.contains("问题有 61 个字符，最多 60 个"), "{zh}");
    assert!(read_bytes("q.csv", format!("问题,期望\n{},a\n", "退".repeat(60)).as_bytes()).is_ok());
}
