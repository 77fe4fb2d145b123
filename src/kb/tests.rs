//! The whole way: bytes in every form to rows, rows to a plan, articles to files and back.

use std::path::Path;

use proptest::prelude::*;

use super::export::{Form, export};
use super::*;
use crate::domain::article::ArticleStatus;
use crate::domain::time::Timestamp;

fn read(name: &str, text: &str) -> Document {
    read_bytes(name, text.as_bytes(), &ReadOptions::default()).unwrap()
}

/// The one article of a file.
fn one(name: &str, text: &str) -> Article {
    let document = read(name, text);
    assert_eq!(document.rows.len(), 1, "{text}");
    document.rows[0].outcome.clone().unwrap_or_else(|refusal| panic!("{text}: {refusal:?}"))
}

/// `line code` of each refused row.
fn refused(document: &Document) -> Vec<(u64, &'static str)> {
    document.rows.iter().filter_map(|row| row.outcome.as_ref().err().map(|refusal| (row.place.line, refusal.code))).collect()
}

fn notices(document: &Document) -> Vec<&'static str> {
    document.notices.iter().map(|notice| notice.code).collect()
}

fn plan_of(text: &str, existing: &[Article]) -> Plan {
    plan(read("kb.csv", text), existing, &PlanOptions::default())
}

fn verdicts(plan: &Plan) -> Vec<&'static str> {
    plan.items.iter().map(|item| item.refusal.as_ref().map_or(item.verdict.name(), |refusal| refusal.code)).collect()
}

fn article(id: &str, title: &str, answer: &str) -> Article {
    Article::new(id.parse().unwrap(), Locale::ZhCn, title, answer)
}

mod tables {
    use super::*;

    #[test]
    fn the_delimiter_is_found_by_the_header() {
        for text in ["问题,答案\n怎么退,看;这里\n", "问题;答案\n怎么退;看,这里\n", "问题\t答案\n怎么退\t看,这;里\n"]
        {
            let article = one("kb.csv", text);
            assert_eq!(article.title, "怎么退", "{text}");
            assert!(article.answer.starts_with('看'), "{text}");
        }
        assert!(matches!(read_bytes("kb.csv", "甲,乙\n1,2\n".as_bytes(), &ReadOptions::default()), Err(KbError::Format { .. })));
        assert!(matches!(read_bytes("kb.csv", " \n".as_bytes(), &ReadOptions::default()), Err(KbError::Format { .. })));
    }

    #[test]
    fn headers_go_by_names_in_any_order_below_a_note() {
        let document = read(
            "kb.csv",
            "请按说明填写，勿改表头,,,,\n＊答案（必填）,備註,*標題,相似問,\n点退货,x,怎么退,能退吗|退货,\"还能退吗\n退得了吗\"\n",
        );
        assert_eq!(notices(&document), ["encoding", "delimiter", "line_skipped", "column_unknown"]);
        let article = document.rows[0].outcome.as_ref().unwrap();
        assert_eq!((article.title.as_str(), article.answer.as_str()), ("怎么退", "点退货"));
        assert_eq!(article.variants, ["能退吗", "退货", "还能退吗", "退得了吗"]);
        assert_eq!(document.rows[0].place.to_string(), "kb.csv:3");
    }

    #[test]
    fn rows_of_another_length_are_refused_and_the_lines_are_the_files() {
        let document = read("kb.csv", "问题,答案\n一,\"甲\n乙\"\n二,亲，您好,请稍等\n三\n四,好,\n五,\"丙\n\n\n丁\"\n六,戊,己\n");
        assert_eq!(refused(&document), [(4, "field_count"), (5, "field_count"), (6, "field_count"), (11, "field_count")]);
        let hint = &document.rows[1].outcome.as_ref().unwrap_err().hint;
        assert!(hint.zh.contains("双引号") && hint.en.contains("Quote the answer"));
    }

