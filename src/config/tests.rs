//! Layers over each other, messages that name what is wrong, and the example file.

use std::collections::BTreeSet;

use super::*;
use crate::error::{Code, Coded};

const EXAMPLE: &str = include_str!("../../config.example.toml");

fn none() -> Environment {
    Environment::default()
}

/// Loads `toml` under the name `jieda.toml` with these variables.
fn load(toml: &str, variables: &[(&str, &str)]) -> Result<Config, String> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("jieda.toml");
    std::fs::write(&path, toml).unwrap();
    Config::load(Some(&path), &Environment::of(variables.iter().copied()), Overrides::default()).map_err(|error| {
        assert_eq!(error.code(), Code::ConfigInvalid);
        error.to_string().replace(&format!("{}/", dir.path().display()), "")
    })
}

#[test]
fn the_environment_wins_over_the_file_and_flags_win_over_both() {
    let file = "[server]\nbind = \"0.0.0.0:1\"\ndrain_s = 3\n[shop]\nname_zh = \"小店\"\n";
    let config = load(file, &[("JIEDA_SERVER__BIND", "0.0.0.0:2"), ("JIEDA_SHOP__NAME_EN", "618"), ("HOME", "/")]).unwrap();
    assert_eq!((config.server.bind.port(), config.server.drain_s), (2, 3));
    assert_eq!((config.shop.name_zh.as_str(), config.shop.name_en.as_str()), ("小店", "618"));

    let overrides = Overrides { bind: Some("[::1]:3".parse().unwrap()), data_dir: Some("/d".into()), ..Overrides::default() };
    let environment = Environment::of([("JIEDA_SERVER__BIND", "0.0.0.0:2"), ("JIEDA_MODELS__DIR", "m")]);
    let config = Config::load(None, &environment, overrides).unwrap();
    assert_eq!((config.server.bind.port(), config.server.data_dir.as_path()), (3, Path::new("/d")));
    assert_eq!(config.models.dir.as_deref(), Some(Path::new("m")));
}

#[test]
fn values_of_every_kind_are_read_from_both() {
    let file = r#"
        [server]
        trusted_proxies = ["127.0.0.1", "10.0.0.0/8"]
        allowed_origins = ["https://shop.example"]
        [answers]
        answer_threshold = 1
        [handoff]
        service_hours = "8:30-23:00"
        webhook_url = "https://shop.example/hook"
        webhook_secret = "0123456789abcdef"
        [shop]
        time_zone = "America/New_York"
        default_locale = "en"
        [log]
        format = "json"
    "#;
    let variables = [
        ("JIEDA_SERVER__TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8"),
        ("JIEDA_SERVER__ALLOWED_ORIGINS", "https://shop.example"),
        ("JIEDA_ANSWERS__ANSWER_THRESHOLD", "1"),
        ("JIEDA_HANDOFF__SERVICE_HOURS", "8:30-23:00"),
        ("JIEDA_HANDOFF__WEBHOOK_URL", "https://shop.example/hook"),
        ("JIEDA_HANDOFF__WEBHOOK_SECRET", "0123456789abcdef"),
        ("JIEDA_SHOP__TIME_ZONE", "America/New_York"),
        ("JIEDA_SHOP__DEFAULT_LOCALE", "en"),
        ("JIEDA_LOG__FORMAT", "json"),
    ];
    let from_file = load(file, &[]).unwrap();
    assert_eq!(from_file, load("", &variables).unwrap());
    assert_eq!(from_file.answers.answer_threshold, Some(1.0));
    assert_eq!(from_file.shop.time_zone.iana_name(), Some("America/New_York"));
    // An empty variable takes back what a file set.
    assert_eq!(load(file, &[("JIEDA_HANDOFF__WEBHOOK_URL", "")]).unwrap().handoff.webhook_url, None);
}

