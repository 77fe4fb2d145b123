//! Questions that only a look-up of this customer's own case can answer.
//!
//! Three ways lead there: a number that names one case, an order to look it up or hurry it (帮我查, 催一下), or something of the
//! customer's own (我的快递, 昨天买的, my refund) with a question about its state (到哪了, 还没发, has … been). Questions of
//! method and rule (怎么查, 一般几天, 怎么办, how do I) are none of these, however much 我 they hold.

use std::sync::LazyLock;

use regex::Regex;

use super::{RuleInput, pattern};

/// Order and tracking numbers: a dated code, a courier's code, or ten digits and more, perhaps in groups.
static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:^|[^a-z0-9])(?:[a-z]{1,4}\s?-?\d{8,}(?:-\d+)*(?:[a-z]{2})?|[a-z]{2,3}-\d{4,}|\d{10,}|
             \d{4}[\ -]\d{4}[\ -]\d{4}(?:[\ -]\d{1,6})*|\d{8}-\d{3,})(?:$|[^a-z0-9])",
    )
});

/// Asks for a look-up or a push.
static LOOK_UP: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:帮|替|给|麻烦|请|可以|能).{0,4}(?:查|看|催|核实|确认|check)(?:一下|下|看|查|催|一查|一看)?.{0,8}(?:我|快递|单|物流|包裹|退款|到|发|进度|什么情况|咋回事|
             怎么回事|积分|等级|余额|号|状态|没|哪)
          |^(?:我要|我想|想)?(?:查|查询|查下|查一下|看下|看看)(?:一下)?(?:我|俺|快递|物流|单号|订单|包裹|进度).{0,8}(?:$|,)|(?:尾号|后四位)\d{4}
          |(?:帮|替|给|麻烦).{0,3}(?:查|催|核实)(?:查|一下|下|一查|催|一催)*(?:$|,)|^(?:快点?|赶紧|尽快|麻烦尽快|麻烦快点|速度|马上|请尽快)(?:给我|
             帮我)?(?:发货|退款|退钱|处理|发|退|送|派送|补发)(?:啊|吧|行吗|好吗)?(?:$|,)
          |催(?:一下|下|催|一催|个)?(?:我的|我那个)?(?:快递|单|发货|物流|退款|件|货|订单|审核|配送|派送)(?:吧|啊|呗|子|一下|下|急|$|,)|(?:快递|订单|单子?|发货|
             物流|退款|包裹).{0,6}催(?:一下|下|催)
          |把我.{0,8}(?:单|订单).{0,6}(?:取消|退|改|拦|删)|(?:帮我|麻烦|给我)(?:把)?.{0,6}(?:单|订单|快递|包裹).{0,4}(?:取消|拦截|退掉|拦下)",
    )
});

/// What happens to a case.
const HAPPENS: &str = r"(?:发货|发出来|发出去|发走|发|出库|揽收|揽件|寄出来|寄出|寄|返|派送|派件|配送|送达|送到|送|到账|到货|到|签收|签|退款|退回|退|开票|开出来|开|处理|解决|审核|审批|审|通过|批|受理|安装|
             装|修好|修|赔付|赔|补发|补|换|取消|拦截|生效|改|解冻|解封|成功|入账|入库|收到|收|看到|更新|回复|联系|来|反馈|结案|办|弄|确认|打款|付款|支付|返现|兑|上门|验货|检测|出|动)";
/// Things that have a state worth looking up.
const THING: &str = r"(?:快递|快件|订单|单子|单|包裹|件|货|东西|物流|退款|退货|换货|钱|款|补发|发票|积分|余额|申请|审核|工单|投诉|师傅|维修|赔付|理赔|运费险|奖励|地址|预售|赠品|取件|红包|返现|差价|价保|
             定金|订金|尾款|押金|预约|安装|付款|支付|衣服|手机|账号|帐号|账户|换的|退的|买的|修的|寄的|反映的|申诉|问题|事)";