    #[test]
    fn an_open_quote_refuses_its_record_and_is_told() {
        let document = read("kb.csv", "问题,答案\n一,甲\n二,\"乙\n三,丙\n");
        assert_eq!(refused(&document), [(3, "quote_open")]);
        assert!(notices(&document).contains(&"not_read_to_end"));
        assert!(document.rows[1].raw.rest.contains("三,丙"));
    }

    #[test]
    fn broken_bytes_refuse_their_row_only() {
        let mut bytes = "问题,答案\n怎么退货呢,甲\n运费谁付呢,乙\n多久到账呢,丙\n".as_bytes().to_vec();
        let at = bytes.windows(3).position(|w| w == "运".as_bytes()).unwrap();
        bytes[at + 1] = b'x';
        let document = read_bytes("kb.csv", &bytes, &ReadOptions::default()).unwrap();
        assert_eq!(refused(&document), [(3, "broken_text")]);
    }

    #[test]
    fn ids_are_text() {
        let document = read("kb.csv", "id,title,answer\n0012,一问,甲\n 12 ,二问,乙\n,三问,丙\na/b,四问,丁\n");
        let ids: Vec<_> = document.rows.iter().map(|row| row.outcome.as_ref().map(|a| a.id.to_string()).map_err(|r| r.code)).collect();
        assert_eq!(ids, [Ok("0012".into()), Ok("12".into()), Ok("三问".into()), Err("id_invalid")]);
        assert_eq!(document.rows[2].warnings[0].code, "id_derived");
    }

    #[test]
    fn derived_ids_do_not_depend_on_the_order() {
        let ids = |text| -> Vec<String> {
            let mut ids: Vec<String> = read("a.csv", text).rows.iter().map(|r| r.outcome.as_ref().unwrap().id.to_string()).collect();
            ids.sort();
            ids
        };
        assert_eq!(ids("问题,答案\n怎么退？,甲\n😀,乙\n"), ids("问题,答案\n😀,乙\n怎么退？,甲\n"));
        let long = "很长的问题".repeat(40);
        let other = format!("{long}吗");
        let both = ids(&format!("问题,答案\n{long},甲\n{other},乙\n"));
        assert!(both[0] != both[1] && both.iter().all(|id| id.len() <= crate::domain::ids::ARTICLE_ID_MAX));
    }

    #[test]
    fn a_switched_off_row_is_archived_and_negatives_are_no_variants() {
        let text = concat!(
            "分类(必填),问题(必填),相似问题(选填-多个用##分隔),反例问题(选填-多个用##分隔),机器人回答(必填-多个用##分隔),是否停用(选填-默认FALSE)\n",
            "售后/ 退货,怎么退,能退吗##退货,怎么换,\"先申请##再寄回\n## 标题\",TRUE\n",
            "售后,怎么换,,,换,FALSE\n售后,怎么修,,,修,大概\n"
        );
        let document = read("faq.csv", text);
        let first = document.rows[0].outcome.as_ref().unwrap();
        assert_eq!((first.status, first.category.as_str()), (ArticleStatus::Archived, "售后/退货"));
        assert_eq!(first.variants, ["能退吗", "退货"]);
        assert_eq!(first.answer, "先申请\n\n再寄回\n## 标题");
        assert_eq!(document.rows[1].outcome.as_ref().unwrap().status, ArticleStatus::Published);
        assert_eq!(refused(&document), [(5, "status_unknown")]);
        assert!(notices(&document).contains(&"column_negatives"));
    }

    #[test]
    fn what_an_article_may_not_be_is_refused_with_numbers() {
        let long = "长".repeat(20_001);
        let document = read(
            "kb.csv",
            &format!(
                "问题,答案,生效,生效时间,失效时间\n,甲,,,\n一,,,,\n二,{long},,,\n三,好,,下周,\n四,好,,2026-02-02,2026-02-01\n五,好,,2026-02-01,2026-02-01\n"
            ),
        );
        assert_eq!(
            refused(&document),
            [(2, "field_empty"), (3, "field_empty"), (4, "field_too_long"), (5, "date_invalid"), (6, "validity_reversed")]
        );
        assert!(document.rows[2].outcome.as_ref().unwrap_err().message.en.contains("20001 characters, the limit is 20000"));
        let day = document.rows[5].outcome.as_ref().unwrap();
        assert_eq!(day.valid_until.unwrap().since_ms(day.valid_from.unwrap()), 86_400_000);
    }
}

