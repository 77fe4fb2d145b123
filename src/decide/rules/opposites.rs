//! Words that ask for the opposite of each other: 开通 and 关闭, upload and download. They are said of the same things in the same
//! sentences, so that vectors lay them together; the answer to one is wrong for the other.
//!
//! Opposites that one article answers as a rule are not here: sizes too large and too small, the left and the right earphone, adding to
//! an order and taking off it, earlier and later delivery.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use regex::Regex;

/// One side of a pair: the pair's place in the table, and which side.
pub(super) type Side = (usize, bool);

/// What is asked of a thing, and what undoes it. Words of both languages, by `|`; the sides by `/`.
const ACTIONS: [&str; 15] = [
    "开通|开启|启用|打开|订阅|激活|enable|activate|turn on|switch on|subscribe|uncancel|un-cancel|reinstate|\
     reactivate|re-activate|reenable|re-enable|resume|turn it on|turn it back on|turn back on|switch it on|switch it back on|switch back on/\
     关闭|关掉|停用|停掉|注销|取消|退订|disable|deactivate|turn off|switch off|turn it off|switch it off|unsubscribe|cancel",
    "恢复|找回|还原|restore|recover|undelete|un-delete/删除|删掉|delete",
    "绑定|link|pair|connect/解绑|解除绑定|取消绑定|unlink|unpair|disconnect",
    "充值|存入|转入|deposit|top up/提现|取出|转出|withdraw|withdrawal|cash out",
    "登录|登陆|log in|login|sign in/退出登录|退出账号|登出|log out|logout|sign out",
    "提高|调高|调大|increase|raise/降低|调低|调小|decrease|reduce|lower",
    "升级|upgrade/降级|downgrade",
    "关注|follow/取消关注|取关|unfollow",
    "上架/下架",
    "上传|upload/下载|download",
    "导入|import/导出|export",
    "冻结|锁定|freeze|lock/解冻|解锁|unfreeze|unlock",
    "买入|买进/卖出|卖掉",
    "进口/出口",
    "涨价/降价",
];

/// Who or where: they stand by any word.
const KINDS: [&str; 3] =
    ["男|men/女|women", "国内|境内|domestic/国外|境外|海外|abroad|overseas", "收件人|收货人|recipient/寄件人|发件人|sender"];

/// What something may come before or after, in Chinese and in English.
const EVENTS: [(&str, &[&str]); 7] = [
    ("发货", &["shipping", "dispatch", "it ships"]),
    ("付款", &["payment", "paying", "i pay"]),
    ("支付", &[]),
    ("收货", &["delivery"]),
    ("签收", &[]),
    ("到期", &["expiry", "it expires"]),
    ("拆封", &["opening"]),
];

/// What makes an action of a pair something that has happened, or does not, instead of what is asked for: 没开通, 被冻结; 开通了, 绑定的.
const NOT_AFTER: [&str; 12] = ["没", "没有", "未", "已", "已经", "被", "自动", "不", "无法", "not ", "n't ", "never "];
const NOT_BEFORE: [&str; 4] = ["了", "过", "的", "后"];

/// Who does not want something asks for its opposite: 不想关闭, “I don't want to delete it”.
const UNWANTED: [&str; 7] = ["不想", "不要", "别", "不想再", "n't want to ", "not want to ", "no longer want to "];
/// … but not in these: 要不要取消, 分别取消.
const NO_WISH: [&str; 8] = ["要不要", "想不想", "分别", "特别", "区别", "个别", "级别", "类别"];

struct Words {
    pattern: Regex,
    /// The side of each word, and whether it is an action.
    sides: HashMap<String, (Side, bool)>,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let words = |side: &str| side.split('|').map(str::to_owned).collect::<Vec<String>>();
    let written = |pair: &&str| pair.split('/').map(words).collect::<Vec<_>>();
    let event = |(zh, en): &(&str, &[&str])| {
        let side = |forms: &[&str], word: &str| {
            forms.iter().map(|form| form.replace('_', zh)).chain(en.iter().map(|event| format!("{word} {event}"))).collect::<Vec<_>>()
        };
        vec![side(&["_前", "_之前", "_以前", "没_", "未_"], "before"), side(&["_后", "_之后", "_以后", "_了", "已_", "已经_"], "after")]
    };
    let actions = ACTIONS.iter().map(written).map(|pair| (pair, true));
    let others = KINDS.iter().map(written).chain(EVENTS.iter().map(event)).map(|pair| (pair, false));
    let mut sides = HashMap::new();
    for (n, (pair, action)) in actions.chain(others).enumerate() {
        for (side, words) in pair.into_iter().enumerate() {
            sides.extend(words.into_iter().map(|word| (word, ((n, side == 1), action))));
        }
    }
    // The longest first: 取消绑定 is one word, no 取消 and no 绑定.
    let mut words: Vec<&String> = sides.keys().collect();
    words.sort_by_key(|word| (std::cmp::Reverse(word.len()), word.as_str()));
    let bounded = |word: &&String| if word.is_ascii() { format!(r"(?-u:\b){word}(?-u:\b)") } else { (*word).clone() };
    let pattern = words.iter().map(bounded).collect::<Vec<String>>().join("|");
    Words { pattern: super::tokens::pattern(&pattern), sides }
});