/// One case, told by its state alone: 到哪了, 还没发, 退了没.
static STATE_ZH: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"(?:到|去|在|送到|走到|发到)(?:哪|边)(?:一?步|里|儿|嘎达|旮旯|个地方|度|个环节)?(?:了|咗|啦|呢)|(?:到|进行到)哪一?步|(?:快递|包裹|东西|货|件)(?:现在|目前)?(?:到|在|
             送到)(?:哪|边)(?:里|儿)?(?:$|,)|去咗边|到咗未
          |(?:还|仍|都还|一直|仲|咋|到现在|怎么|几天都?)(?:还|都|仍|就是)?(?:没|未|冇|不)(?:有|给我|见|能|帮我)?{HAPPENS}|(?:还|仍|都)(?:没|
             未)有?(?:动静|消息|下文|反应|人|见到)
          |{THING}.{{0,8}}{HAPPENS}(?:了|过|好|完|到|成功|咗|上|出来|下来)+(?:没有?|吗|么|未|冇|没得|不)(?:$|[啊呀呢哈哦嘛,])
          |{HAPPENS}(?:成功|完|好|出来|出去)?(?:了没有?|没有?|咗未|了未|了冇)(?:$|[啊呀呢哈哦嘛,])
          |{THING}.{{0,8}}(?:不动了|不更新|没更新|没动静|没消息|没变化|停在|停滞|卡在|卡住|异常|查不到|被退回|丢了吗)
          |(?:是不是|会不会是?|该不会|难道)(?:被)?(?:弄丢|丢|送错|寄错|发错|漏发|漏|忘)|到底{HAPPENS}(?:没|了没|不)
          |(?:进度|状态|进展)(?:$|如何|怎么样|到哪|是什么|啥样|呢)|有(?:没有)?(?:结果|消息|进展|动静|下文)(?:了|吗|么|没)|(?:送|到|发|退|收)没(?:送|到|发|退|
             收)到?|有没有{HAPPENS}(?:$|,|出来|成功)|收到没|今天送不送
          |(?:^|,).{{0,6}}(?:货|东西|快递|包裹|赠品|快件)(?:呢|在哪(?:里|儿)?)(?:$|,)|{THING}(?:咋样|怎么样|如何)了|(?:单号|快递单|
             运单).{{0,6}}(?:给我|发我|多少|查不到)|取件码是|是谁签|谁签收|被谁签"
    ))
});

/// Something of this customer's, or one case pointed at.
static OWN_ZH: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:我|俺|窝|咱|吾|偶|本人)(?:的|嘅|那|这|個|个|啲|张|台|家|妈|爸|女儿|儿子|老公|老婆|朋友|邀请|买|订|拍|下|付|申请|退|寄|约|收|反映|提|送修|改|上|昨|前|刚|账|帐|预|换|还|
             有|现在|目前|家|那|订单|快递|东西|货|包裹|发票|积分|卡|投诉|\d)
          |(?:昨天|昨晚|前天|大前天|今早|上午|上周|上个?月|上礼拜|上星期|上次|周[一二三四五六日]|星期.|\d+月\d+[号日]?|\d{1,2}[号日]|刚刚?|刚才|前几天|前两天|半个月前|
             一周前|月初).{0,4}(?:买|拍|下|订|付|退|寄|反映|申请|提交|约|说好|换|报|投诉|看)
          |(?:这|那|另外一|另一|还有一)(?:个|一)?(?:单|件|订单|包裹|快递|票货)|说好.{0,6}(?:给我|补|今天|昨天|送|发)|约的|给我|扣了我|(?:顺丰|圆通|中通|韵达|京东|
             申通|极兔|邮政|ems)那?个?件|俾我|少的|补发|退回去|寄去|寄回",
    )
});

/// With it, questions of time, amount and cause are about a case too.
static OWN_STATE_ZH: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"收到.{{2,12}}了(?:吗|没)|我(?:还|现在|目前|账上|这里|总共)*(?:有|剩)(?:多少|几)|(?:怎么样|咋样|如何)了?(?:$|,)|什么时候(?:才)?能?给我(?:$|,)|(?:什么时候|
             几时|几点|几号|啥时候|哪天|多久|今天|明天|后天|这周|周末前)(?:才|会|可以|可|就)*(?:能|会|可以)?(?:给我|俾我|帮我)?{HAPPENS}|约的?(?:是)?(?:几号|几点|什么时间)|
             几号(?:上门|送|来)
          |(?:为什么|为啥|为何|点解|干嘛|凭什么).{{0,8}}(?:被|扣|只|少|取消|冻结|封|拒|没|还|不更新|不发|不退|不到|驳回)
          |怎么.{{0,6}}(?:只|少|被|多扣|扣|取消|又|没|不见|变成|不发|不退|不到|不动|停)|被(?:取消|扣|退回|冻结|封|拒|驳回)|扣了(?:两|2|我|三|3)
          |(?:是|有|剩|还有|还剩)(?:多少|几|啥|什么)(?:了|分|张|块|元|钱|件|号|级|等级|$|积分|优惠券|余额)|(?:是|发的|走的)(?:哪家|哪个快递)|什么时候(?:到期|
             过期)|哪家发的
          |呢(?:$|,)|在哪(?:里|儿)?了|咋回事|怎么回事|什么情况|啥情况|少了一|没发|没收到|{HAPPENS}(?:了|过|好|完|到|成功|咗)+(?:没有?|吗|么|未|冇|不)|
             能(?:发|送|到)(?:出来|到)?(?:吗|不|么)|能不能拦截|能拦截|备注.{{0,4}}看到|少了|不见了|丢了|查不到"
    ))
});