mod workbooks {
    use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};

    use super::*;

    #[test]
    fn cells_are_read_as_people_see_them() {
        let mut book = Workbook::new();
        book.add_worksheet().set_name("说明").unwrap().write_string(0, 0, "填写说明").unwrap();
        let sheet = book.add_worksheet();
        for (column, name) in ["编号", "问题", "答案", "生效日期", "失效日期"].into_iter().enumerate() {
            sheet.write_string(1, column as u16, name).unwrap();
        }
        let date = Format::new().set_num_format("yyyy-mm-dd");
        sheet.write_number(2, 0, 12).unwrap();
        sheet.write_string(2, 1, "怎么退_x0041_").unwrap();
        sheet.write_string(2, 2, "第一行\n=1+1").unwrap();
        sheet.write_datetime_with_format(2, 3, ExcelDateTime::from_ymd(2026, 11, 26).unwrap(), &date).unwrap();
        sheet.write_number(2, 4, 46353).unwrap();
        sheet.write_string(4, 0, "0012").unwrap();
        sheet.write_string(4, 1, "=不是公式").unwrap();
        sheet.write_formula(4, 2, Formula::new("1/0").set_result("#DIV/0!")).unwrap();
        sheet.write_string(1_048_575, 2, " ").unwrap();
        let document = read_bytes("表.csv", &book.save_to_buffer().unwrap(), &ReadOptions::default()).unwrap();
        let first = document.rows[0].outcome.as_ref().unwrap();
        assert_eq!((first.id.as_str(), first.title.as_str(), first.answer.as_str()), ("12", "怎么退_x0041_", "第一行\n=1+1"));
        assert_eq!(first.valid_from.unwrap().to_string(), "2026-11-25T16:00:00.000Z");
        assert_eq!(first.valid_until.unwrap().to_string(), "2026-11-27T16:00:00.000Z");
        assert_eq!(document.rows[1].place.to_string(), "表.csv:5");
        assert_eq!(document.rows.len(), 2);
        assert_eq!(notices(&document), ["sheet_skipped"]);
    }

    #[test]
    fn other_containers_are_refused_whole() {
        for bytes in [&b"PK\x03\x04not a workbook"[..], b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1old"] {
            assert!(matches!(read_bytes("kb.xlsx", bytes, &ReadOptions::default()), Err(KbError::Format { .. })));
        }
    }
}

mod json {
    use super::*;

    #[test]
    fn lines_arrays_and_spread_objects_are_read() {
        let first = r#"{"id":"a","title":"一","answer":"甲"}"#;
        let lines = format!("{first}\n\n{}\n", r#"{"id":7,"question":"二","答案":"乙","variants":["三;四"]}"#);
        let rest = "{\n\"id\":7,\n\"question\":\"二\",\"答案\":\"乙\",\"variants\":[\"三;四\"]}";
        let array = format!("{}[\n{first},\n\n{rest}\n]", '\u{feff}');
        let spread = "{\n\"id\":\"a\",\"title\":\"一\",\"answer\":\"{甲}\"}\n".to_owned()
            + r#"{"id":7, "title":"二","answer":"\"}","variants":["三;四"]"#
            + "\n}\n";
        for (text, second) in [(&lines, 3), (&array, 4), (&spread, 3)] {
            let document = read("kb.jsonl", text);
            let articles: Vec<_> =
                document.rows.iter().map(|row| row.outcome.as_ref().unwrap_or_else(|r| panic!("{text}: {r:?}"))).collect();
            assert_eq!(articles.iter().map(|a| a.id.as_str()).collect::<Vec<_>>(), ["a", "7"]);
            assert_eq!(articles[1].variants, ["三;四"]);
            assert_eq!(document.rows[1].place.line, second, "{text}");
        }
    }

    #[test]
    fn a_bad_line_names_line_and_column_and_stops_nothing() {
        let document = read(
            "kb.jsonl",
            concat!(
                "{\"title\":\"一\",\"answer\":\"甲\"}\n{\"title\":\"二\" \"answer\":\"乙\"}\n{\"title\":[\"三\"],\"answer\":\"丙\"}\n",
                "\"x\"\n{\"title\":\"四\",\"answer\":\"丁\",\"颜色\":\"红\",\"tags\":null}"
            ),
        );
        assert_eq!(refused(&document), [(2, "json_invalid"), (3, "field_type"), (4, "json_invalid")]);
        assert_eq!(document.rows[1].place.to_string(), "kb.jsonl:2:16");
        assert_eq!(notices(&document), ["encoding", "field_unknown"]);
        assert_eq!(document.rows[1].raw.rest, "{\"title\":\"二\" \"answer\":\"乙\"}");
    }

    #[test]
    fn an_open_array_is_told() {
        let document = read("kb.json", "[{\"title\":\"一\",\"answer\":\"甲\"},\n{\"title\":\"二\",");
        assert_eq!((document.rows.len(), refused(&document)), (2, vec![(2, "json_invalid")]));
        assert!(notices(&document).contains(&"not_read_to_end"));
    }
}

mod markdown {
    use super::*;