#[test]
fn precisions_by_name_are_read_from_tables_and_variables() {
    let file = "[answers]\ntarget_precision = 0.9\n[answers.target_precision_by_channel]\napp = 0.8\n\" phone\" = 0.99\n\
                [answers.target_precision_by_category]\n\"售后/退款\" = 0.97\n\"a=b\" = 0.6\n";
    let variables = [
        ("JIEDA_ANSWERS__TARGET_PRECISION", "0.9"),
        ("JIEDA_ANSWERS__TARGET_PRECISION_BY_CHANNEL", "app=0.8, phone = 0.99,"),
        ("JIEDA_ANSWERS__TARGET_PRECISION_BY_CATEGORY", "售后/退款=0.97,a=b=0.6"),
    ];
    let config = load(file, &[]).unwrap();
    assert_eq!(config, load("", &variables).unwrap());
    assert_eq!(config.answers.further_targets(), [0.6, 0.8, 0.97, 0.99]);
    // A variable takes the place of the whole table; an empty one takes it back.
    let app = |variable: &str| {
        let config = load(file, &[("JIEDA_ANSWERS__TARGET_PRECISION_BY_CHANNEL", variable)]).unwrap();
        config.answers.target_precision_by_channel.into_iter().collect::<Vec<_>>()
    };
    assert_eq!((app("web=0.7"), app("")), (vec![("web".to_owned(), 0.7)], vec![]));
}

#[test]
fn a_question_has_the_strictest_of_what_its_channel_and_category_ask_for() {
    let file = "[answers]\ntarget_precision = 0.9\n[answers.target_precision_by_channel]\napp = 0.8\nphone = 0.99\n\
                [answers.target_precision_by_category]\n\"售后\" = 0.95\n\"售后/退款\" = 0.7\n\"Refunds\" = 0.97\n";
    let answers = load(file, &[]).unwrap().answers;
    for (channel, categories, want) in [
        (None, &[][..], 0.9),
        (Some("web"), &["物流"], 0.9),
        (Some("app"), &["物流"], 0.8),
        (Some("App"), &[], 0.9),
        (Some("web"), &["售后"], 0.95),
        (Some("web"), &["售后/换货/流程"], 0.95),
        (Some("web"), &["售后/退款/到账"], 0.7),
        (Some("web"), &["售后服务"], 0.9),
        (Some("app"), &["售后/退款"], 0.8),
        (Some("phone"), &["售后"], 0.99),
        (None, &["售后/退款", "Refunds"], 0.97),
        (None, &["售后/退款", "Shipping"], 0.7),
    ] {
        assert_eq!(answers.target(channel, categories.iter().copied()), want, "{channel:?} {categories:?}");
    }
}