/// Asks for the way or the rule.
static METHOD_ZH: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"怎么办|咋办|咋整|怎么(?:查|看|弄|操作|用|预约|联系|改|换|申请|退|催|搞|登|开|算|赔|处理|取消|收|付|领|找|兑|写|填|选|买|下|寄|绑|注销|设置|解决|样才|才能|去|要)|如何|咋(?:查|
             看|弄|用|改|换|退|开|算|申请|搞|领|操作)|点样|一般|通常|正常|平时|规则|流程|政策|什么意思|啥意思|在哪(?:里|儿)?(?:看|查|领|找|改|申请|催|填|用|买|开|取消|可以|能|下|设置|操作|
             弄)|哪里(?:看|查|领|找|改|申请|催|可以|能|买|开)|可以(?:指定|送|改|换|退|货到)|能不能(?:指定|货到)|如果|要是|万一|假如|的话|什么原因会|付不了|用不了|登不上|登不了|打不开|会不会|
             想买|想要买|看中|有优惠|穿什么|能吃",
    )
});

static ASKS_EN: LazyLock<Regex> = LazyLock::new(|| {
    const CASE: &str = r"(?:orders?|packages?|parcels?|delivery|deliveries|shipments?|refunds?|returns?|exchange|replacement|invoice|
             ticket|payment|repair|account|balance|stuff|items?|things|gift|tracking|technician|installation|claim|complaint|
             money|sofa|purchase|courier|cancellation|rewards?|booking|appointment)";
    pattern(&format!(
        r"\b(?:where(?:'?s|\ is|\ are|\ r|\ the\ hell\ is)?|what(?:'s|s|\ is)?\ (?:happening|happened|going\ on|
             up)\ (?:with|to))\ (?:the\ (?:rest|other|hell)\ (?:of\ |is\ )?)?(?:my|mine|our)\b
          |\bwhat(?:'s|s|\ is|\ are)\ (?:the\ )?(?:status|state|progress)\b|\bwhat(?:'s|s|\ is|
             \ are)\ my\ (?:current\ )?(?:\w+\ )?(?:balance|points|level|tier|number|status|order|code|tracking|membership|
             credit)
          |\b(?:{CASE}|shipping)\ (?:status|progress|update)$|\b(?:how\ many\ points|how\ much\ (?:balance|
             credit)|what\ (?:tier|level|rank))\b.{{0,16}}\b(?:i|my)\b
          |\b(?:did|has|have|hasn't|haven't|is|are|was|were|isn't|aren't|wasn't|
             didn't)\ (?:you\ (?:guys\ )?(?:already\ )?(?:received|shipped|sent|got|processed|issued|receive|ship|send|get|
             refund|refunded|dispatched)\ )?(?:my|our|the)\ (?:\w+\ ){{0,2}}?(?:{CASE}|\w+\ i\ (?:ordered|bought|returned|
             sent))\b
          |\b(?:have|did|has)\ you\ (?:guys\ )?(?:received?|shipped|ship|got|get|sent|send|processed)\b|
             \bhas\ (?:it|anyone)\ (?:shipped|left|been|arrived)|\bis\ it\ (?:on\ its\ way|shipped)
          |\bwhen\ (?:will|is|does|are|do|can|would)\ (?:i\ (?:get|receive|expect|have)\ )?(?:my|the\ rest)\b
          |\bany\ (?:updates?|news|progress|word)\b.{{0,12}}\b(?:on|about|of|with|for)\ (?:my|our|the|ticket|
             order)
          |\bwhy\ (?:was|is|did|has|have|were|hasn't|haven't|are|isn't)\ (?:i|my|you|the\ money|it|
             our)\b.{{0,24}}(?:charged|cancel|refunded|only|declined|rejected|late|delayed|locked|frozen|suspended|twice|
             arrived|shipped|returned|closed|blocked|taking|stuck|moving)
          |\b(?:track|check|trace|look\ up|look\ into|look\ at|find\ out|see)\ (?:on\ |the\ |status\ |of\ |
             where\ |what\ happened\ to\ )*(?:my|order|parcel|package|it)\b
          |\b(?:cancel|stop|intercept|hurry|speed\ up|update|change)\b.{{0,24}}\b(?:order|parcel|package|refund|
             return)\b.{{0,20}}(?:\d{{5}}|yesterday|i\ (?:just\ )?(?:placed|ordered|made))
          |\b(?:haven't|have\ not|havent|hasn't|hasnt|never|still\ not|didn't|did\ not|not)\ (?:yet\ |been\ |
             even\ )?(?:received|receive|gotten|got|get|seen|arrived|come|came|shipped|delivered|moved|updated|left|
             showed\ up|processed|refunded|credited)\b
          |\b(?:still|there'?s|got|it's\ been|for)\b.{{0,24}}\b(?:no|waiting\ (?:for|
             on))\ (?:sign\ of\ )?(?:my\ |the\ )?{CASE}|\bstill\ waiting\b|\bno\ (?:updates?|news|movement|sign)\b
          |\b(?:my|the)\ (?:\w+\ ){{0,2}}?{CASE}\b.{{0,40}}\b(?:stuck|late|says|shows|delayed|is\ still|
             still\ (?:says|shows|not|processing)|never|supposed\ to|missing|was\ meant|overdue|no\ longer|disappeared|
             hasn't|isn't|not\ (?:here|arrived|working)|doesn't\ work)
          |\bi\ (?:just\ )?(?:ordered|bought|paid|returned|sent|got\ only|only\ got|received\ only|
             only\ received|placed)\b.{{0,100}}(?:where|nobody|still|hasn't|not\ (?:arrived|here|come)|happened|coming|
             did\ it|is\ it|has\ it|yet|days\ ago|status)
          |\b(?:says|shows|marked|marked\ as|shown\ as)\ (?:as\ )?delivered\b|\btracking\ (?:hasn't|has\ not|
             not|says|shows|stopped|is\ stuck|doesn't)|\bwho\ signed\b|\bwhich\ (?:courier|carrier)\ (?:has|is|delivers)\ my"
    ))
});