    #[test]
    fn only_the_first_block_is_metadata() {
        let article = one("a.md", "\u{feff}---\r\nid: a\r\ntitle: 怎么退\r\nlocale: en\r\n---\r\n第一段\r\n\r\n---\r\ntitle: x\r\n---\r\n");
        assert_eq!(article.answer, "第一段\n\n---\ntitle: x\n---");
        assert_eq!((article.title.as_str(), article.locale), ("怎么退", Locale::En));
    }

    #[test]
    fn a_bad_file_names_its_line_and_refuses_only_itself() {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in [
            ("zh-CN/退货/a.md", "---\nid: a\ntitle: 退货: 怎么退 # 急\nmood: 好\n---\n甲"),
            ("zh-CN/退货/b.md", "---\nid: b\ntitle: [一, 二]\n---\n乙"),
            ("en/returns/a.md", "---\nid: a\ntitle: how\n---\nuse the app"),
            ("en/returns/c.md", "no block"),
            ("en/returns/d.md", "---\nid: d\n"),
            ("README.md", "# about"),
            (".git/x.md", "x"),
            ("facts.toml", "x = 1"),
        ] {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let document = read_path(dir.path(), &ReadOptions::default()).unwrap();
        let places: Vec<String> = document.rows.iter().map(|row| row.place.to_string()).collect();
        assert_eq!(places, ["en/returns/a.md:1", "en/returns/c.md:1", "en/returns/d.md:1", "zh-CN/退货/a.md:1", "zh-CN/退货/b.md:3"]);
        assert_eq!(refused(&document), [(1, "front_matter_missing"), (1, "front_matter_missing"), (3, "front_matter_invalid")]);
        assert_eq!(document.rows[0].outcome.as_ref().unwrap().locale, Locale::En);
        let zh = &document.rows[3];
        assert_eq!(zh.outcome.as_ref().unwrap().title, "退货: 怎么退 # 急");
        assert_eq!(zh.warnings[0].place.as_ref().unwrap().to_string(), "zh-CN/退货/a.md:3");
        assert_eq!(document.notices[0].place.as_ref().unwrap().to_string(), "zh-CN/退货/a.md:4");
        assert!(matches!(read_path(&dir.path().join(".git"), &ReadOptions::default()).map(|d| d.rows.len()), Ok(1)));
        std::fs::create_dir(dir.path().join("none")).unwrap();
        assert!(matches!(read_path(&dir.path().join("none"), &ReadOptions::default()), Err(KbError::Format { .. })));
        assert!(matches!(read_path(&dir.path().join("gone"), &ReadOptions::default()), Err(KbError::Unreadable { .. })));
    }

    #[test]
    fn what_is_written_is_yaml() {
        use saphyr_parser::{Event, Parser};
        let mut written = article("0012", "退货: 怎么退 #1", "好");
        written.variants = vec!["no".into(), "- 能退吗".into(), "a\\b \"c\"".into(), "20:30".into()];
        written.tags = vec!["退货, 运费".into(), "618".into()];
        let text = super::super::markdown::write(&written);
        let block = text.split("---\n").nth(1).unwrap();
        let scalars: Vec<String> = Parser::new_from_str(block)
            .filter_map(|event| match event.unwrap().0 {
                Event::Scalar(text, ..) => Some(text.into_owned()),
                _ => None,
            })
            .collect();
        let want = [
            "id",
            "0012",
            "title",
            "退货: 怎么退 #1",
            "variants",
            "no",
            "- 能退吗",
            "a\\b \"c\"",
            "20:30",
            "tags",
            "退货, 运费",
            "618",
            "locale",
            "zh-CN",
            "status",
            "published",
        ];
        assert_eq!(scalars, want);
    }
}

mod plans {
    use super::*;