#[test]
fn a_wrong_line_is_named_with_what_is_allowed() {
    for (file, variables, message) in [
        ("[server]\nbnid = \"x\"", &[][..], r#"jieda.toml: unknown key "server.bnid"; did you mean "server.bind"?"#),
        ("[server]\nquestion_chars = 5", &[], r#"jieda.toml: unknown key "server.question_chars"; did you mean "limits.question_chars"?"#),
        ("[server]\ncolour = 5", &[], r#"jieda.toml: unknown key "server.colour""#),
        ("[sever]\nbind = 1", &[], r#"jieda.toml: unknown section "sever"; did you mean "server"?"#),
        ("bind = 1", &[], r#"jieda.toml: unknown section "bind""#),
        ("server = 1", &[], "jieda.toml: server = 1 is not allowed: it takes a section, written [server]"),
        ("[limits]\nburst = 0", &[], "jieda.toml: limits.burst = 0 is not allowed: it takes a whole number from 1 to 1000000"),
        ("[limits]\nburst = -1", &[], "jieda.toml: limits.burst = -1 is not allowed: it takes a whole number from 1 to 1000000"),
        ("[limits]\nburst = \"5\"", &[], "jieda.toml: limits.burst = \"5\" is not allowed: it takes a whole number from 1 to 1000000"),
        (
            "[answers]\nanswer_threshold = nan",
            &[],
            "jieda.toml: answers.answer_threshold = nan is not allowed: it takes a number from 0 to 1",
        ),
        (
            "[shop]\ntime_zone = \"Mars/Base\"",
            &[],
            "jieda.toml: shop.time_zone = \"Mars/Base\" is not allowed: it takes the name of a time zone such as Asia/Shanghai",
        ),
        (
            "[answers]\ntarget_precision_by_channel = 0.9",
            &[],
            "jieda.toml: answers.target_precision_by_channel = 0.9 is not allowed: \
             it takes a section of its own, written [answers.target_precision_by_channel]",
        ),
        (
            "[answers.target_precision_by_category]\n\"退款\" = 0.9\n\"赔付\" = 1",
            &[],
            "jieda.toml: answers.target_precision_by_category.\"赔付\" = 1 is not allowed: it takes a number from 0.5 to 0.999",
        ),
        (
            "[answers.target_precision_by_channel]\n\" \" = 0.9",
            &[],
            "jieda.toml: answers.target_precision_by_channel.\" \" = 0.9 is not allowed: \
             it takes a name that is not empty and stands once",
        ),
        (
            "[answers.target_precision_by_chanel]\napp = 0.9",
            &[],
            r#"jieda.toml: unknown key "answers.target_precision_by_chanel"; did you mean "answers.target_precision_by_channel"?"#,
        ),
        (
            "",
            &[("JIEDA_ANSWERS__TARGET_PRECISION_BY_CHANNEL", "app=0.9, =0.8")],
            "environment: JIEDA_ANSWERS__TARGET_PRECISION_BY_CHANNEL = \"app=0.9, =0.8\" is not allowed: \
             it takes name=number pairs with commas between, a number from 0.5 to 0.999",
        ),
        ("[shop]\nname_zh = \" \"", &[], "jieda.toml: shop.name_zh = \" \" is not allowed: it takes text that is not empty"),
        (
            "[handoff]\nwebhook_secret = \"hunter2\"",
            &[],
            "jieda.toml: handoff.webhook_secret = … is not allowed: it takes at least 16 characters",
        ),
        ("", &[("JIEDA_LOG__FORMAT", "xml")], "environment: JIEDA_LOG__FORMAT = \"xml\" is not allowed: it takes text or json"),
        ("", &[("JIEDA_SERVER__BNID", "x")], r#"environment: unknown variable "JIEDA_SERVER__BNID"; did you mean "JIEDA_SERVER__BIND"?"#),
        ("", &[("JIEDA_SERVER_BIND", "x")], r#"environment: unknown variable "JIEDA_SERVER_BIND"; did you mean "JIEDA_SERVER__BIND"?"#),
        (
            "[answers]\nanswer_threshold = 0.5\nclarify_threshold = 0.6",
            &[],
            "answers.clarify_threshold = 0.6 contradicts answers.answer_threshold = 0.5: \
             an article is offered at no more confidence than it is shown at",
        ),
    ] {
        assert_eq!(load(file, variables).unwrap_err(), message);
    }
}

#[test]
fn a_file_that_is_no_toml_is_refused_with_its_line() {
    let error = load("[server]\nbind = \"a\"\n名字 = 1\n", &[]).unwrap_err();
    assert!(error.starts_with("jieda.toml line 3: "), "{error}");
    let error = load("[server]\nbind = \n", &[]).unwrap_err();
    assert!(error.starts_with("jieda.toml line 2: "), "{error}");
    assert!(load("\u{feff}[server]\ndrain_s = 1\n", &[]).is_ok());

    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("jieda.toml");
    std::fs::write(&path, b"[shop]\nname_zh = \"\xc7\xe0\"\n").unwrap();
    let error = Config::load(Some(&path), &none(), Overrides::default()).unwrap_err();
    assert!(error.to_string().ends_with("jieda.toml line 2: not UTF-8"), "{error}");
    let error = Config::load(Some(&dir.path().join("none.toml")), &none(), Overrides::default()).unwrap_err();
    assert!(error.to_string().ends_with("none.toml cannot be read"), "{error}");
}

#[test]
fn variables_that_are_no_settings_are_left_alone() {
    assert_eq!(load("", &[("JIEDA_MODELS", "x"), ("JIEDA_TEST_REQUIRE_ALL", "1"), ("JIEDAX__Y", "1")]).unwrap(), Config::default());
}

#[test]
fn the_fingerprint_follows_what_bears_on_decisions() {
    let plain = Config::default();
    let mut elsewhere = Config::default();
    elsewhere.server.bind = "0.0.0.0:1".parse().unwrap();
    elsewhere.log.filter = "debug".into();
    elsewhere.limits.burst = 1;
    assert_eq!(plain.fingerprint(), elsewhere.fingerprint());
    let changes: &[fn(&mut Config)] = &[
        |c| c.answers.target_precision = 0.9,
        |c| c.answers.target_precision_by_channel = [("app".into(), 0.9)].into(),
        |c| c.answers.target_precision_by_category = [("app".into(), 0.9)].into(),
        |c| c.answers.answer_threshold = Some(0.5),
        |c| c.answers.clarify_threshold = Some(0.5),
        |c| c.answers.encode_deadline_ms = 1,
        |c| c.answers.burst_window_s = 1,
        |c| c.answers.follow_up_window_s = 1,
        |c| c.limits.question_chars = 1,
        |c| c.handoff.service_hours = "00:00-24:00".parse().unwrap(),
        |c| c.shop.name_zh = "甲".into(),
        |c| c.shop.name_en = "a".into(),
        |c| c.shop.time_zone = TimeZone::UTC,
        |c| c.shop.default_locale = Locale::En,
    ];
    let mut seen = BTreeSet::from([plain.fingerprint()]);
    for change in changes {
        let mut config = Config::default();
        change(&mut config);
        assert!(seen.insert(config.fingerprint()), "{config:?}");
    }
    assert!(seen.iter().all(|hex| hex.len() == 64));
}

#[test]
fn the_example_says_the_defaults() {
    assert_eq!(load(EXAMPLE, &[]).unwrap(), Config::default());
}

#[test]
fn the_example_names_every_option_and_no_other() {
    let environment = none();
    let mut reader = Reader::new(None, &environment).unwrap();
    Config::default().read(&mut reader).unwrap();
    let known: Vec<String> = reader.finish().unwrap().iter().map(|(section, key)| format!("{section}.{key}")).collect();

    let mut section = "";
    let mut named = Vec::new();
    for line in EXAMPLE.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            section = name;
        } else if let Some((key, _)) = line.strip_prefix("# ").unwrap_or(line).split_once(" = ")
            && key.chars().all(|c| c.is_ascii_lowercase() || c == '_')
        {
            named.push(format!("{section}.{key}"));
        }
    }
    assert_eq!(named, known);
    // What is commented out has no default; uncommented it must be a value that its key takes.
    let uncommented: Vec<&str> = EXAMPLE
        .lines()
        .map(|line| line.strip_prefix("# ").filter(|rest| rest.contains(" = ") && rest.is_ascii() && !rest.contains(". ")).unwrap_or(line))
        .collect();
    load(&uncommented.join("\n"), &[]).unwrap();
}

#[test]
fn the_demo_lets_a_load_test_through_and_a_file_still_decides() {
    let demo = Config::demo();
    assert_eq!((demo.limits.requests_per_minute_per_key, demo.limits.requests_per_minute_per_address), (0, 0));
    assert_eq!(demo.shop.name_zh, "青禾优选");
    let environment = Environment::of([("JIEDA_LIMITS__REQUESTS_PER_MINUTE_PER_KEY", "5")]);
    let config = demo.with(None, &environment, Overrides::default()).unwrap();
    assert_eq!(config.limits.requests_per_minute_per_key, 5);
}
