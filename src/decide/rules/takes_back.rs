//! “Never mind”, said while a person is awaited.

use std::sync::LazyLock;

use regex::Regex;

use super::{RuleInput, clauses, pattern, refuses_person};

static SOLVED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:我|自己|已经|都|现在|刚刚?|问题|这个|那个|好像|不过|那|就|谢谢|还是)*
          (?:(?:解决|搞定|弄好|处理好|找到|查到|知道|明白|弄明白|搞清楚)(?:了|啦)|不用了|不需要了|不必了|不麻烦了|算了|没事了|没事儿了|不问了|不等了|
             取消(?:转|找)?(?:人工|客服|排队)(?:服务)?|撤销(?:转)?人工|(?:不|别)(?:用|要)?(?:转|等|找|排)(?:人工|客服|队)?了?|(?:我?问|回到?|换回?|转回?|还是)(?:机器人|智能客服)(?:就)?(?:行|好|可以)?)
          (?:了|吧|啦|哈|的|谢谢|哦|呢|就行|就好)*$
        | ^(?:ok|okay|oh|actually|no|it's|its|i|i've|have|already|just|please|thanks|all|now|\ )*
          (?:never\ ?mind|nvm|forget\ (?:it|about\ it)|solved(?:\ it)?(?:\ myself)?|sorted(?:\ it)?(?:\ out)?(?:\ myself)?|found\ (?:it|the\ answer)|figured\ it\ out|fixed(?:\ it)?|resolved|
             no\ (?:longer\ )?need(?:ed)?(?:\ (?:for\ )?(?:a\ )?(?:person|human|agent))?|no\ need|not\ needed|don't\ need\ (?:it|help|anyone|a\ person|an\ agent|a\ human)|
             cancel\ (?:that|it|the\ (?:request|handoff|transfer|agent)))
          (?:\ (?:now|anymore|any\ more|thanks|thank\ you|myself|please|then))*$",
    )
});

/// Whether the customer who waits for a person wants none any more, and says nothing else.
pub fn takes_back(input: RuleInput<'_>) -> bool {
    let mut any = false;
    for clause in clauses(input.folded) {
        let compact: String = clause.chars().filter(|c| !c.is_whitespace()).collect();
        let alone = RuleInput { text: clause, folded: clause };
        let said = SOLVED.is_match(if clause.is_ascii() { clause } else { &compact }) || refuses_person(alone);
        if !said && !COURTESY.is_match(clause) {
            return false;
        }
        any |= said;
    }
    any && !input.folded.contains('?')
}

static COURTESY: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?:好的?|谢谢[你您了]?|多谢|不好意思|抱歉|麻烦了|ok|okay|thanks|thank\ you|sorry|please|\ )+$"));

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::normalize::fold;

    #[test]
    fn who_needs_nobody_any_more_is_understood_and_who_asks_on_is_not() {
        for (text, want) in [
            ("不用人工了", true),
            ("取消转人工", true),
            ("我自己解决了", true),
            ("算了，谢谢", true),
            ("我问机器人就行", true),
            ("已经搞定了", true),
            ("不用了谢谢", true),
            ("别转人工了", true),
            ("never mind", true),
            ("I figured it out, thanks", true),
            ("no need for a person anymore", true),
            ("no human please", true),
            ("解决了吗", false),
            ("还没解决", false),
            ("怎么还没人", false),
            ("积分会过期吗", false),
            ("取消订单", false),
            ("不等了我要投诉", false),
            ("不用了的优惠券能退吗", false),
            ("did you find it", false),
            ("I need a person", false),
            ("hello?", false),
            ("谢谢", false),
        ] {
            assert_eq!(takes_back(RuleInput { text, folded: &fold(text) }), want, "{text}");
        }
    }
}