    #[test]
    fn importing_twice_changes_nothing() {
        let text = "id,问题,答案\na,怎么退,甲\nb,怎么换,乙\n";
        let first = plan_of(text, &[]);
        assert_eq!(verdicts(&first), ["created", "created"]);
        assert_eq!(verdicts(&plan_of(text, &first.to_write)), ["unchanged", "unchanged"]);
        let third = plan_of("id,问题,答案\na,怎么退,甲\nb,怎么换,丙\n", &first.to_write);
        assert_eq!((verdicts(&third), third.to_write.len()), (vec!["unchanged", "updated"], 1));
    }

    #[test]
    fn columns_that_a_table_lacks_keep_what_is_stored() {
        let mut stored = article("a", "怎么退", "甲");
        stored.tags = vec!["退货".into()];
        stored.variants = vec!["能退吗".into()];
        let plan = plan_of("id,问题,答案,标签\na,怎么退,乙,\n", &[stored.clone()]);
        assert_eq!((&plan.to_write[0].variants, plan.to_write[0].tags.len()), (&stored.variants, 0));
        let json = read("kb.jsonl", "{\"id\":\"a\",\"title\":\"怎么退\",\"answer\":\"甲\"}");
        assert!(super::plan(json, &[stored], &PlanOptions::default()).to_write[0].variants.is_empty());
    }

    #[test]
    fn the_same_question_in_another_spelling_is_the_same() {
        let plan = plan_of("问题,答案\n怎么退货ABC？,甲\n怎麼退貨 ａｂｃ,甲\n怎么\u{200b}退货abc!,乙\n", &[]);
        assert_eq!(verdicts(&plan), ["created", "unchanged", "id_repeated"]);
        assert_eq!(plan.items[1].warnings[0].code, "row_repeated");
        assert!(plan.items[2].refusal.as_ref().unwrap().message.zh.contains("kb.csv:2"));
    }

    #[test]
    fn repeats_within_an_article_merge_and_are_told() {
        let plan = plan_of("问题,答案,相似问\n怎么退,甲,怎麼退？|能退吗|能退 吗|家庭👨‍👩‍👧装\n", &[]);
        assert_eq!(plan.to_write[0].variants, ["能退吗", "家庭👨‍👩‍👧装"]);
        assert_eq!(plan.items[0].warnings.iter().map(|w| w.code).collect::<Vec<_>>(), ["variant_repeated", "variant_repeated"]);
    }

    #[test]
    fn a_phrasing_belongs_to_one_article() {
        let stored = article("s", "运费谁付", "看原因");
        let text = "id,问题,答案,相似问\na,怎么退,甲,能退吗\nb,怎么换,乙,能退吗？\nc,运费誰付,丙,\nd,怎么修,丁,\ne,怎么退！,甲,能退吗\nf,运费谁付？,看原因,\n";
        let plan = plan_of(text, std::slice::from_ref(&stored));
        assert_eq!(verdicts(&plan), ["created", "phrasing_taken", "phrasing_taken", "created", "unchanged", "unchanged"]);
        let message = |at: usize| &plan.items[at].refusal.as_ref().unwrap().message;
        assert!(message(1).zh.contains("文章 a（zh-CN，kb.csv:2）"), "{}", message(1).zh);
        assert!(message(2).en.contains("the stored article s (zh-CN)"), "{}", message(2).en);
        assert_eq!(plan.refused.len(), 2);

        let shared = super::plan(read("kb.csv", text), &[stored], &PlanOptions { allow_shared_phrasings: true });
        assert_eq!((shared.count(Verdict::Refused), shared.to_write.len()), (0, 6));
        assert!(shared.items[1].warnings.iter().any(|w| w.code == "phrasing_shared"));
    }

