//! Target precisions by channel and by category: the same question is answered where less is asked for, and not where more is.

use jieda::config::Config;
use jieda::service::keys::Role;
use serde_json::{Value, json};

use crate::shop::Shop;

/// Near a phrasing of the article `invoice`, but not one.
const QUESTION: &str = "专票能开吗";

fn shop(change: impl FnOnce(&mut Config)) -> Shop {
    let mut config = Config::demo();
    change(&mut config);
    Shop::open(config)
}

/// The decision about the question on a channel, with everything that explains it.
fn asked(shop: &Shop, channel: &str) -> Value {
    let asked = shop.ask(json!({"question": QUESTION, "channel": channel})).ok();
    shop.get(&format!("/v1/decisions/{}", asked["decision_id"].as_str().unwrap()), Role::Editor).ok()
}

fn band(decision: &Value) -> &str {
    decision["band"].as_str().unwrap()
}

/// The answer line that was recorded.
fn line(decision: &Value) -> f64 {
    let lines = decision["lines"].as_array().unwrap();
    lines.iter().find(|line| line["name"] == "answer").unwrap()["line"].as_f64().unwrap()
}

/// The answer line of a shop with one target alone.
fn line_for(target: f64) -> f64 {
    line(&asked(&shop(|config| config.answers.target_precision = target), "web"))
}

#[test]
fn a_question_is_measured_against_the_line_of_its_channel() {
    let shop = shop(|config| {
        config.answers.target_precision_by_channel = [("app".into(), 0.5), ("phone".into(), 0.999)].into();
    });
    let [app, web, phone] = ["app", "web", "phone"].map(|channel| asked(&shop, channel));
    assert_eq!((band(&app), band(&phone)), ("answer", "clarify"));
    assert!(line(&app) < line(&web) && line(&web) < line(&phone), "{} {} {}", line(&app), line(&web), line(&phone));
    assert_eq!([&app, &web, &phone].map(line), [0.5, 0.95, 0.999].map(line_for), "each as if it were asked for alone");
    for decision in [&app, &phone] {
        assert_eq!(decision["confidence"], web["confidence"]);
        assert_eq!(decision["answer_threshold"].as_f64(), Some(line(decision)));
        assert_eq!((&decision["recomputed"]["same"], &decision["recomputed"]["changed"]), (&json!(true), &json!([])));
        assert_eq!(decision["would_flip_exact"], true);
    }
    // What would have flipped it goes by the channel's line.
    let flip = phone["would_flip"].as_array().unwrap().iter().find(|flip| flip["cause"] == "confidence").unwrap();
    assert_eq!(flip["band"], "answer");
    assert!((flip["to"].as_f64().unwrap() - line(&phone)).abs() < 1e-3, "{flip}");
}

#[test]
fn a_category_asks_for_its_own_and_the_stricter_of_two_counts() {
    let shop = shop(|config| {
        config.answers.target_precision_by_channel = [("app".into(), 0.5), ("phone".into(), 0.999)].into();
        // All articles of the shop are in this one.
        config.answers.target_precision_by_category = [("测试".into(), 0.8), ("别的".into(), 0.999)].into();
    });
    let [app, web, phone] = ["app", "web", "phone"].map(|channel| asked(&shop, channel));
    assert_eq!([&app, &web, &phone].map(line), [0.8, 0.8, 0.999].map(line_for));
    assert_eq!((band(&app), band(&web), band(&phone)), ("answer", "answer", "clarify"));
}

#[test]
fn a_line_in_the_configuration_counts_for_every_channel() {
    let shop = shop(|config| {
        config.answers.target_precision_by_channel = [("phone".into(), 0.999)].into();
        config.answers.answer_threshold = Some(0.4);
    });
    let [web, phone] = ["web", "phone"].map(|channel| asked(&shop, channel));
    assert_eq!([&web, &phone].map(|decision| (band(decision), line(decision))), [("answer", 0.4); 2]);
}