static METHOD_EN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:how\ (?:do|can|to|does|should|would|long\ (?:do|does|is|until|will))|where\ (?:can|do|should|could|would)|
             can\ i|could\ i|what\ (?:if|should|do|does|now|happens|can)|do\ my|^will\ my|if\ (?:my|i|the)|is\ it\ possible|
             may\ i|am\ i\ able|what\ now|free|covered|safe|eligible|broken|damaged|wrong|policy|coupon)\b",
    )
});

/// A parcel that is shown as delivered and did not come: what to do then is the same for everybody, and a help page says it.
static LOST_EN: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\bdelivered\b.{0,40}\b(?:never|not|no|nothing|nowhere|haven't|hasn't|didn't|don't|isn't|wasn't|can't)\b"));

/// Whether only a look-up of this customer's own order, parcel, refund, ticket or account can answer.
pub fn personal_order(input: RuleInput<'_>) -> bool {
    let folded = input.folded;
    if is_case_number(folded) {
        return true;
    }
    if !folded.chars().any(crate::text::normalize::is_han) {
        return ASKS_EN.is_match(folded) && !METHOD_EN.is_match(folded) && !LOST_EN.is_match(folded);
    }
    let compact = compact(folded);
    // A plea to look beats a question of method beside it: 帮我看看怎么还没到.
    if LOOK_UP.is_match(&compact) && !METHOD_ZH.is_match(&compact) {
        return true;
    }
    !METHOD_ZH.is_match(&compact) && (STATE_ZH.is_match(&compact) || (OWN_ZH.is_match(&compact) && OWN_STATE_ZH.is_match(&compact)))
}

/// Letters and digits, every other stretch but white space as one comma, none at the ends.
fn compact(folded: &str) -> String {
    let mut compact = String::with_capacity(folded.len());
    for c in folded.chars().filter(|c| !c.is_whitespace()) {
        if c.is_alphanumeric() {
            compact.push(c);
        } else if !compact.is_empty() && !compact.ends_with(',') {
            compact.push(',');
        }
    }
    compact.truncate(compact.trim_end_matches(',').len());
    compact
}

/// A number that names one case; mobile numbers and prices do not.
fn is_case_number(folded: &str) -> bool {
    NUMBER.find(folded).is_some_and(|found| {
        let digits: String = found.as_str().chars().filter(char::is_ascii_digit).collect();
        let mobile = digits.len() == 11 && digits.starts_with('1') && !found.as_str().contains(|c: char| c.is_ascii_alphabetic());
        !mobile && !digits.starts_with("400") && !found.as_str().contains("http")
    })
}

#[cfg(test)]
mod tests {
    use super::super::judged;
    use super::*;

    #[test]
    fn judged_on_the_labelled_messages() {
        judged::hold("personal_order", 0.9, |line| line["label"] == true, personal_order);
    }
}