    #[test]
    fn translations_share_and_archived_articles_free_their_phrasings() {
        let plan = plan_of("id,问题,答案,语言,状态\na,iPhone 16,甲,zh,\na,iphone16,x,en,\nb,双11规则,旧,,归档\nc,双11规则,新,,\n", &[]);
        assert_eq!(verdicts(&plan), ["created"; 4]);
    }

    #[test]
    fn a_phrasing_may_move_if_the_article_it_leaves_is_taken() {
        let mut old = article("b", "怎么换", "乙");
        old.variants = vec!["能换吗".into()];
        let moved = "id,问题,答案,相似问\na,换货,甲,能换吗\nb,怎么换,乙,\n";
        assert_eq!(verdicts(&plan_of(moved, std::slice::from_ref(&old))), ["created", "updated"]);
        // Whether the row of b is taken hangs on c; while it was not, b kept both phrasings, which is the safe side to err on.
        let blocked = "id,问题,答案,相似问\na,换货,甲,能换吗\nc,怎么换,丙,\nb,怎么换,乙,\n";
        let plan = plan_of(blocked, std::slice::from_ref(&old));
        assert_eq!(verdicts(&plan), ["phrasing_taken", "phrasing_taken", "updated"]);
    }

    #[test]
    fn odd_ids_and_relations_are_pointed_out() {
        let plan = plan_of("id,问题,答案,相关文章\nFaq-1,怎么退,甲,faq-1、gone、Faq-1\nfaq-1,怎么换,乙,\n", &[]);
        let codes: Vec<_> = plan.items.iter().flat_map(|item| item.warnings.iter().map(|w| w.code)).collect();
        assert_eq!(codes, ["related_to_itself", "related_unknown", "id_differs_in_case"]);
    }

    #[test]
    fn refused_rows_can_be_corrected_and_imported_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("refused.csv");
        let text = "id,问题,答案,相似问\na,怎么退,亲，您好,请稍等,能退吗\nb,怎么换,,\"=换;换货\"\nc,怎么修,丙,\n";
        let plan = plan_of(text, &[]);
        assert_eq!(verdicts(&plan), ["field_count", "field_empty", "created"]);
        write_refused(&plan, &path).unwrap();
        let again = super::plan(read_path(&path, &ReadOptions::default()).unwrap(), &[], &PlanOptions::default());
        assert_eq!(verdicts(&again), ["text_without_field", "field_empty"]);
        assert!(!again.notices.iter().any(|notice| notice.code == "column_unknown"), "{:?}", again.notices);

        let written = std::fs::read_to_string(&path).unwrap();
        assert!(written.starts_with('\u{feff}') && written.contains("b,怎么换,,"), "{written}");
        std::fs::write(&path, written.replace("b,怎么换,,", "b,怎么换,可以换,")).unwrap();
        let corrected = super::plan(read_path(&path, &ReadOptions::default()).unwrap(), &[], &PlanOptions::default());
        assert_eq!(verdicts(&corrected), ["text_without_field", "created"]);
        assert_eq!(corrected.to_write[0].variants, ["=换", "换货"]);
    }