/// The sides that a folded text asks for, each with the word that says so first.
pub(super) fn asked_for(folded: &str) -> BTreeMap<Side, String> {
    let mut asked = BTreeMap::new();
    for found in WORDS.pattern.find_iter(folded) {
        let (side, action) = WORDS.sides[found.as_str()];
        let (before, after) = (&folded[..found.start()], &folded[found.end()..]);
        let happened = || NOT_AFTER.iter().any(|word| before.ends_with(word)) || NOT_BEFORE.iter().any(|word| after.starts_with(word));
        let unwanted = || UNWANTED.iter().any(|word| before.ends_with(word)) && !NO_WISH.iter().any(|word| before.ends_with(word));
        if action && unwanted() {
            let ((pair, side), not) = (side, if found.as_str().is_ascii() { "not " } else { "不" });
            asked.entry((pair, !side)).or_insert_with(|| format!("{not}{}", found.as_str()));
        } else if !(action && happened()) {
            asked.entry(side).or_insert_with(|| found.as_str().to_owned());
        }
    }
    asked
}

/// Whether two words or texts, both folded, ask for the opposite of each other.
pub fn are_opposites(a: &str, b: &str) -> bool {
    let b = asked_for(b);
    asked_for(a).keys().any(|(pair, side)| b.contains_key(&(*pair, !side)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::normalize::fold;

    fn words(text: &str) -> Vec<String> {
        asked_for(&fold(text)).into_values().collect()
    }

    #[test]
    fn what_is_asked_for_is_found_and_what_has_happened_is_not() {
        for (text, want) in [
            ("花唄怎麼關閉", vec!["关闭"]),
            ("怎么取消绑定银行卡", vec!["取消绑定"]),
            ("退出登录", vec!["退出登录"]),
            ("打开页面时说订单被取消了", vec!["打开"]),
            ("开通了会员想取消", vec!["取消"]),
            ("账号被冻结怎么解冻", vec!["解冻"]),
            ("自动关闭", vec![]),
            ("不想开通，怎么取消", vec!["不开通"]),
            ("不想取消订单", vec!["不取消"]),
            ("I don't want to turn off auto renewal", vec!["not turn off"]),
            ("how do I un-delete my account", vec!["un-delete"]),
            ("会员到期后还能退吗", vec!["到期后"]),
            ("要不要取消", vec!["取消"]),
            ("分别取消两单", vec!["取消"]),
            ("Can I reactivate auto renewal?", vec!["reactivate"]),
            ("and how do I turn it back on", vec!["turn it back on"]),
            ("don't connect to my phone", vec![]),
            ("付款后一直没发货", vec!["付款后", "没发货"]),
            ("How do I TURN OFF auto-renewal?", vec!["turn off"]),
            ("cancelled, subscribed, reconnect", vec![]),
            ("怎么cancel会员", vec!["cancel"]),
            ("after shipping, women's", vec!["women", "after shipping"]),
            ("男女都能穿吗", vec!["男", "女"]),
        ] {
            let mut found = words(text);
            let mut want: Vec<String> = want.into_iter().map(str::to_owned).collect();
            found.sort();
            want.sort();
            assert_eq!(found, want, "{text}");
        }
    }

    #[test]
    fn every_word_belongs_to_one_side_of_one_pair() {
        let all: usize = ACTIONS.iter().chain(&KINDS).map(|pair| pair.split(['|', '/']).count()).sum();
        let events: usize = EVENTS.iter().map(|(_, en)| 11 + 2 * en.len()).sum();
        assert_eq!(WORDS.sides.len(), all + events);
        assert!(ACTIONS.iter().chain(&KINDS).all(|pair| pair.split('/').count() == 2));
    }
}