    #[test]
    fn ten_thousand_rows_come_back_unchanged() {
        let rows: String =
            (0..10_000).map(|n| format!("{{\"id\":\"q{n}\",\"title\":\"第{n}个问题怎么办\",\"answer\":\"答案{n}\"}}\n")).collect();
        let document = read("kb.jsonl", &rows);
        let plan = super::plan(document, &[], &PlanOptions::default());
        assert_eq!(plan.count(Verdict::Created), 10_000);
        let again = super::plan(read("kb.jsonl", &rows), &plan.to_write, &PlanOptions::default());
        assert_eq!(again.count(Verdict::Unchanged), 10_000);
    }
}

mod round_trips {
    use super::*;

    const TEXT: &str = r#"[-=+@'"`#|;；，、,:\\/<>&*_~\[\]{}!?%0-9A-Zaé退货貨換運👨‍👩ﬁ①㎏ \t\n\u{a0}\u{200b}]{0,14}"#;
    const HTML: &str = r"(<p>|</p>|<b>|</b>|<br>|<script>|</script>|---\n|```\n|_x000D_|&amp;|[退a .\n]){0,8}";

    prop_compose! {
        fn articles()(
            drafts in prop::collection::vec((
                (r"[0-9a-zA-Z退:*?.'=# -]{1,8}", TEXT, any::<bool>(), (TEXT, HTML)),
                (prop::collection::vec(TEXT, 0..4), TEXT, prop::collection::vec(TEXT, 0..3), prop::collection::vec(TEXT, 0..3)),
                (0..3usize, prop::option::of(0i64..4_000_000_000_000), prop::option::of(0i64..4_000_000_000_000), any::<bool>()),
            ), 0..5),
        ) -> Vec<Article> {
            let mut articles: Vec<Article> = Vec::new();
            for (at, draft) in drafts.into_iter().enumerate() {
                let ((id, title, english, (text, html)), (variants, category, tags, channels), (status, from, until, related)) = draft;
                let Ok(id) = format!("{id}{at}").parse::<crate::domain::ids::ArticleId>() else { continue };
                // A number of its own in each phrasing keeps them apart from other articles'.
                let own = |text: &str, n: usize| format!("{text}q{at}n{n}");
                let locale = if english { Locale::En } else { Locale::ZhCn };
                let mut article = Article::new(id, locale, own(&title, 0), format!("{text}{html}好"));
                article.variants = variants.iter().enumerate().map(|(n, v)| own(v, n + 1)).collect();
                article.category = category;
                article.tags = tags;
                article.channels = channels;
                article.status = [ArticleStatus::Draft, ArticleStatus::Published, ArticleStatus::Archived][status];
                article.valid_from = from.map(Timestamp);
                article.valid_until = until.map(|until| Timestamp(from.unwrap_or(0) + 1 + until));
                article.related = articles.iter().filter(|_| related).map(|other| other.id.clone()).collect();
                if lint::check_article(&lint::tidy(article.clone())).is_ok() {
                    articles.push(article);
                }
            }
            articles
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn every_form_gives_the_articles_back(articles in articles()) {
            let dir = tempfile::tempdir().unwrap();
            for (form, name) in [(Form::Tree, "tree"), (Form::Csv, "kb.csv"), (Form::Jsonl, "kb.jsonl"), (Form::Xlsx, "kb.xlsx")] {
                let path = dir.path().join(name);
                prop_assert_eq!(export(&articles, &path, form).unwrap(), articles.len());
                if articles.is_empty() { continue; }
                let document = read_path(&path, &ReadOptions::default()).unwrap();
                let plan = plan(document, &articles, &PlanOptions::default());
                for item in &plan.items {
                    prop_assert_eq!(item.verdict, Verdict::Unchanged, "{:?} {:?} {:?} {:?}", form, item.refusal, plan.to_write, articles);
                }
                prop_assert_eq!(plan.items.len(), articles.len());
            }
        }

        #[test]
        fn tidying_is_idempotent(articles in articles()) {
            for article in articles {
                let once = lint::tidy(article);
                prop_assert_eq!(lint::tidy(once.clone()), once);
            }
        }
    }

    #[test]
    fn exports_repeat_byte_for_byte_and_hold_the_longest_articles() {
        let dir = tempfile::tempdir().unwrap();
        let mut longest = article("长", "最长的一篇", &"长".repeat(crate::domain::article::ANSWER_MAX_CHARS));
        longest.variants = (0..crate::domain::article::VARIANTS_MAX).map(|n| format!("{n:04}{}", "长".repeat(76))).collect();
        for (form, name) in [(Form::Csv, "kb.csv"), (Form::Jsonl, "kb.jsonl"), (Form::Xlsx, "kb.xlsx")] {
            let path = dir.path().join(name);
            let bytes = [0, 1].map(|_| {
                export(std::slice::from_ref(&longest), &path, form).unwrap();
                std::fs::read(&path).unwrap()
            });
            assert!(bytes[0] == bytes[1], "{form:?}");
            let plan = plan(read_path(&path, &ReadOptions::default()).unwrap(), std::slice::from_ref(&longest), &PlanOptions::default());
            assert_eq!(verdicts(&plan), ["unchanged"], "{form:?}");
        }
    }

    #[test]
    fn the_sample_articles_are_unchanged_after_every_form() {
        let kb = Path::new(env!("CARGO_MANIFEST_DIR")).join("kb");
        let created = plan(read_path(&kb, &ReadOptions::default()).unwrap(), &[], &PlanOptions::default());
        assert_eq!(created.count(Verdict::Created), created.items.len(), "{:?}", created.refused);
        let dir = tempfile::tempdir().unwrap();
        for (form, name) in [(Form::Tree, "tree"), (Form::Csv, "kb.csv"), (Form::Jsonl, "kb.jsonl"), (Form::Xlsx, "kb.xlsx")] {
            let path = dir.path().join(name);
            export(&created.to_write, &path, form).unwrap();
            let again = plan(read_path(&path, &ReadOptions::default()).unwrap(), &created.to_write, &PlanOptions::default());
            assert_eq!(again.count(Verdict::Unchanged), created.items.len(), "{form:?}");
        }
    }
}

mod any_bytes {
    use super::*;

    /// Beginnings that lead into each reader.
    const HEADS: [&[u8]; 9] = [
        b"",
        b"id,title,answer,variants,valid_from\n",
        "问题\t答案\tPrompts\tQnaId\n".as_bytes(),
        b"[{\"title\":",
        b"{\"title\":\"a\"}\n{",
        b"---\ntitle: a\n",
        b"\xff\xfe",
        b"PK\x03\x04",
        b"<p>",
    ];

    const MARKS: &str = r#"[-"',;:|\[\]{}<>/\\#\n\r\t 0-9退a]{0,80}"#;

    proptest! {
        #[test]
        fn reading_never_panics(
            head in 0..HEADS.len(),
            name in 0..4usize,
            tail in prop::collection::vec(any::<u8>(), 0..200),
            text in MARKS,
        ) {
            let name = ["kb.csv", "kb.jsonl", "a.md", "kb.xlsx"][name];
            for tail in [&tail[..], text.as_bytes()] {
                let bytes = [HEADS[head], tail].concat();
                if let Ok(document) = read_bytes(name, &bytes, &ReadOptions::default()) {
                    for row in &document.rows {
                        if let Ok(article) = &row.outcome {
                            let lost = article.phrasings().chain([article.answer.as_str()]).any(|text| text.contains('\u{fffd}'));
                            prop_assert!(!lost, "{:?}", article);
                        }
                    }
                    plan(document, &[], &PlanOptions::default());
                }
            }
        }

    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn damaged_workbooks_never_panic(at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>()) {
            let mut book = rust_xlsxwriter::Workbook::new();
            let sheet = book.add_worksheet();
            for (column, name) in ["问题", "答案"].into_iter().enumerate() {
                sheet.write_string(0, column as u16, name).unwrap();
                sheet.write_string(1, column as u16, "x").unwrap();
            }
            let mut bytes = book.save_to_buffer().unwrap();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            let _ = read_bytes("kb.xlsx", &bytes, &ReadOptions::default());
            bytes.truncate(cut.index(bytes.len()));
            let _ = read_bytes("kb.xlsx", &bytes, &ReadOptions::default());
        }
    }
}
